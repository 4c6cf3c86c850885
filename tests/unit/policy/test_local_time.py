"""Windows of the local day, and calendar periods."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from collector.model.policy import Hours, Period
from collector.policy.local_time import FAR, Window, next_edge, within
from collector.policy.periods import first_day, next_period

BERLIN = ZoneInfo("Europe/Berlin")
# Clocks that change at midnight, by half an hour, or by a whole day.
ZONES = ["Europe/Berlin", "America/Havana", "Africa/Cairo", "America/Santiago"]
ZONES += ["Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
CHANGES = (  # of these zones, UTC
    *("2026-03-29 01:00", "2026-10-25 01:00", "2026-03-08 05:00", "2026-11-01 05:00"),
    *("2026-04-23 22:00", "2026-10-29 21:00", "2026-04-05 03:00", "2026-09-06 04:00"),
    *("2026-04-04 15:00", "2026-10-03 15:30", "2011-12-30 10:00"),
)


MOMENTS = st.builds(
    lambda change, away: datetime.fromisoformat(f"{change}+00:00") + away,
    st.sampled_from(CHANGES),
    st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=2)),
)


def hours(text: str) -> Hours:
    start, end = text.split("-")
    return Hours(start=time.fromisoformat(start), end=time.fromisoformat(end))


def berlin(text: str, fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return local.astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "moment", "inside"),
    [
        ("06:00-22:00", "2026-01-15 05:59:59", False),
        ("06:00-22:00", "2026-01-15 06:00", True),
        ("06:00-22:00", "2026-01-15 21:59:59", True),
        ("06:00-22:00", "2026-01-15 22:00", False),
        ("22:00-06:00", "2026-01-15 22:00", True),
        ("22:00-06:00", "2026-01-15 00:00", True),
        ("22:00-06:00", "2026-01-15 06:00", False),
        ("22:00-00:00", "2026-01-15 23:59:59", True),
        ("22:00-00:00", "2026-01-15 00:00", False),
        ("07:00-07:00", "2026-01-15 03:00", True),  # a whole day
        ("07:00-07:00", "2026-01-15 07:00", True),
    ],
)
def test_window_holds_from_its_start_until_before_its_end(
    window: str, moment: str, inside: bool
) -> None:
    assert within(hours(window), berlin(moment), BERLIN) is inside


@pytest.mark.parametrize(
    ("window", "moment", "edge"),
    [
        ("06:00-22:00", "2026-01-15 05:00", "2026-01-15 06:00"),
        ("06:00-22:00", "2026-01-15 06:00", "2026-01-15 22:00"),
        ("06:00-22:00", "2026-01-15 22:00", "2026-01-16 06:00"),
        ("22:00-06:00", "2026-03-28 23:00", "2026-03-29 06:00"),
        ("22:00-06:00", "2026-10-24 23:00", "2026-10-25 06:00"),
    ],
)
def test_next_edge_is_in_local_time(window: str, moment: str, edge: str) -> None:
    assert next_edge(hours(window), berlin(moment), BERLIN) == berlin(edge)


def edges(window: str, start: datetime, end: datetime) -> list[datetime]:
    found = []
    moment = next_edge(hours(window), start, BERLIN)
    while moment < end:
        found.append(moment)
        moment = next_edge(hours(window), moment, BERLIN)
    return found


def test_a_start_that_summer_time_skips_comes_with_the_change() -> None:
    # 2026-03-29 01:00 UTC: from 02:00 to 03:00.
    assert edges("02:30-04:00", utc("2026-03-29 00:00"), utc("2026-03-29 04:00")) == [
        utc("2026-03-29 01:00"),
        utc("2026-03-29 02:00"),
    ]


def test_a_window_that_summer_time_skips_does_not_come_at_all() -> None:
    assert edges("02:15-02:45", utc("2026-03-28 12:00"), utc("2026-03-30 00:00")) == []


def test_a_start_in_the_hour_that_comes_twice_comes_twice() -> None:
    # 2026-10-25 01:00 UTC: from 03:00 back to 02:00.
    assert edges("02:30-04:00", utc("2026-10-25 00:00"), utc("2026-10-25 04:00")) == [
        utc("2026-10-25 00:30"),
        utc("2026-10-25 01:00"),  # back before the start
        utc("2026-10-25 01:30"),
        utc("2026-10-25 03:00"),
    ]


def test_a_whole_day_has_no_edge() -> None:
    noon = utc("2026-01-15 12:00")
    assert next_edge(hours("07:00-07:00"), noon, BERLIN) == noon + FAR


@given(
    zone=st.sampled_from(ZONES),
    start=st.times(),
    end=st.times(),
    wall=MOMENTS,
)
def test_nothing_changes_before_the_next_edge(
    zone: str, start: time, end: time, wall: datetime
) -> None:
    window, place = Hours(start=start, end=end), ZoneInfo(zone)
    inside = within(window, wall, place)
    edge = next_edge(window, wall, place)
    assert edge > wall
    if edge != wall + FAR:
        assert within(window, edge, place) is not inside
    step = (edge - wall) / 200
    for count in range(200):
        assert within(window, wall + step * count, place) is inside


def test_a_window_that_is_looked_at_again_and_again_says_the_same() -> None:
    window, night = Window(hours("22:00-06:00")), hours("22:00-06:00")
    start = berlin("2026-10-24 12:00")
    order = [*range(0, 48 * 60, 17), *range(48 * 60, 0, -71)]
    for minutes in order:
        wall = start + timedelta(minutes=minutes)
        inside, left = window.look(wall, BERLIN)
        assert inside is within(night, wall, BERLIN)
        assert wall + timedelta(seconds=left) == next_edge(night, wall, BERLIN)


# periods ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per", "moment", "first", "following"),
    [
        (Period.DAY, "2026-01-15 00:00", "2026-01-15", "2026-01-16 00:00"),
        (Period.DAY, "2026-01-15 23:59:59", "2026-01-15", "2026-01-16 00:00"),
        (Period.DAY, "2026-03-29 12:00", "2026-03-29", "2026-03-30 00:00"),
        (Period.DAY, "2026-10-25 12:00", "2026-10-25", "2026-10-26 00:00"),
        (Period.WEEK, "2026-03-02 00:00", "2026-03-02", "2026-03-09 00:00"),
        (Period.WEEK, "2026-03-29 23:59", "2026-03-23", "2026-03-30 00:00"),
        (Period.WEEK, "2026-12-31 12:00", "2026-12-28", "2027-01-04 00:00"),
        (Period.MONTH, "2026-01-31 23:59", "2026-01-01", "2026-02-01 00:00"),
        (Period.MONTH, "2026-02-10 12:00", "2026-02-01", "2026-03-01 00:00"),
        (Period.MONTH, "2028-02-29 12:00", "2028-02-01", "2028-03-01 00:00"),
        (Period.MONTH, "2026-12-31 23:59", "2026-12-01", "2027-01-01 00:00"),
    ],
)
def test_periods_begin_at_local_midnight(
    per: Period, moment: str, first: str, following: str
) -> None:
    wall = berlin(moment)
    assert first_day(per, wall, BERLIN) == date.fromisoformat(first)
    assert next_period(per, wall, BERLIN) == berlin(following)


@pytest.mark.parametrize(
    ("day", "seconds"), [("2026-03-29", 23 * 3600), ("2026-10-25", 25 * 3600)]
)
def test_a_day_of_a_clock_change_has_its_real_length(day: str, seconds: int) -> None:
    begin = berlin(f"{day} 00:00")
    length = next_period(Period.DAY, begin, BERLIN) - begin
    assert length.total_seconds() == seconds


@given(
    zone=st.sampled_from([*ZONES, "Pacific/Apia"]),
    per=st.sampled_from(Period),
    wall=MOMENTS,
)
def test_the_period_is_another_at_its_edge_and_not_before(
    zone: str, per: Period, wall: datetime
) -> None:
    place = ZoneInfo(zone)
    edge = next_period(per, wall, place)
    assert edge > wall
    assert first_day(per, edge, place) > first_day(per, wall, place)
    before = edge - timedelta(microseconds=1)
    assert first_day(per, before, place) == first_day(per, wall, place)
