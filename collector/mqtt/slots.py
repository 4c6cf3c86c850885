"""One command at a time for each target, and the newest of those that wait.

A client that floods `/set` fills neither memory nor the air: what waits is replaced by
what comes later, and the one that was replaced is told so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Final

Work = Callable[[], Awaitable[str | None]]  # returns why it failed; None: done


# A command that is answered ends in some tens of ms; with several attempts in seconds.
PATIENCE_SECONDS: Final = 0.5
Spawn = Callable[[Coroutine[Any, Any, None]], object]  # begins a task


class SupersededError(Exception):
    """A later command for the same target came before this one had begun."""


@dataclass(slots=True)
class _Waiting:
    work: Work
    ended: "asyncio.Future[str | None]"
    began: float = 0.0  # s of the loop's clock


class Slots:
    """Runs work by its target; `spawn` begins a task."""

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self._busy: dict[Hashable, _Waiting] = {}  # what runs, by target
        self._waiting: dict[Hashable, _Waiting] = {}

    async def run(
        self, target: Hashable, work: Work, *, urgent: bool = False
    ) -> str | None:
        """Run the work when its turn comes; return why it failed, None where it did not.

        `urgent`: it waits PATIENCE_SECONDS at most for the one that runs.
        SupersededError: a later one took its place.
        """
        mine = _Waiting(work, asyncio.get_running_loop().create_future())
        self._take(target, mine)
        if urgent and self._waiting.get(target) is mine:
            loop = asyncio.get_running_loop()
            due = self._busy[target].began + PATIENCE_SECONDS
            loop.call_at(due, self._overtake, target, mine)
        try:
            return await mine.ended
        finally:
            # An error holds this frame, which would hold the error by way of its future:
            # a thousand such circles a second, and full collections that stop the loop.
            del mine

    def _take(self, target: Hashable, mine: _Waiting) -> None:
        if target not in self._busy:
            self._begin(target, mine)
            return
        before = self._waiting.get(target)
        self._waiting[target] = mine
        if before is not None and not before.ended.done():
            before.ended.set_exception(SupersededError())

    def _overtake(self, target: Hashable, mine: _Waiting) -> None:
        """Begin what is urgent beside what runs, and may take seconds to give up."""
        if self._waiting.get(target) is mine:
            del self._waiting[target]
            self._begin(target, mine)

    def _begin(self, target: Hashable, waiting: _Waiting) -> None:
        self._busy[target] = waiting
        waiting.began = asyncio.get_running_loop().time()
        self._spawn(self._work(target, waiting))

    async def _work(self, target: Hashable, waiting: _Waiting) -> None:
        try:
            failure = await waiting.work()
            if not waiting.ended.done():
                waiting.ended.set_result(failure)
        except Exception as error:  # noqa: BLE001  # handed to who waits for it
            if not waiting.ended.done():
                waiting.ended.set_exception(error)
        finally:
            if not waiting.ended.done():
                waiting.ended.cancel()
            if self._busy.get(target) is waiting:  # and was not overtaken
                del self._busy[target]
                following = self._waiting.pop(target, None)
                if following is not None:
                    self._begin(target, following)
            del waiting  # as in `run`
