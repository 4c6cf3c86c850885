"""The stream of raw frames through the control socket."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.model.frame import Frame
from collector.web.control import ControlClient, NotRunningError
from collector.web.control_server import ControlServer
from collector.web.frames import frame_line
from tests.web_ports import House

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FRAME = Frame("00:15:8d:00:03:a0:00:00", 1, 0x000C, b"\x18\x01\x0a")


async def test_frames_come_as_they_arrive(control: ControlClient, house: House) -> None:
    frames = control.frames()
    first = asyncio.ensure_future(anext(frames))
    await house.tapped.wait()
    house.feed.publish(FRAME, AT)
    assert await first == frame_line(FRAME, AT)
    house.feed.publish(FRAME, AT)
    house.feed.publish(FRAME, AT)
    assert [await anext(frames), await anext(frames)] == [frame_line(FRAME, AT)] * 2
    await frames.aclose()


async def test_a_slow_onlooker_blocks_nobody_and_is_told_what_it_lost(
    server: ControlServer, path: Path, house: House, control: ControlClient
) -> None:
    reader, writer = await asyncio.open_unix_connection(str(path), limit=1024)
    writer.write(b"GET /api/v1/frames HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    # Its buffers fill while the loop turns, then the tap starts to drop.
    (tap,) = house.feed._taps
    while not tap._dropped:
        for _ in range(500):
            house.feed.publish(FRAME, AT)
        await asyncio.sleep(0)
    assert await control.relays()
    async with asyncio.timeout(10):
        while b"dropped" not in (line := await reader.readline()):
            pass
    assert json.loads(line)["dropped"] > 0
    writer.transport.abort()


async def test_a_client_that_leaves_closes_its_tap(
    server: ControlServer, path: Path, house: House
) -> None:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(b"GET /api/v1/frames HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    assert house.feed._taps
    writer.transport.abort()
    async with asyncio.timeout(10):
        while house.feed._taps:
            house.feed.publish(FRAME, AT)
            await asyncio.sleep(0)


async def test_stop_ends_streams_and_stuck_clients_within_five_seconds(
    path: Path, house: House
) -> None:
    server = ControlServer()
    await server.start(path, house)
    stuck_reader, stuck = await asyncio.open_unix_connection(str(path), limit=1024)
    stuck.write(b"GET /api/v1/frames HTTP/1.1\r\nHost: x\r\n\r\n")
    await stuck_reader.readuntil(b"\r\n\r\n")
    (tap,) = house.feed._taps
    while not tap._dropped:
        for _ in range(500):
            house.feed.publish(FRAME, AT)
        await asyncio.sleep(0)
    async with ControlClient(path) as control:
        house.tapped.clear()
        lines = asyncio.ensure_future(anext(control.frames()))
        await house.tapped.wait()
        async with asyncio.timeout(5):
            await server.stop()
        with pytest.raises((StopAsyncIteration, NotRunningError)):
            await lines
    assert not house.feed._taps
    stuck.transport.abort()
