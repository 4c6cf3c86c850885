"""Reads, writes and commands of the simulated relays, sent by zigpy."""

import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import zigpy.types as t
from zigpy.exceptions import DeliveryError
from zigpy.zcl import foundation

from collector.simulator.simulated_relay import SimulatedRelay
from collector.simulator.znp import SimulatedCoordinator
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import Host, eventually, zigpy_host

pytestmark = pytest.mark.allow_hosts(LOOPBACK)
ON_OFF, ANALOG, BASIC, BINARY = 0x0006, 0x000C, 0x0000, 0x0010
_BOOL_TRUE = foundation.TypeValue(t.uint8_t(0x10), t.Bool.true)


@dataclass
class World:
    coordinator: SimulatedCoordinator
    host: Host

    @property
    def relay(self) -> SimulatedRelay:
        return self.coordinator.relays[0]

    def cluster(self, endpoint: int, cluster: int) -> Any:
        device = self.host.device(self.relay.ieee)
        return device.endpoints[endpoint].in_clusters[cluster]

    def frames(self, cluster: int) -> list[bytes]:
        return self.host.heard.of(self.relay.ieee, cluster)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with (
        simulator(relays=1, speed=20) as coordinator,
        zigpy_host(coordinator.port) as host,
    ):
        await host.pair(1)
        host.heard.messages.clear()
        yield World(coordinator, host)


async def test_a_command_is_confirmed_and_then_reported_with_its_origin(
    world: World,
) -> None:
    result = await world.cluster(1, ON_OFF).on()
    assert result.status == foundation.Status.SUCCESS
    assert world.relay.is_on("l1")
    response, report = await eventually(
        lambda: len(world.frames(ON_OFF)) == 2 and world.frames(ON_OFF)
    )
    assert response[:1] + response[2:] == bytes.fromhex("18 0b 01 00")
    assert report[2:10] == bytes.fromhex("0a 0000 10 01 00f0 23")
    (origin,) = struct.unpack("<L", report[10:])
    assert origin >> 8 == 0x070000


async def test_off_toggle_and_a_repeated_command(world: World) -> None:
    channel = world.cluster(2, ON_OFF)
    await channel.toggle()
    assert world.relay.is_on("l2")
    await channel.off()
    assert not world.relay.is_on("l2")
    before = len(world.frames(ON_OFF))
    await channel.off()
    assert len(world.frames(ON_OFF)) == before + 1  # the default response alone


async def test_on_with_timed_off_is_accepted_and_ignored(world: World) -> None:
    result = await world.cluster(1, ON_OFF).on_with_timed_off(0, 600, 0)
    assert result.status == foundation.Status.SUCCESS
    assert not world.relay.is_on("l1")


async def test_a_refused_command_says_failure_and_does_nothing(world: World) -> None:
    world.relay.refuse_commands = 1
    refused = await world.cluster(1, ON_OFF).on()
    assert refused.status == foundation.Status.FAILURE
    assert not world.relay.is_on("l1")
    assert (await world.cluster(1, ON_OFF).on()).status == foundation.Status.SUCCESS


async def test_a_welded_contact_is_confirmed_and_does_not_move(world: World) -> None:
    world.relay.set_state("l1", True)
    world.relay.stick("l1")
    result = await world.cluster(1, ON_OFF).off()
    assert result.status == foundation.Status.SUCCESS
    read, _ = await world.cluster(1, ON_OFF).read_attributes(["on_off"])
    assert read["on_off"] == 1


async def test_interlock_breaks_before_it_makes(world: World) -> None:
    records = await world.cluster(1, BINARY).write_attributes_raw(
        [foundation.Attribute(0xFF06, _BOOL_TRUE)],
        manufacturer_code=0x115F,
    )
    assert records[0][0].status == foundation.Status.SUCCESS
    read = await world.cluster(1, BINARY).read_attributes_raw(
        [0xFF06], manufacturer=0x115F
    )
    assert read[0][0].value.value == 1

    await world.cluster(2, ON_OFF).on()
    world.host.heard.messages.clear()
    await world.cluster(1, ON_OFF).on()
    reports = await eventually(
        lambda: len(world.host.heard.messages) >= 3 and world.host.heard.messages
    )
    states = [
        (endpoint, message[6])
        for _, endpoint, cluster, message in reports
        if cluster == ON_OFF and message[2] == 0x0A
    ]
    assert states[:2] == [(2, 0), (1, 1)]


async def test_interlock_with_the_node_descriptors_code_is_refused(
    world: World,
) -> None:
    world.host.heard.messages.clear()
    await world.cluster(1, BINARY).write_attributes_raw(
        [foundation.Attribute(0xFF06, _BOOL_TRUE)],
        manufacturer_code=0x1037,
    )
    assert not world.relay.core.interlock
    assert world.frames(BINARY)[0][4:] == bytes.fromhex("0b 02 84")


async def test_power_is_read_and_is_exactly_zero_with_open_contacts(
    world: World,
) -> None:
    read, _ = await world.cluster(1, ANALOG).read_attributes(["present_value"])
    assert read["present_value"] == 0.0
    world.relay.set_load("l1", 500.0)
    world.relay.set_state("l1", True)
    read, _ = await world.cluster(1, ANALOG).read_attributes(["present_value"])
    assert read["present_value"] == pytest.approx(500.0, rel=0.02)


async def test_unknown_attributes_and_clusters_are_unsupported(world: World) -> None:
    _, failed = await world.cluster(1, BASIC).read_attributes([0x4000])
    assert failed == {0x4000: foundation.Status.UNSUPPORTED_ATTRIBUTE}
    device = world.host.device(world.relay.ieee)
    missing = device.endpoints[2].add_input_cluster(BASIC)
    world.host.heard.messages.clear()
    await missing.read_attributes(["model"])
    assert world.frames(BASIC)[0][2:] == bytes.fromhex("0b 00 c3")


async def test_a_silent_relay_is_reported_as_undeliverable(world: World) -> None:
    world.relay.silent = True
    with pytest.raises(DeliveryError) as caught:
        await world.cluster(1, ON_OFF).on()
    assert int(caught.value.status or 0) == 0xE9
    assert not world.relay.is_on("l1")


async def test_power_cut_counts_and_memory_decides(world: World) -> None:
    for channel in ("l1", "l2"):
        world.relay.set_state(channel, True)
    world.host.heard.messages.clear()
    world.relay.power_cut(5)
    await eventually(lambda: world.relay.powered)
    assert not world.relay.is_on("l1")
    assert world.relay.core.outages == 2

    value = t.LVBytes(bytes.fromhex("aa8005d14707011001"))
    await world.cluster(1, BASIC).write_attributes_raw(
        [foundation.Attribute(0xFFF0, foundation.TypeValue(t.uint8_t(0x41), value))],
        manufacturer_code=0x115F,
    )
    world.relay.set_state("l2", True)
    world.relay.power_cut(5)
    await eventually(lambda: world.relay.powered)
    assert (world.relay.is_on("l1"), world.relay.is_on("l2")) == (False, True)


async def test_a_hand_on_the_wall_is_reported_as_such(world: World) -> None:
    world.relay.press("l2")
    (report,) = await eventually(lambda: world.frames(ON_OFF))
    (origin,) = struct.unpack("<L", report[10:])
    assert origin >> 24 == 0x03
    assert origin >> 8 & 0xFFFF == world.relay.nwk


async def test_the_host_answers_the_relays_question_for_the_time() -> None:
    async with (
        simulator(relays=1, speed=60, scenario="household") as coordinator,
        zigpy_host(coordinator.port) as host,
    ):
        await host.pair(1)
        await eventually(lambda: coordinator.relays[0].time_answers)
