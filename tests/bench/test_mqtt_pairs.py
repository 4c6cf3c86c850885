"""Frames and messages find each other, and what is lost is said."""

import json
import struct

import pytest

from tests.bench.mqtt_pairs import pairs
from tests.bench.mqtt_wire import Stream, publish
from tests.bench.service import GAIN, OFFSET_WATTS

MS = 1_000_000


def frame(at_ms: int, watts: float, relay: int = 0) -> tuple[int, str, bytes]:
    data = b"\x18\x01\x0a\x55\x00\x39" + struct.pack("<f", watts)
    return at_ms * MS, f"00:15:8d:00:03:a0:00:{relay:02x}", data


def message(at_ms: int, watts: float, relay: int = 0) -> tuple[int, str, str]:
    power = round(watts * GAIN + OFFSET_WATTS, 2)
    return at_ms * MS, f"base/relay {relay}", json.dumps({"power": power})


def test_each_frame_has_the_message_of_its_relay() -> None:
    sent = [frame(0, 200), frame(1, 200, 1), frame(5, 207)]
    heard = [message(4, 200, 1), message(9, 200), message(12, 207)]

    assert sorted(pairs(sent, heard)) == [3, 7, 9]


def test_a_state_that_gave_way_lasts_until_the_newer_one() -> None:
    assert pairs([frame(0, 200), frame(1, 207)], [message(9, 207)]) == [9, 8]


def test_a_state_that_is_told_again_is_nobody_elses() -> None:
    heard = [message(-5, 900), message(9, 200), message(12, 200)]

    assert pairs([frame(0, 200)], heard) == [9]


def test_a_frame_without_a_message_is_missed() -> None:
    with pytest.raises(RuntimeError, match="1 frame"):
        pairs([frame(0, 200), frame(1, 207)], [message(9, 200)])


def test_a_message_without_a_frame_is_refused() -> None:
    with pytest.raises(RuntimeError, match="nobody has sent"):
        pairs([frame(0, 200), frame(1, 207)], [message(9, 200), message(9, 300)])


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_messages_are_found_however_they_are_cut(piece: int) -> None:
    long = b"x" * 200  # a length of two bytes
    data = publish("a/b", b"1") + b"\xd0\x00" + publish("c", long) + publish("d", b"")
    stream = Stream()

    found = [
        each
        for at in range(0, len(data), piece)
        for each in stream.feed(data[at : at + piece])
    ]

    assert found == [("a/b", b"1"), ("c", long), ("d", b"")]
