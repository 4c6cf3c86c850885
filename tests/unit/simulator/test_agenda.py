"""The agenda: in order, once, and never late after an earlier entry came."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from collector.simulator.agenda import Agenda
from tests.clock import ManualClock


class Desk:
    """An agenda that runs, and what it did when."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.agenda = Agenda(self.clock)
        self.done: list[tuple[float, str]] = []

    def put(self, key: str, after: float, name: str | None = None) -> None:
        self.agenda.after(
            key,
            after,
            lambda: self.done.append((self.clock.now().mono - 1000.0, name or key)),
        )


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    task = asyncio.create_task(desk.agenda.run())
    yield desk
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_runs_in_the_order_of_time(desk: Desk) -> None:
    for key, after in (("c", 30.0), ("a", 10.0), ("b", 20.0)):
        desk.put(key, after)
    await desk.clock.advance(60)
    assert desk.done == [(10.0, "a"), (20.0, "b"), (30.0, "c")]


async def test_an_earlier_entry_interrupts_the_wait(desk: Desk) -> None:
    desk.put("late", 100.0)
    await desk.clock.advance(1)
    desk.put("early", 1.0)
    await desk.clock.advance(2)
    assert desk.done == [(2.0, "early")]


async def test_a_key_has_one_entry_and_can_be_cancelled(desk: Desk) -> None:
    desk.put("a", 10.0, "old")
    desk.put("a", 20.0, "new")
    desk.put("b", 15.0)
    desk.agenda.cancel("b")
    desk.agenda.cancel("unknown")
    await desk.clock.advance(60)
    assert desk.done == [(20.0, "new")]


async def test_an_entry_with_the_same_time_replaces_the_action(desk: Desk) -> None:
    desk.put("a", 10.0, "old")
    desk.put("a", 10.0, "new")
    await desk.clock.advance(60)
    assert desk.done == [(10.0, "new")]


async def test_an_action_may_plan_itself_anew(desk: Desk) -> None:
    def tick() -> None:
        desk.done.append((desk.clock.now().mono - 1000.0, "tick"))
        desk.agenda.after("tick", 5.0, tick)

    desk.agenda.after("tick", 5.0, tick)
    await desk.clock.advance(16)
    assert [at for at, _ in desk.done] == [5.0, 10.0, 15.0]
