"""Cron-like work on a clock that the tests move."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.clock import ScaledClock
from collector.scheduler import CronJobs, cron_edge
from tests.clock import ManualClock, settle

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


class Record:
    """Notes the local time of each run."""

    def __init__(self, clock: ManualClock, zone: ZoneInfo = BERLIN) -> None:
        self._clock = clock
        self._zone = zone
        self.runs: list[str] = []

    def __call__(self) -> None:
        wall = self._clock.now().wall.astimezone(self._zone)
        self.runs.append(wall.isoformat(timespec="seconds"))


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


async def run_for(
    clock: ManualClock, jobs: CronJobs, *steps: float | Callable[[], None]
) -> None:
    jobs.start()
    for step in steps:
        if callable(step):
            step()
        else:
            await clock.advance(step)
    await jobs.stop()
    assert len(asyncio.all_tasks()) == 1, "a task was left behind"
    assert clock.sleeping == 0


async def test_a_daily_job_runs_at_its_local_time() -> None:
    clock = ManualClock(local("2026-01-10T12:00"))
    record = Record(clock)
    jobs = CronJobs(clock, BERLIN)
    jobs.add("midnight", time(0), record)

    await run_for(clock, jobs, 2 * DAY)

    assert record.runs == ["2026-01-11T00:00:00+01:00", "2026-01-12T00:00:00+01:00"]


async def test_a_cron_line_has_the_fields_of_cron() -> None:
    clock = ManualClock(local("2026-01-09T12:00"))  # a Friday
    record = Record(clock)
    jobs = CronJobs(clock, BERLIN)
    jobs.add("work", "30 6,18 * * mon-fri", record)

    await run_for(clock, jobs, 3 * DAY)

    assert record.runs == [
        "2026-01-09T18:30:00+01:00",
        "2026-01-12T06:30:00+01:00",
    ]


async def test_the_next_run_is_known_in_local_time() -> None:
    clock = ManualClock(local("2026-07-01T12:00"))
    jobs = CronJobs(clock, BERLIN)
    jobs.add("backup", time(3, 15, 30), lambda: None)

    assert jobs.next_run("backup").isoformat() == "2026-07-02T03:15:30+02:00"


@pytest.mark.parametrize(
    "line",
    ["", "0 0 * *", "61 0 * * *", "noon", "0 0 30 feb *", "0 0 * * * *", "0 0 1 * 1"],
)
def test_a_line_that_never_comes_is_refused(line: str) -> None:
    jobs = CronJobs(ManualClock(), BERLIN)

    with pytest.raises(ValueError, match=r".+"):
        jobs.add("job", line, lambda: None)
    with pytest.raises(ValueError, match=r".+"):
        cron_edge(line, BERLIN)


@pytest.mark.parametrize(
    ("line", "after", "edges"),
    [
        # From a Friday: 1-5 are the working days, as in cron.
        ("0 6 * * 1-5", "2026-01-09T06:00", ["2026-01-12T06:00", "2026-01-13T06:00"]),
        ("0 6 * * 0", "2026-01-09T06:00", ["2026-01-11T06:00", "2026-01-18T06:00"]),
        ("0 6 * * 7", "2026-01-09T06:00", ["2026-01-11T06:00", "2026-01-18T06:00"]),
        ("0 6 * * 6", "2026-01-09T06:00", ["2026-01-10T06:00", "2026-01-17T06:00"]),
        ("*/30 * * * *", "2026-01-09T06:10", ["2026-01-09T06:30", "2026-01-09T07:00"]),
        ("0 0 29 2 *", "2026-01-09T06:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
    ],
)
def test_the_next_edge_of_a_cron_line_comes_after_the_moment(
    line: str, after: str, edges: list[str]
) -> None:
    following = cron_edge(line, BERLIN)

    first = following(local(after))

    assert [first, following(first)] == [local(edge) for edge in edges]
    assert following(local(edges[0]) - timedelta(microseconds=1)) == first


async def test_names_are_unique_and_jobs_are_added_before_the_start() -> None:
    jobs = CronJobs(ManualClock(), BERLIN)
    jobs.add("a", time(0), lambda: None)

    with pytest.raises(ValueError, match="job a is there already"):
        jobs.add("a", time(1), lambda: None)
    jobs.start()
    with pytest.raises(ValueError, match="before the start"):
        jobs.add("b", time(1), lambda: None)
    await jobs.stop()


async def test_a_failing_job_is_logged_and_runs_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = ManualClock(local("2026-01-10T12:00"))
    runs: list[int] = []

    async def fails() -> None:
        runs.append(1)
        raise OSError("disk full")

    jobs = CronJobs(clock, BERLIN)
    jobs.add("backup", time(0), fails)
    with caplog.at_level(logging.ERROR):
        await run_for(clock, jobs, 2 * DAY)

    assert len(runs) == 2
    assert [entry.getMessage() for entry in caplog.records] == [
        "Job failed: name=backup"
    ] * 2
    assert "disk full" in caplog.text


async def test_a_slow_job_holds_up_no_other_and_its_missed_runs_come_once() -> None:
    clock = ManualClock(local("2026-01-10T12:10"))
    record = Record(clock)
    slow_runs: list[str] = []

    async def slow() -> None:
        slow_runs.append(clock.now().wall.astimezone(BERLIN).strftime("%H:%M"))
        await clock.sleep(2.5 * HOUR)

    jobs = CronJobs(clock, BERLIN)
    jobs.add("slow", "0 * * * *", slow)
    jobs.add("other", "30 13 * * *", record)
    await run_for(clock, jobs, 6 * HOUR)

    assert record.runs == ["2026-01-10T13:30:00+01:00"]
    assert slow_runs == ["13:00", "16:00"]


async def test_stopping_ends_a_job_that_runs() -> None:
    clock = ManualClock(local("2026-01-10T23:59"))
    ended = asyncio.Event()

    async def endless() -> None:
        try:
            await clock.sleep(DAY)
        finally:
            ended.set()

    jobs = CronJobs(clock, BERLIN)
    jobs.add("endless", time(0), endless)
    await run_for(clock, jobs, 2 * MINUTE)

    assert ended.is_set()


async def test_jobs_start_again_after_a_stop() -> None:
    clock = ManualClock(local("2026-01-10T12:00"))
    record = Record(clock)
    jobs = CronJobs(clock, BERLIN)
    jobs.add("midnight", time(0), record)
    await run_for(clock, jobs, DAY)
    await clock.advance(2 * DAY)

    await run_for(clock, jobs, DAY)

    assert record.runs == ["2026-01-11T00:00:00+01:00", "2026-01-14T00:00:00+01:00"]


async def test_without_jobs_there_is_nothing_to_do_but_wait() -> None:
    clock = ManualClock()
    jobs = CronJobs(clock, BERLIN)

    await run_for(clock, jobs, DAY)
    await jobs.stop()


async def test_a_clock_set_forward_runs_what_it_left_out_once() -> None:
    clock = ManualClock(local("2026-01-10T12:00:01"))
    record = Record(clock)
    jobs = CronJobs(clock, BERLIN)
    jobs.add("hourly", "0 * * * *", record)

    def forward() -> None:
        clock.set_wall(local("2026-01-10T20:30"))

    await run_for(clock, jobs, MINUTE, forward, 2 * MINUTE, HOUR)

    assert record.runs == ["2026-01-10T20:31:00+01:00", "2026-01-10T21:00:00+01:00"]


async def test_a_clock_set_forward_is_seen_at_once_when_told() -> None:
    clock = ManualClock(local("2026-01-10T12:00"))
    record = Record(clock)
    jobs = CronJobs(clock, BERLIN)
    jobs.add("midnight", time(0), record)

    def forward() -> None:
        clock.set_wall(local("2026-01-11T00:00:05"))
        jobs.reschedule()

    await run_for(clock, jobs, 1.0, forward, 1.0)

    assert record.runs == ["2026-01-11T00:00:05+01:00"]


async def test_a_clock_set_back_does_not_silence_the_jobs_meanwhile() -> None:
    clock = ManualClock(local("2026-01-10T12:30"))
    record = Record(clock)
    jobs = CronJobs(clock, BERLIN)
    jobs.add("hourly", "0 * * * *", record)

    def back() -> None:
        clock.set_wall(local("2026-01-10T09:30"))

    await run_for(clock, jobs, HOUR, back, 2 * HOUR)

    assert record.runs == [
        "2026-01-10T13:00:00+01:00",
        "2026-01-10T10:00:00+01:00",
        "2026-01-10T11:00:00+01:00",
    ]


async def test_a_clock_corrected_by_seconds_runs_nothing_twice() -> None:
    clock = ManualClock(local("2026-01-10T23:59:50"))
    record = Record(clock)
    jobs = CronJobs(clock, BERLIN)
    jobs.add("midnight", time(0), record)

    def back() -> None:
        clock.set_wall(local("2026-01-10T23:59:59"))
        jobs.reschedule()

    await run_for(clock, jobs, 11.0, back, HOUR)

    assert record.runs == ["2026-01-11T00:00:00+01:00"]


async def test_a_fast_clock_has_its_midnight_sooner() -> None:
    clock = ScaledClock(86_400.0)
    ran = asyncio.Event()
    jobs = CronJobs(clock, BERLIN)
    jobs.add("midnight", time(0), ran.set)

    jobs.start()
    await asyncio.wait_for(ran.wait(), 10)
    await jobs.stop()
    await settle()

    assert len(asyncio.all_tasks()) == 1
