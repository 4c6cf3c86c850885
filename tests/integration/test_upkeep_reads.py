"""Reads of any attribute and pings: the bytes on the air, and what comes of them."""

import asyncio
from pathlib import Path

import pytest

from collector.model.command import AttemptResult
from collector.model.errors import TransientError
from collector.simulator.simulated_relay import SimulatedRelay
from tests.integration.radio_world import Radio, command, radio
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]

NOBODY = "00:15:8d:00:03:a0:00:77"
BASIC, ANALOG_INPUT, BINARY_OUTPUT, OTA = 0x0000, 0x000C, 0x0010, 0x0019
LUMI = 0x115F


def zcl(world: Radio, relay: SimulatedRelay) -> list[str]:
    """Return the frames to a relay as hex without their sequence numbers."""
    frames = [frame for _, ieee, _, _, frame in world.wire if ieee == relay.ieee]
    at = [3 if frame[0] & 0x04 else 1 for frame in frames]
    return [
        (frame[:i] + frame[i + 1 :]).hex() for frame, i in zip(frames, at, strict=True)
    ]


@pytest.mark.parametrize(
    ("where", "attributes", "code", "frame", "values"),
    [
        (
            (1, BASIC),
            [5, 3, 6],
            None,
            "10 00 0500 0300 0600",
            {5: "lumi.relay.c2acn01", 3: 18, 6: "02-27-2019"},
        ),
        ((1, BINARY_OUTPUT), [0xFF06], LUMI, "14 5f11 00 06ff", {0xFF06: False}),
        ((2, BINARY_OUTPUT), [0x1C], None, "10 00 1c00", {0x1C: "CHANNEL2"}),
        ((1, ANALOG_INPUT), [0x55], None, "10 00 5500", {0x55: 0.0}),
    ],
)
async def test_attributes_are_read_as_zigbee2mqtt_does(
    tmp_path: Path,
    where: tuple[int, int],
    attributes: list[int],
    code: int | None,
    frame: str,
    values: dict[int, object],
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        read = await world.coordinator.read_attributes(
            relay.ieee, *where, attributes, code
        )
        assert read == values
        assert [type(each) for each in read.values()] == [
            type(each) for each in values.values()
        ]
        assert zcl(world, relay) == [bytes.fromhex(frame).hex()]
        facts = world.coordinator.device_facts(relay.ieee)
        assert facts is not None
        assert facts.date_code == values.get(6)  # what was read is remembered


@pytest.mark.parametrize(
    ("where", "attributes", "code", "sentence", "frame"),
    [
        (
            (1, BASIC),
            [6, 0xFF01],
            LUMI,
            r"Attribute 0x0006 of cluster 0x0000 .*: UNSUPPORTED_ATTRIBUTE",
            "14 5f11 00 0600 01ff",  # Zigbee2MQTT's, recorded
        ),
        (
            (1, BASIC),
            [6],
            0x1037,
            "was refused: UNSUP_MANUF_GENERAL_COMMAND",
            "14 3710 00 0600",
        ),
        ((1, OTA), [2], None, "no cluster 0x0019 at endpoint 1", None),
        ((7, BASIC), [6], None, "no cluster 0x0000 at endpoint 7", None),
        ((0, BASIC), [6], None, "no cluster 0x0000 at endpoint 0", None),
    ],
)
async def test_a_read_that_fails_says_why(
    tmp_path: Path,
    where: tuple[int, int],
    attributes: list[int],
    code: int | None,
    sentence: str,
    frame: str | None,
) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        with pytest.raises(TransientError, match=sentence):
            await world.coordinator.read_attributes(
                relay.ieee, *where, attributes, code
            )
        expected = [] if frame is None else [bytes.fromhex(frame).hex()]
        assert zcl(world, relay) == expected


async def test_a_ping_takes_two_seconds_at_the_most(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, radio(air, tmp_path) as world:
        (relay,) = air.relays
        assert await world.coordinator.ping(relay.ieee)
        assert zcl(world, relay) == ["10000000"]
        relay.silent = True
        air.no_ack_seconds = None
        loop = asyncio.get_running_loop()
        begin = loop.time()
        assert not await world.coordinator.ping(relay.ieee)
        assert 1.9 < loop.time() - begin < 2.5
        assert not await world.coordinator.ping(NOBODY)


async def test_one_request_at_a_time_and_a_cut_off_waits_for_none(
    tmp_path: Path,
) -> None:
    async with simulator(relays=2) as air, radio(air, tmp_path) as world:
        slow, other = air.relays
        slow.answer_seconds = 0.4
        pings = [
            asyncio.create_task(world.coordinator.ping(relay.ieee))
            for relay in (slow, slow, other)
        ]
        await eventually(lambda: world.wire)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        result = await world.coordinator.switch(command(other))
        assert result is AttemptResult.ANSWERED
        assert loop.time() - begin < 0.2
        assert (len(zcl(world, slow)), len(zcl(world, other))) == (1, 1)
        assert await asyncio.gather(*pings) == [True, True, True]
        reads = [at for at, _, _, cluster, _ in world.wire if cluster == BASIC]
        assert reads[1] - reads[0] > 0.35
        assert reads[2] - reads[1] > 0.35
