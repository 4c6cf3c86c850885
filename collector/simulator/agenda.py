"""What is due when on the simulation's clock."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Hashable

from collector.model.clock import Clock

_SHORTEST_WAIT = 0.001  # s


class Agenda:
    """Runs actions at their time; one entry per key, a later `put` replaces it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Hashable]] = []
        self._entries: dict[Hashable, tuple[int, float, Callable[[], None]]] = {}
        self._numbers = itertools.count()
        self._earlier = asyncio.Event()

    def put(self, key: Hashable, due: float, action: Callable[[], None]) -> None:
        """Run `action` at `due` (monotonic s), instead of what `key` had before."""
        old = self._entries.get(key)
        if old is not None and old[1] == due:
            self._entries[key] = (old[0], due, action)
            return
        number = next(self._numbers)
        self._entries[key] = (number, due, action)
        heapq.heappush(self._heap, (due, number, key))
        if self._heap[0][1] == number:
            self._earlier.set()

    def after(self, key: Hashable, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` when so many seconds have passed."""
        self.put(key, self._clock.now().mono + seconds, action)

    def cancel(self, key: Hashable) -> None:
        """Forget an entry, if there is one."""
        self._entries.pop(key, None)

    async def run(self) -> None:
        """Run what is due, until cancelled."""
        while True:
            self._earlier.clear()
            self.run_due()
            await self._wait()

    def run_due(self) -> None:
        """Run everything that is due by now."""
        now = self._clock.now().mono
        while self._heap and self._heap[0][0] <= now:
            _, number, key = heapq.heappop(self._heap)
            entry = self._entries.get(key)
            if entry is not None and entry[0] == number:
                del self._entries[key]
                entry[2]()

    async def _wait(self) -> None:
        """Wait until the first entry is due, or an earlier one comes."""
        if not self._heap:
            await self._earlier.wait()
            return
        delay = max(self._heap[0][0] - self._clock.now().mono, _SHORTEST_WAIT)
        sleep = asyncio.ensure_future(self._clock.sleep(delay))
        earlier = asyncio.ensure_future(self._earlier.wait())
        try:
            await asyncio.wait({sleep, earlier}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            earlier.cancel()
            await asyncio.gather(sleep, earlier, return_exceptions=True)
