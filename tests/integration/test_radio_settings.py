"""Interlock and power-outage memory, written into a relay's own memory."""

import asyncio
from pathlib import Path

import pytest

from collector.decode.relay import decode
from collector.model.command import SettingWrite
from collector.model.errors import DecodeError
from collector.model.frame import Frame, ReadRequest
from collector.model.quantity import Quantity
from collector.simulator.simulated_relay import SimulatedRelay
from tests.integration.radio_world import Radio, radio
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]

BASIC, BINARY_OUTPUT = 0x0000, 0x0010
# As the Xiaomi gateway and Zigbee2MQTT send them, without the sequence number; zigpy
# leaves the default response on (0x04 for 0x14).
INTERLOCK = {
    True: ["045f11 02 06ff 10 01"],
    False: ["045f11 02 06ff 10 00"],
}
MEMORY = {
    True: [
        "045f11 02 f0ff 41 09 aa8005d14707011001",
        "045f11 02 f0ff 41 07 aa8003d3070801",
    ],
    False: [
        "045f11 02 f0ff 41 09 aa8005d14709011000",
        "045f11 02 f0ff 41 07 aa8003d3070a01",
    ],
}


def interlock(relay: SimulatedRelay, value: bool = True) -> SettingWrite:
    return SettingWrite(ieee=relay.ieee, setting="interlock", value=value)


def memory(relay: SimulatedRelay, value: bool = True) -> SettingWrite:
    return SettingWrite(ieee=relay.ieee, setting="power_outage_memory", value=value)


def written(world: Radio, cluster: int) -> list[bytes]:
    """Return the frames to a cluster without their sequence numbers."""
    return [
        frame[:3] + frame[4:]
        for _, _, endpoint, its, frame in world.wire
        if (endpoint, its) == (1, cluster)
    ]


@pytest.mark.parametrize("value", [True, False])
async def test_the_interlock_is_written_and_read_back(
    tmp_path: Path, value: bool
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.core.interlock = not value
        assert await world.coordinator.write(interlock(relay, value))
        assert relay.core.interlock is value
        assert written(world, BINARY_OUTPUT) == [
            bytes.fromhex(frame) for frame in INTERLOCK[value]
        ]
        request = ReadRequest(ieee=relay.ieee, quantity=Quantity.INTERLOCK)
        assert await world.coordinator.read(request)
        values = [each for frame in world.frames for each in decode_values(frame)]
        assert (Quantity.INTERLOCK, float(value)) in values
        assert world.failed == []


def decode_values(frame: Frame) -> list[tuple[Quantity, float]]:
    """Return what a read response says; nothing for other responses."""
    try:
        decoded = decode(frame)
    except DecodeError:
        return []
    return [(each.quantity, each.value) for each in decoded.values]


@pytest.mark.parametrize("value", [True, False])
async def test_the_memory_is_written_in_two_steps(tmp_path: Path, value: bool) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.core.keeps_state = not value
        assert await world.coordinator.write(memory(relay, value))
        assert relay.core.keeps_state is value
        assert written(world, BASIC) == [
            bytes.fromhex(frame) for frame in MEMORY[value]
        ]


async def test_what_the_relay_turns_down_is_not_done(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.refuse_writes = 1
        assert not await world.coordinator.write(memory(relay))
        assert len(written(world, BASIC)) == 1  # no second step after a refused first
        relay.refuse_writes = 1
        assert not await world.coordinator.write(interlock(relay))
        assert not relay.core.interlock
        assert world.failed == ["refused", "refused"]


async def test_a_relay_that_does_not_answer_costs_three_seconds(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        relay.silent = True
        air.no_ack_seconds = None
        loop = asyncio.get_running_loop()
        begin = loop.time()
        assert not await world.coordinator.write(memory(relay))
        assert 2.9 < loop.time() - begin < 3.5
        assert len(world.wire) == 1
        assert world.failed == ["timeout"]


async def test_an_unknown_relay_and_a_lost_radio_are_not_done(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        nobody = SettingWrite(
            ieee="00:15:8d:00:03:a0:00:77", setting="interlock", value=True
        )
        assert not await world.coordinator.write(nobody)
        relay.answer_seconds = 60.0
        writing = asyncio.create_task(world.coordinator.write(interlock(relay)))
        await eventually(lambda: world.wire)
        air.mute = True
        air.drop_connections()
        async with asyncio.timeout(0.5):
            assert not await writing
        await eventually(lambda: world.coordinator.problem is not None)
        assert not await world.coordinator.write(interlock(relay))
        assert world.failed == ["unknown_relay", "radio_down", "radio_down"]
