"""Clock windows of a demand rule, and the energy in them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.model.clock import Now
from collector.policy.demand_window import DemandWindow, bounds

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour of summer time
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # UTC+5:45
START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def around(minutes: int, text: str, zone: ZoneInfo) -> tuple[str, str]:
    """Return the window around a UTC moment as two UTC times of day."""
    edges = (datetime.fromtimestamp(at, UTC) for at in bounds(minutes, utc(text), zone))
    start, end = edges
    return f"{start:%d %H:%M}", f"{end:%d %H:%M}"


@pytest.mark.parametrize(
    ("minutes", "wall", "start", "end"),
    [
        (15, "2026-01-15 12:00:00", "15 12:00", "15 12:15"),
        (15, "2026-01-15 12:14:59.999999", "15 12:00", "15 12:15"),
        (15, "2026-01-15 12:15:00", "15 12:15", "15 12:30"),
        (60, "2026-01-15 12:59:00", "15 12:00", "15 13:00"),
        (1, "2026-01-15 12:59:59", "15 12:59", "15 13:00"),
        # Local midnight is 23:00 UTC: 40 minutes begin there, and 24 h are 36 of them.
        (40, "2026-01-15 23:39:00", "15 23:00", "15 23:40"),
        # 23:20 local and on: 50 minutes do not fit into the day any more.
        (50, "2026-01-15 22:25:00", "15 22:20", "15 23:00"),
        (50, "2026-01-15 23:01:00", "15 23:00", "15 23:50"),
        (1440, "2026-01-15 12:00:00", "14 23:00", "15 23:00"),
    ],
)
def test_windows_begin_at_multiples_since_local_midnight(
    minutes: int, wall: str, start: str, end: str
) -> None:
    assert around(minutes, wall, BERLIN) == (start, end)


def test_windows_follow_the_local_clock_and_not_utc() -> None:
    # 17:45 local is a quarter; an hour begins at 17:00 local, 11:15 UTC.
    assert around(15, "2026-01-15 12:03:00", KATHMANDU) == ("15 12:00", "15 12:15")
    assert around(60, "2026-01-15 12:03:00", KATHMANDU) == ("15 11:15", "15 12:15")


@pytest.mark.parametrize(
    ("minutes", "wall", "start", "end"),
    [
        # 2026-03-29, 2:00 becomes 3:00 in Berlin, at 1:00 UTC.
        (15, "2026-03-29 00:59:59", "29 00:45", "29 01:00"),
        (15, "2026-03-29 01:00:00", "29 01:00", "29 01:15"),
        (60, "2026-03-29 00:30:00", "29 00:00", "29 01:00"),
        # 2:15-3:00 is not there: the window from 1:30 ends with the change.
        (45, "2026-03-29 00:59:00", "29 00:30", "29 01:00"),
        (45, "2026-03-29 01:00:00", "29 01:00", "29 01:45"),
        (240, "2026-03-29 00:30:00", "28 23:00", "29 01:00"),
        (240, "2026-03-29 01:30:00", "29 01:00", "29 02:00"),
        # 2026-10-25, 3:00 becomes 2:00, at 1:00 UTC; the hour comes twice.
        (15, "2026-10-25 00:59:00", "25 00:45", "25 01:00"),
        (15, "2026-10-25 01:00:00", "25 01:00", "25 01:15"),
        (60, "2026-10-25 00:30:00", "25 00:00", "25 01:00"),
        (60, "2026-10-25 01:30:00", "25 01:00", "25 02:00"),
        (240, "2026-10-25 00:30:00", "24 22:00", "25 01:00"),
        (240, "2026-10-25 01:30:00", "25 01:00", "25 03:00"),
        (1440, "2026-10-25 12:00:00", "25 01:00", "25 23:00"),
    ],
)
def test_no_window_reaches_over_a_change_of_the_clocks(
    minutes: int, wall: str, start: str, end: str
) -> None:
    assert around(minutes, wall, BERLIN) == (start, end)


@pytest.mark.parametrize(
    ("zone", "day", "windows"),
    [
        (BERLIN, "2026-03-28", 96),
        (BERLIN, "2026-03-29", 92),  # 23 h
        (BERLIN, "2026-10-25", 100),  # 25 h
        (LORD_HOWE, "2026-10-04", 94),  # 23.5 h
        (LORD_HOWE, "2026-04-05", 98),
        (KATHMANDU, "2026-03-29", 96),
    ],
)
def test_a_day_is_made_of_quarters_whatever_its_length(
    zone: ZoneInfo, day: str, windows: int
) -> None:
    at = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    count = 0
    while f"{at.astimezone(zone):%Y-%m-%d}" == day:
        start, end = bounds(15, at, zone)
        assert (start, end) == (at.timestamp(), at.timestamp() + 900)
        at += timedelta(seconds=900)
        count += 1
    assert count == windows


class Clocked:
    """A window on a clock that a test moves; `jump` is what the wall was set by."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.window = DemandWindow(15)
        self.mono = self.jump = 0.0
        self.wall = START + timedelta(seconds=seconds)

    def now(self, mono: float) -> Now:
        return Now(mono, self.wall + timedelta(seconds=mono + self.jump))

    def count(self, mono: float, watts: float | None = None) -> float:
        """Count up to a moment, hold another power; return the kJ so far."""
        if not self.window.begun:
            self.window.begin(watts or 0.0, self.now(mono), UTC)
        self.jumped = self.window.count(self.now(mono), UTC)
        if watts is not None:
            self.window.hold(watts)
        return round(self.window.joules / 1000, 6)


def test_a_held_power_counts_until_the_next_one() -> None:
    clocked = Clocked()
    assert clocked.count(0.0, 2000.0) == 0.0
    assert clocked.count(100.0) == 200.0
    assert clocked.count(100.0, 1000.0) == 200.0
    assert clocked.count(400.0) == 500.0
    # 500 kJ and 1,000 W for 500 s: 1,000 kJ in 900 s.
    assert clocked.window.predicted == pytest.approx(1_000_000 / 900)
    assert clocked.window.rest == 500.0


@pytest.mark.parametrize(
    ("moments", "kilojoules"),
    [
        ([899.999], 1799.998),
        ([900.0], 0.0),  # the edge itself belongs to the new window
        ([900.001], 0.002),
        ([890.0, 950.0], 100.0),
        ([950.0], 100.0),  # asked late: only what belongs to the window
        ([1800.0], 0.0),
        ([5 * 3600.0 + 30.0], 60.0),  # after windows that nobody asked about
    ],
)
def test_a_window_ends_at_its_edge_exactly(
    moments: list[float], kilojoules: float
) -> None:
    clocked = Clocked()
    clocked.count(0.0, 2000.0)
    counted = [clocked.count(moment) for moment in moments]
    assert counted[-1] == pytest.approx(kilojoules)
    assert not clocked.jumped


def test_what_was_missed_before_the_first_power_counts_with_it() -> None:
    clocked = Clocked(seconds=300.0)
    assert clocked.count(0.0, 1000.0) == 300.0
    assert clocked.window.predicted == 1000.0


@pytest.mark.parametrize(
    ("jump", "start", "rest"),
    [
        (100.0, 0.0, 600.0),  # inside of the window
        (-100.0, 0.0, 800.0),
        (700.0, 900.0, 900.0),  # over its edge
        (-300.0, -900.0, 100.0),
        (86_400.0, 86_400.0, 700.0),
    ],
)
def test_a_clock_that_is_set_begins_a_new_window(
    jump: float, start: float, rest: float
) -> None:
    clocked = Clocked()
    clocked.count(0.0, 2000.0)
    clocked.count(200.0)
    clocked.jump = jump
    assert clocked.count(200.0) == 0.0
    assert clocked.jumped
    assert clocked.window.start == START.timestamp() + start
    assert clocked.window.rest == rest
    assert clocked.count(250.0) == 100.0
    assert not clocked.jumped


def test_a_clock_that_is_trimmed_a_little_goes_on() -> None:
    clocked = Clocked()
    clocked.count(0.0, 2000.0)
    clocked.count(890.0)
    clocked.jump = 1.9
    assert clocked.count(891.0) == 1782.0
    assert clocked.count(899.0) == pytest.approx(2000 * 0.9 / 1000)  # 15:00.9
    clocked.jump = 0.0  # back before the edge: the window is not the old one again
    assert clocked.count(899.0) == pytest.approx(1.8)
    assert clocked.window.rest == 900.0


def test_a_window_goes_on_after_a_restart_and_the_gap_counts_with_the_next_power() -> (
    None
):
    clocked = Clocked()
    clocked.count(0.0, 2000.0)
    clocked.count(200.0)
    document = clocked.window.dump()
    assert document == {
        "start": START.timestamp(),
        "until": START.timestamp() + 200,
        "joules": 400_000.0,
    }
    after = Clocked(seconds=300.0)
    after.window.load(document)
    assert after.window.dump() == document  # nothing is lost before the first power
    assert after.count(50.0, 1000.0) == 400 + 150
    # In the next window the old one is of no use.
    later = Clocked(seconds=900.0)
    later.window.load(document)
    assert later.count(50.0, 1000.0) == 50.0


@pytest.mark.parametrize(
    ("document", "kilojoules"),
    [
        ({}, 100.0),
        ({"start": "x", "until": 0, "joules": 5}, 100.0),
        ({"start": START.timestamp(), "until": None, "joules": 5}, 100.0),
        ({"start": START.timestamp(), "until": float("nan"), "joules": 5}, 100.0),
        # Saved by a clock that was ahead, or before the window began.
        ({"start": START.timestamp(), "until": 9e12, "joules": 5000}, 5.0),
        ({"start": START.timestamp(), "until": 0, "joules": 5000}, 105.0),
        ({"start": START.timestamp(), "until": 0, "joules": -7}, 100.0),
    ],
)
def test_a_document_that_makes_no_sense_counts_as_nothing(
    document: dict[str, object], kilojoules: float
) -> None:
    clocked = Clocked(seconds=100.0)
    clocked.window.load(document)
    assert clocked.count(0.0, 1000.0) == kilojoules


def test_before_the_first_power_there_is_nothing() -> None:
    window = DemandWindow(15)
    assert window.dump() == {}
    assert window.count(Now(0.0, START), UTC) is False
