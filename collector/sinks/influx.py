"""The InfluxDB sink: takes readings and events at any rate, and keeps them until delivered.

What comes waits in memory for five seconds or 500 points, is written to the spool in one
transaction, and leaves it when the server has it. Nothing here is awaited by the line.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

from collector import events
from collector.model.decision import PolicyEvent
from collector.model.errors import TransientError
from collector.model.reading import Reading
from collector.model.status import RelayContext
from collector.sinks.delivery import Delivery
from collector.sinks.points import Points
from collector.sinks.spool import CHUNK_POINTS, Spool
from collector.sinks.spool_file import Line

WINDOW_SECONDS: Final = 4.5  # and half a second for the disk: five behind the line
WAITING_AT_MOST: Final = 20_000  # items, about 10 MiB, while the disk takes nothing
COMMIT_POINTS: Final = 8 * CHUNK_POINTS  # at most, where a crowd waits
STEP: Final = 20  # points made between two turns of the loop, about 1 ms
RETRY_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 2.0
_QUEUE: Final = "influx"


class Report(NamedTuple):
    """What one frame brought."""

    ieee: str
    readings: tuple[Reading, ...]
    beside: RelayContext


class InfluxSink:
    """Points into the spool, and from there to the server."""

    def __init__(
        self,
        spool: Spool,
        delivery: Delivery,
        points: Points,
        *,
        breathe: Callable[[], Awaitable[None]],
        waiting_at_most: int = WAITING_AT_MOST,
    ) -> None:
        """`breathe` is awaited between steps of work, to let others run."""
        self.spool = spool
        self._delivery = delivery
        self._points = points
        self._breathe = breathe
        self._at_most = waiting_at_most
        self._waiting: deque[Report | Line] = deque()
        self._lines: list[Line] = []  # on their way to the disk
        self._some = asyncio.Event()  # something waits, or is delivered
        self._enough = asyncio.Event()  # it is not to wait any longer
        self._busy = asyncio.Lock()
        delivery.on_done = self._delivered
        events.watch_queue(_QUEUE, lambda: self.waiting)

    @property
    def waiting(self) -> int:
        """How many items wait for the disk."""
        return len(self._waiting) + len(self._lines)

    # what is offered; none of these waits ---------------------------------------------

    def report(
        self, ieee: str, readings: tuple[Reading, ...], beside: RelayContext
    ) -> None:
        """Take what a frame of a relay brought."""
        self._take(Report(ieee, readings, beside))
        if len(self._waiting) >= CHUNK_POINTS:
            self._enough.set()

    def decided(self, event: PolicyEvent) -> None:
        """Take an entry of the record; it is on disk at once."""
        self.event(self._points.decided(event))

    def event(self, line: Line) -> None:
        """Take a point of something that happened; it is on disk at once."""
        self._take(line)
        self._enough.set()

    def _take(self, item: Report | Line) -> None:
        if len(self._waiting) >= self._at_most:
            self._waiting.popleft()
            events.influx_points("dropped", 1)
            events.queue_dropped(_QUEUE)
        self._waiting.append(item)
        self._some.set()

    # tasks ----------------------------------------------------------------------------

    async def run_writer(self) -> None:
        """Write to the spool for ever."""
        while True:
            await self._some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(WINDOW_SECONDS):
                    await self._enough.wait()
            # Before the flush: what comes during it may be taken with it, or not.
            self._some.clear()
            self._enough.clear()
            if not await self.flush():
                await asyncio.sleep(RETRY_SECONDS)

    async def run_delivery(self) -> None:
        """Deliver for ever."""
        await self._delivery.run()

    def wake(self) -> None:
        """Something is in the spool that came another way."""
        self._delivery.wake()

    async def close(self) -> None:
        """Bring what waits to disk, as far as that takes it in two seconds; any time."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.flush()
        except TimeoutError:
            events.disk_failed("spool", "the disk does not answer")

    async def flush(self) -> bool:
        """Bring all that waits to disk; return whether it is there."""
        async with self._busy:
            while self._waiting or self._lines or self._delivery.done:
                await self._encode()
                if not await self._commit():
                    self._some.set()
                    return False
        return True

    async def _commit(self) -> bool:
        delivery, count = self._delivery, len(self._lines)
        done, dead = frozenset(delivery.done), tuple(delivery.dead)
        try:
            dropped = await asyncio.to_thread(
                self.spool.commit, tuple(self._lines), done, dead
            )
        except TransientError as error:
            events.disk_failed("spool", str(error))
            return False
        # Cancelled before this, it may be there already: written twice it is one point.
        self._lines.clear()
        delivery.done -= done
        del delivery.dead[: len(dead)]
        events.disk_recovered("spool")
        events.influx_points("spooled", count)
        events.influx_points("dropped", dropped)
        delivery.wake()
        return True

    async def _encode(self) -> None:
        """Turn what waits into lines, a few at a turn of the loop."""
        while self._waiting and len(self._lines) < COMMIT_POINTS:
            for _ in range(min(STEP, len(self._waiting))):
                item = self._waiting.popleft()
                if isinstance(item, Line):
                    self._lines.append(item)
                else:
                    self._lines += self._points.report(*item)
            await self._breathe()

    def _delivered(self) -> None:
        self._some.set()  # what is delivered leaves the disk with the next commit
