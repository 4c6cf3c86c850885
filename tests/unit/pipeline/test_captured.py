import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from collector.model.errors import ConfigError
from collector.model.frame import Frame
from collector.pipeline.recording import MOST_PROBLEMS, Captured, RecordedFrame
from collector.web.frames import frame_line

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FRAME = Frame("00:15:8d:00:03:a0:00:00", 1, 0x000C, bytes.fromhex("18010a5500"), 132)
ENTRY = {
    "at": "2026-03-01T12:00:00+00:00",
    "ieee": "00:15:8d:00:03:a0:00:00",
    "endpoint": 1,
    "cluster": 12,
    "lqi": 132,
    "data": "18010a5500",
}


def line(frame: Frame = FRAME, at: datetime = NOON) -> str:
    return frame_line(frame, at).decode()


def read(*lines: str) -> list[RecordedFrame]:
    return list(Captured(lines, "night.jsonl"))


def problems(*lines: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read(*lines)
    assert refused.value.source == "night.jsonl"
    return refused.value.problems


def changed(**changes: Any) -> str:
    """A line with some keys changed, or (None) left out."""
    entry = {**ENTRY, **changes}
    return json.dumps({key: value for key, value in entry.items() if value is not None})


@given(
    ieee=st.integers(0, 2**64 - 1).map(lambda each: each.to_bytes(8, "big").hex(":")),
    endpoint=st.integers(0, 255),
    cluster=st.integers(0, 0xFFFF),
    data=st.binary(min_size=1, max_size=80),
    lqi=st.none() | st.integers(0, 255),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_what_capture_writes_is_read_again(
    ieee: str, endpoint: int, cluster: int, data: bytes, lqi: int | None, at: datetime
) -> None:
    frame = Frame(ieee, endpoint, cluster, data, lqi)
    assert read(line(frame, at)) == [RecordedFrame(at, frame)]


def test_frames_come_in_the_order_of_the_file() -> None:
    other = Frame(FRAME.ieee, 2, 6, b"\x18\x02\x0a", None)
    later = NOON + timedelta(seconds=3)
    assert read(line(), "\n", line(other, later)) == [(NOON, FRAME), (later, other)]


def test_a_clock_that_was_nudged_does_not_let_time_fall() -> None:
    second = NOON + timedelta(seconds=1)
    walls = [
        each.wall for each in read(line(at=second), line(at=NOON), line(at=second))
    ]
    assert walls == [second] * 3


def test_other_zones_are_the_same_moment() -> None:
    (frame,) = read(changed(at="2026-03-01T13:00:00+01:00"))
    assert frame.wall == NOON
    assert frame.wall.tzinfo is UTC


def test_a_strength_that_is_not_told_is_unknown() -> None:
    (frame,) = read(changed(lqi=None))
    assert frame.frame.lqi is None


def test_frames_that_the_capture_missed_are_counted() -> None:
    captured = Captured(
        [line(), '{"dropped": 3}\n', line(), '{"dropped": 4}\n'], "night.jsonl"
    )
    lost = [captured.lost for _ in captured]
    assert lost == [0, 3]
    assert captured.lost == 7


def test_a_clock_that_was_set_back_is_told_once() -> None:
    early = NOON - timedelta(hours=1)
    lines = [line(), *(line(at=early + timedelta(seconds=each)) for each in range(50))]
    assert problems(*lines) == [
        (
            "line 2: the time falls from 2026-03-01T12:00:00+00:00 to "
            "2026-03-01T11:00:00+00:00: a clock was set, or captures were joined in the "
            "wrong order; cut the file here"
        )
    ]


NO_LINE = "not a line of `collector capture`; if it was cut off, remove it"
NO_TIME = "`at` is to be a time with its zone, such as 2026-03-01T12:00:00+00:00, got "


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('{"at": "2026-03-', NO_LINE),
        ("[1, 2]", NO_LINE),
        ("[" * 100_000, NO_LINE),
        ("\udcff", NO_LINE),
        (changed(at=None), f'{NO_TIME}"None"'),
        (changed(at=1772366400), f'{NO_TIME}"1772366400"'),
        (changed(at="2026-03-01T12:00:00"), f'{NO_TIME}"2026-03-01T12:00:00"'),
        (changed(at="noon"), f'{NO_TIME}"noon"'),
        (changed(ieee="boiler"), '`ieee` is to be an IEEE address, got "boiler"'),
        (
            changed(ieee="00:15:8D:00:03:A0:00:00"),
            '`ieee` is to be an IEEE address, got "00:15:8D:00:03:A0:00:00"',
        ),
        (changed(data="18010"), '`data` is to be bytes as hex digits, got "18010"'),
        (changed(data=""), '`data` is to be bytes as hex digits, got ""'),
        (changed(data=None), '`data` is to be bytes as hex digits, got "None"'),
        (
            changed(endpoint=256),
            '`endpoint` is to be a whole number up to 255, got "256"',
        ),
        (
            changed(endpoint=True),
            '`endpoint` is to be a whole number up to 255, got "True"',
        ),
        (
            changed(cluster="12"),
            '`cluster` is to be a whole number up to 65535, got "12"',
        ),
        (changed(lqi=-1), '`lqi` is to be a whole number up to 255, got "-1"'),
        (
            '{"dropped": "some"}',
            f'`dropped` is to be a whole number up to {1 << 62}, got "some"',
        ),
    ],
)
def test_a_wrong_line_is_told_with_what_was_expected(wrong: str, sentence: str) -> None:
    assert problems(line(), wrong, line()) == [f"line 2: {sentence}"]


def test_after_a_wrong_line_nothing_is_yielded_any_more() -> None:
    reading = iter(Captured([line(), "nonsense", line()], "night.jsonl"))
    assert next(reading).frame == FRAME
    with pytest.raises(ConfigError):
        next(reading)


def test_it_gives_up_at_the_twentieth_problem() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield "nonsense"

    with pytest.raises(ConfigError) as refused:
        list(Captured(endless(), "night.jsonl"))
    assert len(refused.value.problems) == MOST_PROBLEMS
    assert "the rest of the file was not looked at" in refused.value.problems[-1]


def test_a_capture_of_nothing_is_told() -> None:
    assert problems("\n", " \n") == ["line 1: there is nothing in it"]
