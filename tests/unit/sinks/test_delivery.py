"""What is sent when, what is tried again, and what is set aside."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from collector.model.errors import TransientError
from collector.sinks.influx_answer import Answer, Fate
from collector.sinks.sender import LAST_WAIT
from collector.sinks.spool import Batch
from tests.clock import ManualClock
from tests.unit.sinks.deliveries import (
    HALVE,
    KEEP,
    NOON,
    SPLIT,
    STORED,
    HastyClock,
    Told,
    ToldClock,
    stand,
    tell,
)
from tests.unit.sinks.spools import line


@pytest.fixture
def clock() -> ToldClock:
    return ToldClock()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return tell(monkeypatch)


# the order ----------------------------------------------------------------------------


async def test_the_newest_points_come_first_and_then_the_past_from_its_begin(
    tmp_path: Path, clock: ToldClock
) -> None:
    async with stand(tmp_path, clock, [0], [1], [2], [3]) as here:
        assert await here.answer() == [3]
        assert clock.slept.empty()  # no pause after what is new
        for number, seconds in ((0, 3.0), (1, 0.5), (2, 20.0)):
            asked = await here.asked()
            assert asked.numbers == [number]
            await clock.advance(seconds)
            asked.answer.set_result(STORED)
            assert await clock.slept.get() == seconds  # as long as the request took
            await clock.advance(seconds)


async def test_something_new_interrupts_the_pause(
    tmp_path: Path, clock: ToldClock
) -> None:
    async with stand(tmp_path, clock, [0], [1], [2]) as here:
        await here.answer()
        asked = await here.asked()
        await clock.advance(30)
        asked.answer.set_result(STORED)
        assert await clock.slept.get() == 30
        here.fill(3)
        assert await here.answer() == [3]
        assert clock.sleeping == 0
        assert await here.answer() == [1]


async def test_a_request_holds_chunks_up_to_its_points(
    tmp_path: Path, clock: ToldClock
) -> None:
    chunks = [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    async with stand(tmp_path, clock, *chunks, batch_points=4) as here:
        assert await here.answer() == [6, 7, 8, 9]
        assert await here.answer() == [0, 1, 2, 3]
        assert await here.answer() == [4, 5]
        for _ in range(2):
            await clock.slept.get()
        assert here.delivery.done == {1, 2, 3, 4, 5}


async def test_it_waits_until_there_is_something(
    tmp_path: Path, clock: ToldClock
) -> None:
    async with stand(tmp_path, clock) as here:
        for number in range(3):
            here.fill(number)
            assert await here.answer() == [number]
            here.spool.commit(done=frozenset(here.delivery.done))


# trouble ------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "factor"), [(0, 0.8), (1, 1.2)])
async def test_after_failures_it_waits_twice_as_long_each_time(
    end: int,
    factor: float,
    tmp_path: Path,
    clock: ToldClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(random, "uniform", lambda *ends: ends[end])
    async with stand(tmp_path, clock, [0]) as here:
        for base in (1, 2, 4, 8, 16, 32, 60, 60, 60):
            assert await here.answer(KEEP) == [0]
            seconds = await clock.slept.get()
            assert seconds == pytest.approx(base * factor)
            here.delivery.wake()  # what is new does not help
            await clock.advance(seconds - 0.01)
            assert clock.sleeping == 1
            await clock.advance(0.01)
        await here.answer(STORED)
        here.fill(1)
        assert await here.answer(KEEP) == [1]
        assert await clock.slept.get() == pytest.approx(factor)  # from the start again


@pytest.mark.parametrize("wait", [0.0, 7.0, 300.0])
async def test_a_server_that_says_how_long_is_obeyed(
    wait: float, tmp_path: Path, clock: ToldClock
) -> None:
    async with stand(tmp_path, clock, [0]) as here:
        for _ in range(3):
            await here.answer(Answer(Fate.KEEP, 429, "slow", wait=wait))
            seconds = await clock.slept.get()
            assert wait < seconds <= wait + 0.12
            await clock.advance(seconds)
        assert await here.answer() == [0]


async def test_a_failure_is_told_with_its_time(
    tmp_path: Path, clock: ToldClock, told: Told
) -> None:
    async with stand(tmp_path, clock, [0]) as here:
        await clock.advance(5)
        await here.answer(KEEP)
        await clock.slept.get()
        assert told["influx_failed"] == [("is busy", NOON + 5)]
        assert (here.delivery.done, told["influx_delivered"]) == (set(), [])


async def test_a_disk_that_cannot_be_read_is_tried_again(
    tmp_path: Path,
    clock: ToldClock,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> Batch | None:
        raise TransientError("spool.db: disk I/O error")

    async with stand(tmp_path, clock) as here:
        with monkeypatch.context() as patch:
            patch.setattr(here.spool, "newest", broken)
            here.fill(0)
            assert await clock.slept.get() == LAST_WAIT
        assert told["influx_failed"] == [("spool.db: disk I/O error", NOON)]
        await clock.advance(LAST_WAIT)
        assert await here.answer() == [0]


async def test_a_damaged_chunk_is_lost_and_the_rest_goes_on(
    tmp_path: Path, clock: ToldClock, told: Told
) -> None:
    async with stand(tmp_path, clock) as here:
        here.spool.commit([line(0), line(1)])
        here.spool._database.execute("UPDATE chunk SET body = x'00'")
        here.fill(2)
        assert await here.answer() == [2]
        await here.done()
        await here.done()
        assert here.delivery.done == {1, 2}
        assert told["influx_points"] == [("dropped", 0), ("dropped", 2)]


# once ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
async def test_everything_that_is_done_was_delivered_once(
    seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311 (faults, no secret)
    stored: Counter[int] = Counter()

    def rule(numbers: list[int]) -> Answer:
        # Parts come only of whole batches that failed as such: none is cut off.
        if len(numbers) == 6 and chance.random() < 0.6:
            return chance.choice([KEEP, HALVE, SPLIT])
        stored.update(numbers)
        return STORED

    chunks = [[n * 3, n * 3 + 1, n * 3 + 2] for n in range(20)]
    async with stand(
        tmp_path, HastyClock(), *chunks[:10], rule=rule, batch_points=6
    ) as here:
        for chunk in chunks[10:]:
            here.fill(*chunk)
            await here.done()
            if chance.random() < 0.5:
                done = frozenset(here.delivery.done)
                await asyncio.to_thread(here.spool.commit, (), done)
                here.delivery.done -= done
        while here.spool.newest(1, frozenset(here.delivery.done)) is not None:
            await here.done()
    assert stored == dict.fromkeys(range(60), 1)


async def test_the_lag_is_of_what_is_new(tmp_path: Path, told: Told) -> None:
    clock = ManualClock()
    await clock.advance(60)
    chunks = [0], [1000], [5000, 4000]
    async with stand(tmp_path, clock, *chunks, batch_points=2) as here:
        for wanted in ([5000, 4000], [0, 1000]):
            assert await here.answer() == wanted
            await here.done()
        here.fill(50_000)
        assert await here.answer() == [50_000]
        await here.done()
    assert told["influx_delivered"] == [(2, 56.0), (2, None), (1, 10.0)]
