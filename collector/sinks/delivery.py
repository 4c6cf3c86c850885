"""Brings what is spooled to the database: one batch at a time, the newest points first.

After an outage a dashboard shows the present at once, and the past fills in behind it, at
half of what the server takes: between two batches of the past there is a pause as long as
the one before took.
"""

import asyncio
from collections.abc import Callable

from collector import events
from collector.model.clock import Clock
from collector.model.errors import TransientError
from collector.sinks import sender as sending
from collector.sinks.dead_letters import DeadLetter
from collector.sinks.influx_answer import Answer, Fate
from collector.sinks.sender import BATCH_POINTS, Post, Sender
from collector.sinks.spool import Batch, Spool


class Delivery:
    """One server's worth of deliveries; what is delivered is handed to `on_done`."""

    def __init__(
        self,
        spool: Spool,
        post: Post,
        clock: Clock,
        *,
        batch_points: int = BATCH_POINTS,
    ) -> None:
        self._spool = spool
        self._sender = Sender(post, clock, batch_points=batch_points)
        self._clock = clock
        self._batch_points = batch_points
        self.on_done: Callable[[], None] = lambda: None
        self._mark = 0  # the newest chunk that was delivered
        self._news = asyncio.Event()
        # Delivered, and to be removed from the spool with its next commit.
        self.done: set[int] = set()
        self.dead: list[DeadLetter] = []

    def wake(self) -> None:
        """Something new is in the spool."""
        self._news.set()

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            self._news.clear()
            try:
                live, batch = await asyncio.to_thread(self._choose)
            except TransientError as error:
                events.influx_failed(str(error), self._clock.now().wall.timestamp())
                await self._clock.sleep(sending.LAST_WAIT)
                continue
            if batch is None:
                await self._news.wait()
                continue
            began = self._clock.now().mono
            answer = await self._deliver(batch)
            if answer.fate is Fate.KEEP:
                await self._clock.sleep(self._sender.wait(answer))
            elif not live:
                took = self._clock.now().mono - began
                await self._pause(took)

    async def _pause(self, seconds: float) -> None:
        """Leave the server and the machine alone for so long, but not what is new."""
        pause = asyncio.ensure_future(self._clock.sleep(seconds))
        news = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait({pause, news}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (pause, news):
                task.cancel()
            await asyncio.gather(pause, news, return_exceptions=True)

    def _choose(self) -> tuple[bool, Batch | None]:
        """Return what is new, else the oldest of what waits; and whether it is new."""
        done = frozenset(self.done)
        newest = self._spool.newest(self._batch_points, done)
        if newest is None or max(newest.chunks) > self._mark:
            return True, newest
        return False, self._spool.oldest_batch(self._batch_points, done)

    async def _deliver(self, batch: Batch) -> Answer:
        """Bring a batch to the server, or leave it where it is."""
        answer, dead = await self._sender.send(batch.body)
        if answer.fate is Fate.KEEP:
            events.influx_failed(answer.sentence, self._clock.now().wall.timestamp())
            return answer
        new = max(batch.chunks) > self._mark
        self._mark = max(self._mark, *batch.chunks)
        self.done.update(batch.chunks)
        self.dead += dead
        if batch.points:
            age = self._clock.now().wall.timestamp() - batch.oldest / 1000
            events.influx_delivered(batch.points - len(dead), age if new else None)
        events.influx_points("dropped", batch.lost)
        if dead:
            events.influx_dead(len(dead), dead[-1].error)
        self.on_done()
        return answer
