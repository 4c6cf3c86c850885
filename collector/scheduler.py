"""Cron-like work: tariff edges, daily totals, nightly backups.

APScheduler's CronTrigger says *when*; our own clock says *now*. Its AsyncIOScheduler
would not do: it runs on the machine's time, which a simulator ten times as fast leaves
behind, and after the clock was set back by an hour it fires nothing for that hour.
What its options promise holds here for every job: coalesce=True (missed firings run
once) and misfire_grace_time=None (late is not never).

The trigger is asked in local time without a zone: with one, 3.11.3 leaves out the
midnight after a change to summer time. A time that the clock shows twice is its first
showing; a time that it skips comes by as much later.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo

from apscheduler.triggers.cron import CronTrigger

from collector.config.cron import plain_cron
from collector.model.clock import Clock
from collector.model.policy import NextEdge

_LOG = logging.getLogger(__name__)

_LONGEST_SLEEP = 60.0  # s; a wall clock that was set is noticed by then
_TICK = timedelta(microseconds=1)
_LONGEST_GAP = timedelta(hours=3)  # that a change to summer time has ever left out
# Set back by less than this, the clock has shown the moment of a firing twice.
_SET_BACK = timedelta(seconds=60)

Job = Callable[[], Awaitable[None] | None]


@dataclass(slots=True)
class _Entry:
    name: str
    trigger: CronTrigger
    job: Job
    due: datetime
    fired: datetime | None = None  # the due moment of the last firing
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class CronJobs:
    """Runs jobs at local times of day of a `Clock`; one job never holds up another."""

    def __init__(self, clock: Clock, zone: tzinfo) -> None:
        self._clock = clock
        self._zone = zone
        self._entries: dict[str, _Entry] = {}
        self._runner: asyncio.Task[None] | None = None

    def add(self, name: str, at: str | time, job: Job) -> None:
        """Run `job` at a local time of each day, or by a cron line.

        A cron line has five fields: minute, hour, day, month, weekday (1-5 or mon-fri).
        Raises ValueError for a line that is none or never comes, for a name given
        twice, and after the start.
        """
        if name in self._entries:
            raise ValueError(f"job {name} is there already")
        if self._runner is not None:
            raise ValueError("jobs are added before the start")
        entry = _Entry(name, _trigger(at), job, self._clock.now().wall)
        entry.due = self._next(entry)
        self._entries[name] = entry

    def next_run(self, name: str) -> datetime:
        """Return when a job is due next, in local time."""
        return self._entries[name].due.astimezone(self._zone)

    def start(self) -> None:
        """Start in a task of its own; `stop` ends it."""
        if self._runner is None:
            self._runner = asyncio.create_task(self.run(), name="cron")

    async def stop(self) -> None:
        """End all waiting and running jobs and wait until they have ended."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.cancel()
            await asyncio.wait([runner])

    async def run(self) -> None:
        """Run the jobs until cancelled (for a task group; `start` is for others)."""
        async with asyncio.TaskGroup() as group:
            for entry in self._entries.values():
                entry.due = self._next(entry)
                group.create_task(self._repeat(entry), name=f"cron {entry.name}")
            if not self._entries:
                await asyncio.Event().wait()

    def reschedule(self) -> None:
        """Look at the wall clock anew, at once: it was set."""
        for entry in self._entries.values():
            entry.changed.set()

    async def _repeat(self, entry: _Entry) -> None:
        while True:
            await self._until_due(entry)
            entry.fired = entry.due
            await _run(entry)
            # From now on, not from then: what was missed meanwhile is run once.
            after = max(self._clock.now().wall, entry.fired + _TICK)
            entry.due = self._next(entry, after)

    async def _until_due(self, entry: _Entry) -> None:
        while (wall := self._clock.now().wall) < entry.due:
            # Earlier only where the clock was set back.
            entry.due = min(entry.due, self._next(entry, self._not_before(entry)))
            seconds = (entry.due - wall).total_seconds()
            await self._pause(entry, min(seconds, _LONGEST_SLEEP))

    def _not_before(self, entry: _Entry) -> datetime:
        wall = self._clock.now().wall
        if entry.fired is None or entry.fired - wall > _SET_BACK:
            return wall
        return max(wall, entry.fired + _TICK)

    async def _pause(self, entry: _Entry, seconds: float) -> None:
        """Sleep on the clock, or until `reschedule`."""
        waits = {
            asyncio.create_task(self._clock.sleep(seconds)),
            asyncio.create_task(entry.changed.wait()),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            entry.changed.clear()

    def _next(self, entry: _Entry, after: datetime | None = None) -> datetime:
        """Return the first due moment at or after `after` (now), aware UTC."""
        after = self._clock.now().wall if after is None else after
        return _first(entry.trigger, self._zone, after)


def cron_edge(line: str, zone: tzinfo) -> NextEdge:
    """Return what tells the first firing of a cron line after a moment, aware UTC.

    The line is read as cron reads it (`plain_cron`), in local time, over the nights
    of summer time like every job here. Raises ValueError for a bad line.
    """
    trigger = _trigger(line)
    return lambda wall: _first(trigger, zone, wall + _TICK)


def _first(trigger: CronTrigger, zone: tzinfo, after: datetime) -> datetime:
    """Return the first firing at or after `after`, aware UTC."""
    shown = after.astimezone(zone).replace(tzinfo=UTC, fold=0)
    ago = (after - _LONGEST_GAP).astimezone(zone).replace(tzinfo=UTC, fold=0)
    # The clock as if it had not been set: what fell into a gap has not come yet.
    local = min(shown, ago + _LONGEST_GAP)
    while True:
        local = trigger.get_next_fire_time(None, local)
        due: datetime = local.replace(tzinfo=zone).astimezone(UTC)
        if due >= after:
            return due
        local += _TICK  # the second showing of an hour


def _trigger(at: str | time) -> CronTrigger:
    if isinstance(at, str):
        # The library counts Monday as 0, and takes day *and* weekday.
        return CronTrigger.from_crontab(plain_cron(at), timezone=UTC)
    return CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=UTC)


async def _run(entry: _Entry) -> None:
    try:
        result = entry.job()
        if inspect.isawaitable(result):
            await result
    except Exception:  # noqa: BLE001 (a job's bug must not end its next nights)
        _LOG.exception("Job failed: name=%s", entry.name)
