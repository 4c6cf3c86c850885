"""The flood: whole frames, alternating, with values that change."""

import asyncio
import struct

import pytest

from collector.simulator.flood import Flood
from collector.simulator.mt import Deframer
from tests.clock import ManualClock
from tests.unit.simulator.test_simulated_relay import Bench


async def stream(
    rate: float, count: int, firmware: int = 47
) -> list[tuple[float, bytes]]:
    """Return (moment, bytes) of what a flood sends."""
    clock, batches = ManualClock(), list[tuple[float, bytes]]()
    flood = Flood([Bench(firmware).relay])

    def send(data: bytes) -> None:
        batches.append((clock.now().mono, data))

    task = asyncio.create_task(flood.run(send, clock, rate, count))
    await clock.advance(count / rate + 1)
    await task
    return batches


async def sent(count: int, firmware: int = 47) -> list[tuple[int, bytes]]:
    """Return (cluster, ZCL frame) of a flood."""
    found = []
    batches = await stream(10_000, count, firmware)
    for command, data in Deframer().feed(b"".join(each for _, each in batches)):
        assert command == 0x4481
        found.append((struct.unpack_from("<H", data, 2)[0], data[17:-3]))
    return found


async def test_reports_alternate_and_are_never_the_same() -> None:
    frames = await sent(600)
    assert [cluster for cluster, _ in frames[:4]] == [0x0000, 0x000C] * 2
    assert len(frames) == 600
    assert len(set(frames)) == 600


@pytest.mark.parametrize(("firmware", "length"), [(36, 68), (47, 69)])
async def test_structures_keep_their_layout(firmware: int, length: int) -> None:
    frame = (await sent(1, firmware))[0][1]
    assert frame[:3] + frame[4:9] == bytes.fromhex("1c5f11 0a01ff4244")
    assert len(frame) == 9 + length
    ticks = round(
        struct.unpack_from("<f", frame, frame.index(b"\x95\x39") + 2)[0] * 3200
    )
    power = struct.unpack_from("<f", frame, frame.index(b"\x98\x39") + 2)[0]
    assert (ticks, power) == (1, 207.0)


async def test_the_rate_is_kept() -> None:
    batches = await stream(100, 50)
    assert batches[-1][0] - batches[0][0] == pytest.approx(0.49, abs=0.02)


def test_without_relays_there_is_no_flood() -> None:
    with pytest.raises(RuntimeError, match="no relay has joined"):
        Flood([])
