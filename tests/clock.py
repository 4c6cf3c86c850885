"""A clock that only moves when a test says so."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

from collector.model.clock import Now

_TURNS = 25  # of the loop: how far woken tasks may run before time goes on


class ManualClock:
    """Implements collector.model.clock.Clock; `advance` wakes sleepers in order."""

    def __init__(self, wall: datetime | None = None, mono: float = 1_000.0) -> None:
        self._wall = wall or datetime(2026, 3, 1, 12, tzinfo=UTC)
        self._mono = mono
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._sleeps = 0

    def now(self) -> Now:
        """Return the moment that the test has reached."""
        return Now(self._mono, self._wall)

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has advanced by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        self._sleeps += 1  # of two with one deadline the first sleeper wakes first
        heapq.heappush(self._sleepers, (self._mono + seconds, self._sleeps, woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: each sleeper wakes, and runs, at its own moment."""
        target = self._mono + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, woken = heapq.heappop(self._sleepers)
            if woken.done():  # its task was cancelled
                continue
            self._move(due)
            woken.set_result(None)
            await settle()
        self._move(target)
        await settle()

    def set_wall(self, wall: datetime) -> None:
        """Set the wall clock, as an administrator or NTP does; mono stays."""
        self._wall = wall

    @property
    def sleeping(self) -> int:
        """How many tasks wait for this clock."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    def _move(self, mono: float) -> None:
        self._wall += timedelta(seconds=mono - self._mono)
        self._mono = mono


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
