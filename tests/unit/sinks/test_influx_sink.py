"""From the line to the disk: in one go, at once where it matters, and nothing is lost."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector import events
from collector.model.decision import EventKind, PolicyEvent
from collector.model.errors import TransientError
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.model.status import RelayContext
from collector.sinks import influx as sinking
from collector.sinks.dead_letters import DeadLetter
from collector.sinks.delivery import Delivery
from collector.sinks.influx import InfluxSink
from collector.sinks.influx_answer import Answer
from collector.sinks.points import Points
from collector.sinks.spool_file import Line
from tests.clock import ManualClock
from tests.unit.sinks.line_protocol import read_line
from tests.unit.sinks.spools import lines, opened

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
IEEE = "00:15:8d:00:03:a0:00:00"
KNOWN = RelayContext(name="boiler")
FAILED = -1  # in place of the lines of a commit
ENOUGH = 500


async def nobody(_: bytes) -> Answer:
    raise AssertionError  # nothing is sent here


async def at_once() -> None:
    return


class Stand:
    """A sink whose disk fails or hangs as a test says, and tells of each commit."""

    def __init__(self, folder: Path, at_most: int = 20_000) -> None:
        self.spool = opened(folder)
        self.delivery = Delivery(self.spool, nobody, ManualClock())
        self.sink = InfluxSink(
            self.spool,
            self.delivery,
            Points("home", {}),
            breathe=at_once,
            waiting_at_most=at_most,
        )
        self.broken = False
        self.free = threading.Event()  # not set: the disk hangs
        self.free.set()
        self.begun = asyncio.Event()
        self.commits: asyncio.Queue[int] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._commit = self.spool.commit
        setattr(self.spool, "commit", self.commit)  # noqa: B010  # for mypy

    def commit(
        self, new: Sequence[Line], done: frozenset[int], dead: Sequence[DeadLetter]
    ) -> int:
        self._loop.call_soon_threadsafe(self.begun.set)
        self.free.wait(10)
        try:
            if self.broken:
                raise TransientError("spool.db: disk I/O error")
            return self._commit(new, done, dead)
        finally:
            count = FAILED if self.broken else len(new)
            self._loop.call_soon_threadsafe(self.commits.put_nowait, count)

    def report(self, *numbers: int) -> None:
        for number in numbers:
            reading = Reading(
                ieee=IEEE,
                channel=None,
                quantity=Quantity.POWER,
                value=float(number),
                at=NOON,
                mono=5.0,
            )
            self.sink.report(IEEE, (reading,), KNOWN)

    def happened(self) -> None:
        self.sink.decided(PolicyEvent(kind=EventKind.RESET, at=NOON, ieee=IEEE))

    def powers(self) -> list[object]:
        """The points of the relay on disk, in the order of time, each once."""
        batch = self.spool.oldest_batch(1 << 40)
        texts = batch.body.decode().splitlines() if batch else []
        read = {text: read_line(text) for text in texts}
        values = [
            each.fields["power_w"]
            for each in sorted(read.values(), key=lambda each: each.at)
            if each.measurement == "relay"
        ]
        assert len({*values}) == len(values)
        return list(values)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.free.set()
    stand.spool.close()


@asynccontextmanager
async def writing(stand: Stand) -> AsyncIterator[asyncio.Task[None]]:
    """While the writer runs."""
    running = asyncio.create_task(stand.sink.run_writer())
    try:
        yield running
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written in time was not waited for."""
    monkeypatch.setattr(sinking, "WINDOW_SECONDS", 3600.0)
    monkeypatch.setattr(sinking, "RETRY_SECONDS", 0.01)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinking, "WINDOW_SECONDS", 0.02)


async def test_a_crowd_is_written_at_once(here: Stand) -> None:
    async with writing(here):
        here.report(*range(ENOUGH - 1))
        here.report(ENOUGH - 1)
        assert await here.commits.get() == ENOUGH + 1  # and who it is
    assert here.powers() == list(range(ENOUGH))


async def test_fewer_wait_for_more(here: Stand) -> None:
    here.report(*range(ENOUGH - 1))
    async with writing(here):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(here.commits.get(), 0.05)
        assert here.sink.waiting == ENOUGH - 1
        here.report(ENOUGH - 1)
        assert await here.commits.get() == ENOUGH + 1


@pytest.mark.usefixtures("hasty")
async def test_fewer_are_written_after_the_window(here: Stand) -> None:
    async with writing(here):
        here.report(0, 1, 2)
        assert await here.commits.get() == 4
    assert here.powers() == [0, 1, 2]


async def test_an_event_is_written_at_once_with_all_that_waits(here: Stand) -> None:
    async with writing(here):
        here.report(0, 1)
        here.happened()
        assert await here.commits.get() == 4
        here.happened()
        assert await here.commits.get() == 1


@pytest.mark.usefixtures("hasty")
async def test_what_is_delivered_leaves_the_disk_with_the_next_commit(
    here: Stand,
) -> None:
    here.spool.commit(lines(1), frozenset(), ())
    await here.commits.get()
    letter = DeadLetter(at=1.0, status=400, error="no", line="x")
    here.delivery.done.add(1)
    here.delivery.dead.append(letter)
    async with writing(here):
        here.delivery.on_done()
        assert await here.commits.get() == 0
        await here.sink.flush()  # until it has noted that
    assert (here.spool.points, here.spool.dead_letters()) == (0, [letter])
    assert (here.delivery.done, here.delivery.dead) == (set(), [])
    assert here.delivery._news.is_set()  # what is new may be sent


async def test_a_full_queue_drops_the_oldest_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[tuple[str, int]] = []
    queues: list[str] = []
    monkeypatch.setattr(events, "influx_points", lambda *what: lost.append(what))
    monkeypatch.setattr(events, "queue_dropped", queues.append)
    here = Stand(tmp_path, at_most=5)
    here.report(*range(8))
    assert here.sink.waiting == 5
    assert (lost, queues) == ([("dropped", 1)] * 3, ["influx"] * 3)
    await here.sink.close()
    assert here.powers() == [3, 4, 5, 6, 7]
    assert lost[3:] == [("spooled", 6), ("dropped", 0)]
    here.spool.close()


@pytest.mark.usefixtures("hasty")
async def test_a_disk_that_fails_is_tried_again_and_nothing_is_lost(
    here: Stand,
) -> None:
    here.broken = True
    async with writing(here):
        here.report(0, 1)
        here.happened()
        assert [await here.commits.get() for _ in range(3)] == [FAILED] * 3
        here.report(2)
        here.broken = False
        while here.powers() != [0, 1, 2]:
            await here.commits.get()
        await here.sink.flush()
        assert here.sink.waiting == 0
    assert here.spool.points == 5


async def test_to_close_writes_what_waits_any_number_of_times(here: Stand) -> None:
    here.report(0, 1)
    await here.sink.close()
    await here.sink.close()
    assert here.powers() == [0, 1]
    assert here.commits.qsize() == 1  # the second one had nothing to write
    here.report(2)
    await here.sink.close()
    assert here.powers() == [0, 1, 2]


async def test_to_close_ends_where_the_disk_fails(here: Stand) -> None:
    here.broken = True
    here.report(0)
    await here.sink.close()
    assert (here.commits.qsize(), here.sink.waiting) == (1, 2)


async def test_to_close_ends_where_the_disk_hangs(
    here: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sinking, "CLOSE_SECONDS", 0.05)
    events.disk_recovered("spool")  # or it was said before
    here.free.clear()
    here.report(0)
    await here.sink.close()
    assert "the disk does not answer" in caplog.text
    assert here.commits.empty()
    here.free.set()
    assert await here.commits.get() == 2  # the disk has thought better of it
    await here.sink.close()
    assert here.powers() == [0]


async def test_a_writer_that_is_cancelled_at_the_disk_loses_nothing(
    here: Stand,
) -> None:
    here.free.clear()
    async with writing(here):
        here.report(0)
        here.happened()
        await here.begun.wait()
    here.report(1)
    here.free.set()
    await here.sink.close()
    assert here.powers() == [0, 1]
    assert here.sink.waiting == 0


async def test_a_writer_that_is_cancelled_between_points_loses_nothing(
    here: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    breathing = asyncio.Event()

    async def breathe() -> None:
        breathing.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(here.sink, "_breathe", breathe)
        async with writing(here):
            here.report(*range(100))
            here.happened()
            await breathing.wait()
    await here.sink.close()
    assert here.powers() == list(range(100))
