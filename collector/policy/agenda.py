"""Who has to be looked at when; one entry each, whatever is put off."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

FOREVER = float("inf")
T = TypeVar("T", bound=Hashable)


class Agenda(Generic[T]):
    """Due moments (mono, s); the last word on each counts."""

    def __init__(self) -> None:
        self._due: dict[T, float] = {}
        self._queued: dict[T, float] = {}  # the earliest entry in the heap
        self._heap: list[tuple[float, int, T]] = []
        self._number = 0

    def put(self, what: T, due: float) -> None:
        """Look at it then, and not before; infinite: not at all."""
        if due == FOREVER:
            self._due.pop(what, None)
            return
        self._due[what] = due
        # What is put off keeps its early entry, and is put off again when that comes.
        if due < self._queued.get(what, FOREVER):
            self._push(what, due)

    def drop(self, what: T) -> None:
        """Forget it."""
        self._due.pop(what, None)

    def take(self, mono: float) -> list[T]:
        """Return what is due, in order; each is off the agenda until it is put again."""
        ready: list[T] = []
        heap = self._heap
        while heap and heap[0][0] <= mono:
            at, _, what = heapq.heappop(heap)
            if self._queued.get(what) != at:
                continue  # an earlier entry was made after this one
            del self._queued[what]
            due = self._due.get(what, FOREVER)
            if due <= mono:
                ready.append(what)
                del self._due[what]
            elif due < FOREVER:
                self._push(what, due)
        return ready

    def next_due(self) -> float:
        """Return a moment (mono, s) before which nothing is due."""
        return self._heap[0][0] if self._heap else FOREVER

    def _push(self, what: T, due: float) -> None:
        self._queued[what] = due
        self._number += 1
        heapq.heappush(self._heap, (due, self._number, what))
