"""Brings what is spooled to the database: one batch at a time, the newest points first.

After an outage a dashboard shows the present at once, and the past fills in behind it, at
half of what the server takes: between two batches of the past there is a pause as long as
the one before took.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from collector import events
from collector.model.clock import Clock
from collector.model.errors import TransientError
from collector.sinks.influx_answer import Answer, Fate
from collector.sinks.spool import Batch, DeadLetter, Spool

BATCH_POINTS: Final = 5000  # InfluxDB's own advice for a request
FIRST_WAIT: Final = 1.0  # s after a failure; twice as long each time
LAST_WAIT: Final = 60.0
# Where not one of so many lines is taken, the lines are not to blame.
SUSPICIOUS: Final = 8

Post = Callable[[bytes], Awaitable[Answer]]


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
        self._post = post
        self._clock = clock
        self._batch_points = batch_points
        self.on_done: Callable[[], None] = lambda: None
        self._most = batch_points  # of a request, as far as the server has said
        self._failures = 0  # one after the other
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
                await self._clock.sleep(LAST_WAIT)
                continue
            if batch is None:
                await self._news.wait()
                continue
            began = self._clock.now().mono
            answer = await self._deliver(batch)
            if answer.fate is Fate.KEEP:
                await self._clock.sleep(self._wait(answer))
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
        dead: list[DeadLetter] = []
        answer = await self._send(batch.body, dead) if batch.body else _DONE
        if answer.fate is Fate.KEEP:
            self._failures += 1
            events.influx_failed(answer.sentence, self._clock.now().wall.timestamp())
            return answer
        self._failures = 0
        new = max(batch.chunks) > self._mark
        self._mark = max(self._mark, *batch.chunks)
        self._most = min(self._batch_points, self._most + self._most // 4 + 1)
        self.done.update(batch.chunks)
        self.dead += dead
        age = self._clock.now().wall.timestamp() - batch.oldest / 1000
        events.influx_delivered(batch.points - len(dead), age if new else None)
        events.influx_points("dropped", batch.lost)
        if dead:
            events.influx_dead(len(dead), dead[-1].error)
        self.on_done()
        return answer

    async def _send(self, body: bytes, dead: list[DeadLetter]) -> Answer:
        """Send a batch; what the server refuses while it takes the rest is `dead`."""
        lines = body.split(b"\n")
        answer, refused = await self._sort(lines)
        if answer.fate is Fate.KEEP or not refused:
            return answer
        why = next(iter(refused.values()))
        if len(refused) == len(lines) >= SUSPICIOUS:
            sentence = f"refuses every one of {len(lines)} points: {why.sentence}"
            return Answer(Fate.KEEP, why.status, sentence)
        # Once more: it may have refused everything, and then thought better of it.
        answer, refused = await self._sort(list(refused))
        if answer.fate is not Fate.KEEP:
            dead += [self._letter(line, why) for line, why in refused.items()]
        return answer

    async def _sort(self, lines: list[bytes]) -> tuple[Answer, dict[bytes, Answer]]:
        """Send lines whole or in parts, until each is stored, or refused alone."""
        parts = self._parts(lines)
        refused: dict[bytes, Answer] = {}
        while parts:
            part = parts.pop()
            answer = await self._post(b"\n".join(part))
            if answer.fate is Fate.KEEP:
                return answer, refused
            if answer.fate is Fate.STORED:
                continue
            if len(part) == 1:
                refused[part[0]] = answer
                continue
            middle = len(part) // 2
            if answer.fate is Fate.HALVE:
                self._most = middle
            parts += [part[middle:], part[:middle]]
        return _DONE, refused

    def _parts(self, lines: Sequence[bytes]) -> list[list[bytes]]:
        """Return the lines in parts that the server takes, the last part first."""
        most = self._most
        return [
            list(lines[begin : begin + most]) for begin in range(0, len(lines), most)
        ][::-1]

    def _letter(self, line: bytes, answer: Answer) -> DeadLetter:
        return DeadLetter(
            at=self._clock.now().wall.timestamp(),
            status=answer.status,
            error=answer.sentence,
            line=line.decode("utf-8", "replace"),
        )

    def _wait(self, answer: Answer) -> float:
        """Return how long to wait after a failure, s, so that many do not come at once."""
        base = min(FIRST_WAIT * 2.0 ** min(self._failures - 1, 16), LAST_WAIT)
        jitter = random.uniform(0.8, 1.2)  # noqa: S311  # no secret
        return base * jitter if answer.wait is None else answer.wait + 0.1 * jitter


_DONE: Final = Answer(Fate.STORED)
