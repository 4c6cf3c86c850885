"""The stream beside zigpy-znp's own framing: the same frames, whatever the bytes."""

from functools import reduce
from itertools import pairwise
from operator import xor
from typing import Any

import pytest
from hypothesis import given, strategies as st
from zigpy_znp.uart import ZnpMtProtocol

from collector.radio.stream import FrameStream, divert, fcs

PING = bytes.fromhex("fe00210120")
INCOMING = bytes.fromhex("fe034481010203c6")

frames = st.tuples(st.binary(min_size=2, max_size=2), st.binary(max_size=250)).map(
    lambda parts: mt(*parts)
)
# Noise that looks like the beginning of a frame is the hard part.
noise = st.one_of(
    st.binary(max_size=12),
    st.just(b"\xfe"),
    frames.map(lambda frame: frame[:-1] + bytes((frame[-1] ^ 1,))),
    frames.map(lambda frame: frame[: len(frame) // 2]),
)
traffic = st.lists(st.one_of(frames, noise), max_size=8).map(b"".join)
cuts = st.lists(st.integers(0, 2000), max_size=8)


def mt(command: bytes, data: bytes) -> bytes:
    body = bytes((len(data),)) + command + data
    return b"\xfe" + body + bytes((reduce(xor, body),))


def chunks(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[begin:end] for begin, end in pairwise(ends)]


class Api:
    """What zigpy-znp's protocol hands its frames to."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def frame_received(self, frame: Any) -> None:
        self.frames.append(mt(frame.header.serialize(), frame.data.serialize()))


class Taker:
    """Takes every frame that it is offered."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def __call__(self, frame: bytes) -> bool:
        self.frames.append(frame)
        return True


@given(data=traffic, places=cuts)
def test_every_frame_that_zigpy_znp_finds_is_found(
    data: bytes, places: list[int]
) -> None:
    theirs, ours = Api(), Taker()
    stock = ZnpMtProtocol(theirs)
    stream = FrameStream(ours, _nothing, _still)

    for chunk in chunks(data, places):
        stock.data_received(chunk)
        stream.feed(chunk)

    assert ours.frames == theirs.frames
    assert len(stream._rest) < 255


@given(data=st.binary(max_size=600), places=cuts)
def test_no_bytes_stop_the_stream(data: bytes, places: list[int]) -> None:
    found = Taker()
    stream = FrameStream(found, _nothing, _still)

    for chunk in chunks(data, places):
        stream.feed(chunk)
    stream.feed(b"\x00" * 256 + PING)  # longer than what any byte above announced

    assert found.frames[-1] == PING


def test_what_is_taken_goes_no_further_and_the_order_stays() -> None:
    passed: list[bytes] = []
    stream = FrameStream(lambda frame: frame == INCOMING, passed.append, _still)

    stream.feed(PING + INCOMING + PING[:3])
    stream.feed(PING[3:] + INCOMING)

    assert passed == [PING, PING]


@given(st.binary(max_size=256))
def test_the_check_sum_is_the_xor_of_all_bytes(body: bytes) -> None:
    assert fcs(body) == reduce(xor, body, 0)


@pytest.mark.parametrize("come", range(len(INCOMING) + 1))
async def test_a_frame_that_has_begun_to_come_is_not_lost(come: int) -> None:
    api, offered = Api(), Taker()
    uart: Any = ZnpMtProtocol(api)
    uart.data_received(INCOMING[:come])

    divert(uart, offered)
    uart.data_received(INCOMING[come:])

    assert api.frames + offered.frames == [INCOMING]


async def test_what_is_not_taken_reaches_zigpy_znp() -> None:
    api = Api()
    uart: Any = ZnpMtProtocol(api)
    divert(uart, lambda frame: frame == INCOMING)

    uart.data_received(PING + INCOMING + PING)

    assert api.frames == [PING, PING]


def _nothing(frame: bytes) -> None:
    raise AssertionError(f"{frame.hex()} was taken")


def _still() -> float:
    return 0.0


def test_an_announced_frame_that_does_not_come_holds_nothing_up() -> None:
    found, now = Taker(), [0.0]
    stream = FrameStream(found, _nothing, lambda: now[0])
    stream.feed(b"\xfe\xfa\x00")  # noise, as long as the longest frame
    now[0] = 0.2
    stream.feed(PING)
    assert found.frames == []  # it may still be inside that frame
    now[0] = 0.6
    stream.feed(INCOMING)
    assert found.frames == [PING, INCOMING]


def test_a_frame_that_comes_in_slow_parts_is_whole() -> None:
    found, now = Taker(), [0.0]
    stream = FrameStream(found, _nothing, lambda: now[0])
    for byte in INCOMING:
        stream.feed(bytes((byte,)))
        now[0] += 0.02
    assert found.frames == [INCOMING]
