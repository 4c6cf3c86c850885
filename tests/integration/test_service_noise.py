"""Noise, storms and lost answers: what a line may carry beside frames."""

import asyncio
from pathlib import Path

import pytest

from collector.model.quantity import Quantity
from tests.integration.service_world import (
    BOILER,
    MARKS,
    configuration,
    serving,
    world,
)
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_noise_on_the_line_costs_nothing_but_itself(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        for _ in range(20):
            air.send_garbage(5000)
            await asyncio.sleep(0)
        # A frame that noise has swallowed is lost; the next one is not.
        turn = 0

        def heard() -> bool:
            nonlocal turn
            turn += 1
            frame = MARKS[1][0]
            air.inject(BOILER, 1, 0x000C, frame[:1] + bytes((turn % 256,)) + frame[2:])
            return here.value(BOILER, Quantity.POWER) == MARKS[1][1]

        await eventually(heard, 20)
        assert (await here.get("/readyz"))[0] == 200


async def test_three_bytes_of_noise_on_a_quiet_line_cost_nothing(
    tmp_path: Path,
) -> None:
    radio = {"silence_seconds": 1, "ping_timeout_seconds": 3}
    async with (
        simulator(relays=1) as air,
        world(tmp_path, air, radio=radio) as here,
    ):
        before = await here.reconnects()
        connections = air.connections
        for _ in range(3):
            air.send_raw(bytes.fromhex("fefa00"))  # "255 bytes are coming"
            await asyncio.sleep(1.5)  # the line is quiet: only pings and polls go
        assert await here.reconnects() == before
        assert air.connections == connections
        assert (await here.get("/readyz"))[0] == 200


async def test_valid_frames_of_nonsense_are_counted_and_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        unknown = await here.sample("zigbee_collector_frames_total", outcome="unknown")
        caplog.clear()
        for command in (0x4481, 0x45C1, 0x45CA, 0x4480, 0x45FF):
            head = bytes((1, command >> 8, command & 0xFF, 7))
            checksum = 0
            for byte in head:
                checksum ^= byte
            for _ in range(40):
                air.send_raw(b"\xfe" + head + bytes((checksum,)))
        air.inject(BOILER, 1, 0x000C, MARKS[1][0])
        await eventually(lambda: here.value(BOILER, Quantity.POWER) == MARKS[1][1])

        async def counted() -> float | None:
            return await here.sample("zigbee_collector_frames_total", outcome="unknown")

        async with asyncio.timeout(10):
            while await counted() == unknown:
                pass
        assert "Traceback" not in caplog.text
        assert len(caplog.text) < 5000


async def test_a_lost_answer_of_the_chip_does_not_cost_the_connection(
    tmp_path: Path,
) -> None:
    polling = {"power_seconds": 0.3, "reads_per_second": 20}
    # A ping waits behind the request whose answer is missing (2 s).
    radio = {"ping_timeout_seconds": 3}
    async with (
        simulator(relays=1) as air,
        world(tmp_path, air, polling=polling, radio=radio) as here,
    ):
        await eventually(lambda: here.value(BOILER, Quantity.POWER) is not None)
        before = await here.reconnects()
        failed = await here.sample(
            "zigbee_collector_requests_failed_total", reason="timeout"
        )
        air.lose_next_srsp()

        async def failures() -> float | None:
            return await here.sample(
                "zigbee_collector_requests_failed_total", reason="timeout"
            )

        async with asyncio.timeout(10):
            while await failures() == failed:
                pass
        assert await here.reconnects() == before
        assert (await here.get("/readyz"))[0] == 200


async def test_fruitless_tries_leave_no_descriptor_open(tmp_path: Path) -> None:
    accepted = 0

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal accepted
        accepted += 1
        await reader.read(-1)
        writer.close()

    bridge = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = bridge.sockets[0].getsockname()[1]
    radio = {"open_timeout_seconds": 0.2}
    try:
        async with serving(configuration(tmp_path, port, radio=radio)):
            await eventually(lambda: accepted >= 3, 20)
            before = descriptors()
            await eventually(lambda: accepted >= 13, 30)
            assert descriptors() <= before + 3
    finally:
        bridge.close()
        await bridge.wait_closed()


async def test_frames_in_a_storm_are_all_counted(tmp_path: Path) -> None:
    async with simulator(relays=3) as air, world(tmp_path, air) as here:
        samples = await here.samples()
        await air.flood(2000, 3000)

        async def total() -> float:
            later = await here.samples()
            return sum(
                later["zigbee_collector_frames_total", (("outcome", outcome),)]
                - samples["zigbee_collector_frames_total", (("outcome", outcome),)]
                for outcome in ("decoded", "overflow")
            )

        async with asyncio.timeout(20):
            while await total() < 3000:
                pass
