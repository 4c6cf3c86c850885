"""Summer time: every local day has one midnight, and every daily job one run."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.scheduler import CronJobs, cron_edge
from tests.clock import ManualClock

BERLIN = ZoneInfo("Europe/Berlin")


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "at", "runs"),
    [
        (
            "2026-03-28T12:00",
            time(2, 30),
            ["2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
        (
            "2026-10-24T12:00",
            time(2, 30),
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
        ),
        (
            "2026-03-28T12:00",
            time(0),
            ["2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"],
        ),
    ],
)
async def test_a_change_of_summer_time_costs_no_run_and_adds_none(
    start: str, at: time, runs: list[str]
) -> None:
    clock = ManualClock(local(start))
    found: list[str] = []
    jobs = CronJobs(clock, BERLIN)
    jobs.add(
        "daily",
        at,
        lambda: found.append(clock.now().wall.astimezone(BERLIN).isoformat()),
    )

    jobs.start()
    await clock.advance(1.9 * 86_400)
    await jobs.stop()

    assert found == runs


@pytest.mark.parametrize(
    ("line", "asked", "edges"),
    [
        # Left out by the clock: as much later, and known from within the gap, too.
        ("30 2 * * *", "2026-03-29T00:00", ["2026-03-29T03:30+02:00"]),
        ("30 2 * * *", "2026-03-29T03:10", ["2026-03-29T03:30+02:00"]),
        ("30 2 * * *", "2026-03-29T03:30", ["2026-03-30T02:30+02:00"]),
        # Shown twice: the first showing.
        (
            "30 2 * * *",
            "2026-10-25T00:00",
            ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
        ),
        (
            "0 * * * *",
            "2026-03-29T01:00",
            ["2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"],
        ),
        (
            "0 6 * * 0",
            "2026-10-24T12:00",
            ["2026-10-25T06:00+01:00", "2026-11-01T06:00+01:00"],
        ),
    ],
)
def test_the_edges_of_a_cron_line_come_in_both_odd_nights(
    line: str, asked: str, edges: list[str]
) -> None:
    following = cron_edge(line, BERLIN)
    found, moment = [], local(asked)
    for _ in edges:
        moment = following(moment)
        found.append(moment.astimezone(BERLIN).isoformat(timespec="minutes"))

    assert found == edges


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "America/Havana",  # shows midnight twice in autumn
        "Asia/Beirut",  # leaves midnight out in spring
        "Australia/Lord_Howe",  # changes by half an hour
        "America/Sao_Paulo",
        "UTC",
    ],
)
def test_every_day_of_ten_years_has_one_midnight(zone: str) -> None:
    place = ZoneInfo(zone)
    clock = ManualClock(local("2016-01-01T00:00:01", place))
    days: list[date] = []
    while clock.now().wall < local("2026-01-01T00:00", place):
        jobs = CronJobs(clock, place)
        jobs.add("midnight", time(0), lambda: None)
        due = jobs.next_run("midnight")
        days.append(due.date())
        clock.set_wall(due.astimezone(UTC) + timedelta(milliseconds=1))

    assert days == [date(2016, 1, 1) + timedelta(days=n + 1) for n in range(len(days))]
    assert len(days) > 3650
