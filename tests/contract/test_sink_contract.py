"""What the service may rely on of every sink that writes: the audit, and InfluxDB's.

Whatever happens behind it, to offer never waits, what can arrive does, in order, and to
close ends in time, however often.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector import events
from collector.model.decision import EventKind, PolicyEvent
from collector.sinks import influx as influx_sink, sender
from collector.sinks.audit import Audit
from collector.sinks.delivery import Delivery
from collector.sinks.influx import InfluxSink
from collector.sinks.influx_answer import Answer, Fate
from collector.sinks.points import Points
from collector.sinks.spool import Spool
from tests.clock import ManualClock
from tests.integration.zigpy_host import eventually

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOUND = 50  # items that may wait in memory
CLOSE = 0.2  # s


def event(number: int) -> PolicyEvent:
    return PolicyEvent(
        kind=EventKind.DECISION,
        at=NOON + timedelta(seconds=number),
        ieee="00:15:8d:00:03:a0:00:00",
        reason=f"number {number}.",
    )


class SinkStand(ABC):
    """A sink in front of something that can be made to misbehave."""

    queue: str

    def __init__(self) -> None:
        self.fails = 0  # so many tries, then all is well
        self.slow = 0.0  # s for each try
        self.hangs = False
        self.arrived: list[int] = []

    @abstractmethod
    def offer(self, number: int) -> None: ...

    @abstractmethod
    def parts(self) -> list[Callable[[], Awaitable[None]]]: ...

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    def end(self) -> None: ...  # let go of what the test held

    @abstractmethod
    def kept(self) -> bytes: ...  # what is on disk


class AuditStand(SinkStand):
    queue = "audit"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._free = threading.Event()
        self._path = folder / "audit" / "audit.jsonl"
        self.sink = Audit(
            folder, waiting_at_most=BOUND, retry_seconds=0.01, close_seconds=CLOSE
        )
        self._append = self.sink._file.append
        setattr(self.sink._file, "append", self._misbehave)  # noqa: B010  # for mypy

    def _misbehave(self, lines: bytes) -> None:
        if self.hangs:
            self._free.wait(20)
        if self.slow:
            self._free.wait(self.slow)
        if self.fails > 0:
            self.fails -= 1
            raise OSError(5, "I/O error")
        self._append(lines)
        self.arrived += [
            int(part.split(b".")[0]) for part in lines.split(b"number ")[1:]
        ]

    def offer(self, number: int) -> None:
        self.sink.offer(event(number), "boiler")

    def parts(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.sink.run]

    async def close(self) -> None:
        await self.sink.close()

    def end(self) -> None:
        self._free.set()

    def kept(self) -> bytes:
        return self._path.read_bytes()


class InfluxStand(SinkStand):
    queue = "influx"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._free = threading.Event()
        self.spool = Spool.open(folder / "spool.db", 1 << 20)
        self._commit = self.spool.commit
        setattr(self.spool, "commit", self._disk)  # noqa: B010  # for mypy
        delivery = Delivery(self.spool, self._post, ManualClock())
        self.sink = InfluxSink(
            self.spool,
            delivery,
            Points("home", {}),
            breathe=_turn,
            waiting_at_most=BOUND,
        )

    def _disk(self, *what: object) -> int:
        if self.hangs:
            self._free.wait(20)
        return self._commit(*what)  # type: ignore[arg-type]

    async def _post(self, body: bytes) -> Answer:
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.fails > 0:
            self.fails -= 1
            return Answer(Fate.KEEP, 503, "busy", wait=0.0)
        for line in body.split(b"\n"):
            self.arrived.append(int(line.split(b"number ")[1].split(b".")[0]))
        return Answer(Fate.STORED, 204)

    def offer(self, number: int) -> None:
        self.sink.decided(event(number))

    def parts(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.sink.run_writer, self.sink.run_delivery]

    async def close(self) -> None:
        await self.sink.close()

    def end(self) -> None:
        self._free.set()
        self.spool.close()

    def kept(self) -> bytes:
        batch = self.spool.oldest_batch(1_000_000)
        return b"" if batch is None else batch.body


async def _turn() -> None:
    await asyncio.sleep(0)


@pytest.fixture(params=[AuditStand, InfluxStand], ids=["audit", "influx"])
async def stand(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SinkStand]:
    monkeypatch.setattr(influx_sink, "CLOSE_SECONDS", CLOSE)
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.0)
    found: SinkStand = request.param(tmp_path)
    yield found
    found.end()


@asynccontextmanager
async def running(stand: SinkStand) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(part()) for part in stand.parts()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def dropped(queue: str) -> float:
    name = "zigbee_collector_queue_dropped_total"
    return events.REGISTRY.get_sample_value(name, {"queue": queue}) or 0.0


async def test_ok_everything_arrives_once_and_in_order(stand: SinkStand) -> None:
    async with running(stand):
        for number in range(BOUND):
            stand.offer(number)
        await eventually(lambda: len(stand.arrived) == BOUND)
    assert stand.arrived == list(range(BOUND))
    await stand.close()


async def test_slow_to_offer_does_not_wait(stand: SinkStand) -> None:
    stand.slow = 0.05
    async with running(stand):
        for number in range(BOUND):
            stand.offer(number)  # not awaited: it cannot wait
        await eventually(lambda: len(stand.arrived) == BOUND)
    assert sorted(stand.arrived) == list(range(BOUND))


async def test_hanging_memory_is_bounded_and_the_oldest_go(stand: SinkStand) -> None:
    before = dropped(stand.queue)
    stand.hangs = True
    async with running(stand):
        stand.offer(0)
        await asyncio.sleep(0.05)  # one is on its way, and hangs there
        for number in range(1, 10 * BOUND):
            stand.offer(number)
        lost = dropped(stand.queue) - before
        assert lost >= 8 * BOUND
    began = asyncio.get_running_loop().time()
    await stand.close()
    assert asyncio.get_running_loop().time() - began < 10 * CLOSE


async def test_to_close_may_be_said_twice_and_keeps_what_waits(
    stand: SinkStand,
) -> None:
    for number in range(5):
        stand.offer(number)
    await stand.close()
    await stand.close()
    assert stand.kept().count(b"number ") == 5


async def test_permanent_nothing_arrives_and_nobody_is_held_up(
    stand: SinkStand,
) -> None:
    stand.fails = 1_000_000_000
    async with running(stand):
        for number in range(10 * BOUND):
            stand.offer(number)
        await asyncio.sleep(0.05)
    began = asyncio.get_running_loop().time()
    await stand.close()
    assert asyncio.get_running_loop().time() - began < 10 * CLOSE
    assert stand.arrived == []


async def test_transient_it_is_tried_again_until_it_works(
    stand: SinkStand, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(stand, InfluxStand):
        monkeypatch.setattr(sender.Sender, "wait", lambda *_: 0.0)
    stand.fails = 3
    async with running(stand):
        for number in range(20):
            stand.offer(number)
        await eventually(lambda: len(stand.arrived) == 20)
    assert sorted(stand.arrived) == list(range(20))
