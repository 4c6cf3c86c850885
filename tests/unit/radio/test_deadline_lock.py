"""Who gets the line to the coordinator, and for how long."""

import asyncio

import pytest

from collector.radio.znp import (
    CUT_OFF_RANK,
    SRSP_SECONDS,
    DeadlineLock,
    DeadlinePassedError,
    cut_off,
    deadline,
    on_turn,
)

POLL_RANK = -1


async def hold(lock: DeadlineLock, seconds: float, held: asyncio.Event) -> None:
    async with lock(priority=POLL_RANK):
        held.set()
        await asyncio.sleep(seconds)


async def cut(lock: DeadlineLock, seconds: float = 0.0) -> float:
    """Return when a cut-off had its turn."""
    cut_off.set(True)
    async with lock(priority=CUT_OFF_RANK):
        at = asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        return at


async def test_a_cut_off_leaves_the_holder_a_quarter_of_a_second() -> None:
    lock, held = DeadlineLock(), asyncio.Event()
    loop = asyncio.get_running_loop()
    begin = loop.time()
    poll = asyncio.create_task(hold(lock, 60, held))
    await held.wait()
    await asyncio.sleep(SRSP_SECONDS / 2)
    at = await asyncio.create_task(cut(lock))
    assert SRSP_SECONDS * 0.9 < at - begin < SRSP_SECONDS * 1.4  # since it has the line
    with pytest.raises(TimeoutError):
        await poll


async def test_a_holder_who_has_had_its_time_makes_room_at_once() -> None:
    lock, held = DeadlineLock(), asyncio.Event()
    poll = asyncio.create_task(hold(lock, 60, held))
    await held.wait()
    await asyncio.sleep(SRSP_SECONDS * 1.2)
    begin = asyncio.get_running_loop().time()
    at = await asyncio.create_task(cut(lock))
    assert at - begin < SRSP_SECONDS / 5
    with pytest.raises(TimeoutError):
        await poll


async def test_whoever_comes_between_two_cut_offs_is_hurried_too() -> None:
    lock = DeadlineLock()
    first = asyncio.create_task(cut(lock, 60))
    await asyncio.sleep(0)
    second = asyncio.create_task(cut(lock, 60))
    await asyncio.sleep(0)
    third = asyncio.create_task(cut(lock))
    begin = asyncio.get_running_loop().time()
    at = await third
    assert at - begin < 3 * SRSP_SECONDS
    for each in (first, second):
        with pytest.raises(TimeoutError):
            await each


async def test_without_a_cut_off_nobody_is_hurried() -> None:
    lock, held = DeadlineLock(), asyncio.Event()
    poll = asyncio.create_task(hold(lock, SRSP_SECONDS * 1.5, held))
    await held.wait()
    async with lock(priority=POLL_RANK):
        pass
    await poll


async def test_a_cut_off_that_is_given_up_hurries_nobody_afterwards() -> None:
    lock, held = DeadlineLock(), asyncio.Event()
    poll = asyncio.create_task(hold(lock, SRSP_SECONDS / 2, held))
    await held.wait()
    waiting = asyncio.create_task(cut(lock))
    await asyncio.sleep(0)
    waiting.cancel()
    await poll
    async with lock(priority=POLL_RANK):
        await asyncio.sleep(SRSP_SECONDS * 1.5)


async def test_the_turn_is_told_and_not_to_who_comes_too_late() -> None:
    lock = DeadlineLock()
    turns: list[str] = []
    on_turn.set(lambda: turns.append("in time"))
    async with lock():
        assert turns == ["in time"]
    deadline.set(asyncio.get_running_loop().time() - 0.001)
    with pytest.raises(DeadlinePassedError):
        async with lock():
            pytest.fail("the turn came too late")
    assert turns == ["in time"]
    assert not lock.locked()
