import asyncio
import json
from datetime import UTC, datetime

from collector.model.frame import Frame
from collector.web.frames import FrameFeed, FrameTap, frame_line

AT = datetime(2026, 3, 1, 12, 0, 0, 125_000, tzinfo=UTC)
FRAME = Frame("00:15:8d:00:03:a0:00:00", 1, 0x000C, bytes.fromhex("18010a5500"), 132)


def test_a_frame_is_one_line_of_json() -> None:
    line = frame_line(FRAME, AT)
    assert line.endswith(b"}\n")
    assert json.loads(line) == {
        "at": "2026-03-01T12:00:00.125000+00:00",
        "ieee": "00:15:8d:00:03:a0:00:00",
        "endpoint": 1,
        "cluster": 12,
        "lqi": 132,
        "data": "18010a5500",
    }


async def test_every_tap_gets_every_frame_while_it_is_open() -> None:
    feed = FrameFeed()
    feed.publish(FRAME, AT)
    with feed.tap() as one, feed.tap() as other:
        feed.publish(FRAME, AT)
        feed.publish(FRAME, AT)
        assert await one.take() == frame_line(FRAME, AT) * 2
        assert await other.take() == frame_line(FRAME, AT) * 2
    feed.publish(FRAME, AT)
    assert not one._lines


async def test_a_slow_onlooker_loses_the_oldest_and_is_told_how_many() -> None:
    tap = FrameTap(waiting=3)
    for number in range(10):
        tap.put(b"%d\n" % number)
    assert await tap.take() == b'{"dropped": 7}\n7\n8\n9\n'
    tap.put(b"10\n")
    assert await tap.take() == b"10\n"


async def test_taking_waits_for_news() -> None:
    tap = FrameTap()
    waiting = asyncio.ensure_future(tap.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    tap.put(b"at last\n")
    assert await waiting == b"at last\n"


async def test_giving_up_a_wait_loses_nothing() -> None:
    tap = FrameTap()
    waiting = asyncio.ensure_future(tap.take())
    await asyncio.sleep(0)
    waiting.cancel()
    tap.put(b"kept\n")
    assert await tap.take() == b"kept\n"
