"""Commands that come faster than they end."""

import asyncio
import gc
from collections.abc import Awaitable

import pytest

from collector.mqtt import slots
from collector.mqtt.slots import Slots, SupersededError

pytestmark = pytest.mark.timeout(5)


class World:
    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.slots = Slots(self.spawn)
        self.begun: list[int] = []
        self.go = asyncio.Event()

    def spawn(self, work: Awaitable[None]) -> None:
        self.tasks.add(asyncio.ensure_future(work))

    def run(
        self, number: int, target: str = "l1", *, urgent: bool = False
    ) -> "asyncio.Task[str | None]":
        async def work() -> str | None:
            self.begun.append(number)
            await self.go.wait()
            return None if number else "no"

        return asyncio.create_task(self.slots.run(target, work, urgent=urgent))


async def test_of_those_that_wait_the_newest_runs() -> None:
    world = World()
    runs = [world.run(number) for number in range(1, 1000)]
    await asyncio.sleep(0)
    world.go.set()
    ends = await asyncio.gather(*runs, return_exceptions=True)
    assert world.begun == [1, 999]
    assert [end for end in ends if end is None] == [None, None]
    assert sum(isinstance(end, SupersededError) for end in ends) == 997


async def test_targets_do_not_wait_for_each_other() -> None:
    world = World()
    runs = [world.run(1, "l1"), world.run(2, "l2")]
    await asyncio.sleep(0.01)
    assert world.begun == [1, 2]
    world.go.set()
    await asyncio.gather(*runs)


async def test_a_failure_is_told_and_the_next_one_runs() -> None:
    world = World()
    runs = [world.run(0), world.run(1)]
    await asyncio.sleep(0)
    world.go.set()
    assert await asyncio.gather(*runs) == ["no", None]


async def test_an_exception_is_for_who_waits() -> None:
    world = World()

    async def broken() -> str | None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await world.slots.run("l1", broken)
    world.go.set()
    assert await world.run(1) is None


def errors_alive() -> int:
    kinds = SupersededError | OSError
    return sum(isinstance(each, kinds) for each in gc.get_objects())


async def test_what_was_superseded_needs_no_garbage_collector() -> None:
    """A flood would else be one full collection after the other."""
    world = World()

    async def broken() -> str | None:
        await world.go.wait()
        raise OSError("refused")

    gc.collect()
    before = errors_alive()
    gc.disable()
    try:
        first = asyncio.create_task(world.slots.run("l1", broken))
        runs = [world.run(number) for number in range(1, 10)]
        await asyncio.sleep(0)
        world.go.set()
        await asyncio.gather(first, *runs, return_exceptions=True)
        del first, runs
        world.tasks.clear()
        await asyncio.sleep(0)
        assert errors_alive() == before
    finally:
        gc.enable()


async def test_what_is_urgent_does_not_wait_until_another_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slots, "PATIENCE_SECONDS", 0.05)
    world = World()
    on = world.run(1)
    await asyncio.sleep(0)
    off = world.run(2, urgent=True)
    await asyncio.sleep(0.02)
    assert world.begun == [1]
    await asyncio.sleep(0.05)
    assert world.begun == [1, 2]
    later = world.run(3)
    world.go.set()
    assert list(await asyncio.gather(on, off, later)) == [None] * 3
    assert world.begun == [1, 2, 3]


async def test_what_is_urgent_is_replaced_by_what_comes_later() -> None:
    world = World()
    runs = [world.run(1), world.run(2, urgent=True), world.run(3)]
    await asyncio.sleep(0)
    world.go.set()
    ends = await asyncio.gather(*runs, return_exceptions=True)
    assert isinstance(ends[1], SupersededError)
    assert world.begun == [1, 3]
