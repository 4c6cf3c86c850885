"""A delivery, its spool, and a server that answers as a test says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from collector import events
from collector.sinks.delivery import Delivery
from collector.sinks.influx_answer import Answer, Fate
from tests.clock import ManualClock
from tests.unit.sinks.spools import lines, numbers_in, opened

NOON = 1_772_366_400.0  # where the clock and the points begin
STORED = Answer(Fate.STORED, 204)
KEEP = Answer(Fate.KEEP, 503, "is busy")
HALVE = Answer(Fate.HALVE, 413, "too large")
SPLIT = Answer(Fate.SPLIT, 400, "no number")


# What is said to `events`, by the name of the function.
Told = dict[str, list[tuple[object, ...]]]


def tell(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Keep what a delivery says to `events`."""
    said: Told = {}

    def keeper(name: str) -> Callable[..., None]:
        said[name] = []
        return lambda *words: said[name].append(words)

    for name in ("influx_delivered", "influx_failed", "influx_dead", "influx_points"):
        monkeypatch.setattr(events, name, keeper(name))
    return said


class ToldClock(ManualClock):
    """Also tells who goes to sleep, and for how long."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: asyncio.Queue[float] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        self.slept.put_nowait(seconds)
        await super().sleep(seconds)


class HastyClock(ManualClock):
    """Whoever sleeps has slept."""

    async def sleep(self, seconds: float) -> None:
        self._move(self.now().mono + seconds)
        await asyncio.sleep(0)


class Asked:
    """A request that waits for its answer."""

    def __init__(self, body: bytes) -> None:
        self.numbers = numbers_in(body)
        self.answer: asyncio.Future[Answer] = asyncio.Future()


class Stand:
    """`rule` answers; where there is none, the test does, request by request."""

    def __init__(
        self,
        folder: Path,
        clock: ManualClock,
        rule: Callable[[list[int]], Answer] | None = None,
        batch_points: int = 1,
    ) -> None:
        self.spool = opened(folder)
        self.delivery = Delivery(
            self.spool, self._post, clock, batch_points=batch_points
        )
        self.delivery.on_done = lambda: self._done.put_nowait(None)
        self.requests: list[list[int]] = []  # the points of each
        self._rule = rule
        self._asked: asyncio.Queue[Asked] = asyncio.Queue()
        self._done: asyncio.Queue[None] = asyncio.Queue()

    async def _post(self, body: bytes) -> Answer:
        asked = Asked(body)
        self.requests.append(asked.numbers)
        if self._rule is not None:
            return self._rule(asked.numbers)
        self._asked.put_nowait(asked)
        return await asked.answer

    def fill(self, *numbers: int) -> None:
        """A chunk of these points."""
        self.spool.commit(lines(*numbers))
        self.delivery.wake()

    async def asked(self) -> Asked:
        return await self._asked.get()

    async def answer(self, answer: Answer = STORED) -> list[int]:
        """Answer the next request; return its points."""
        asked = await self.asked()
        asked.answer.set_result(answer)
        return asked.numbers

    async def done(self) -> list[list[int]]:
        """Wait for the end of a batch; return the requests that it took."""
        await self._done.get()
        requests = self.requests[:]
        self.requests.clear()
        return requests


@asynccontextmanager
async def stand(
    folder: Path,
    clock: ManualClock,
    *chunks: list[int],
    rule: Callable[[list[int]], Answer] | None = None,
    batch_points: int = 1,
) -> AsyncIterator[Stand]:
    """A delivery that runs, with these chunks in its spool."""
    here = Stand(folder, clock, rule, batch_points)
    for chunk in chunks:
        here.fill(*chunk)
    running = asyncio.create_task(here.delivery.run())
    try:
        yield here
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        here.spool.close()
