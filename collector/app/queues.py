"""The only queues of the service, all bounded."""

import asyncio
from collections import deque

from collector.model.clock import Now
from collector.model.frame import Frame

FRAMES_AT_MOST = 4096  # 2.5 s at 1,600 reports/s; about 1 MiB

Entry = tuple[Frame, Now]
_Key = tuple[str, int, int]


class FrameQueue:
    """Frames on their way to the line; where it is full, the newest of each kind stay."""

    def __init__(self, at_most: int = FRAMES_AT_MOST) -> None:
        self._at_most = at_most
        self._entries: dict[int, Entry] = {}  # in the order of arrival
        self._by_key: dict[_Key, deque[int]] = {}
        self._next = 0
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        """Return how many frames wait."""
        return len(self._entries)

    def put(self, frame: Frame, now: Now) -> bool:
        """Add a frame; return False where an older one had to be dropped for it."""
        key = (frame.ieee, frame.endpoint, frame.cluster)
        fits = len(self._entries) < self._at_most
        if not fits:
            self._drop_for(key)
        self._entries[self._next] = (frame, now)
        self._by_key.setdefault(key, deque()).append(self._next)
        self._next += 1
        self._filled.set()
        return fits

    async def get(self) -> Entry:
        """Wait for the oldest frame and take it."""
        while not self._entries:
            self._filled.clear()
            await self._filled.wait()
        return self._take(next(iter(self._entries)))

    def get_nowait(self) -> Entry | None:
        """Take the oldest frame if there is one."""
        if not self._entries:
            return None
        return self._take(next(iter(self._entries)))

    def _drop_for(self, key: _Key) -> None:
        """Drop the oldest frame of the same kind, else the oldest that has successors."""
        same = self._by_key.get(key)
        if same:
            self._take(same[0])
            return
        superseded = min(
            (waiting[0] for waiting in self._by_key.values() if len(waiting) > 1),
            default=next(iter(self._entries)),
        )
        self._take(superseded)

    def _take(self, number: int) -> Entry:
        entry = self._entries.pop(number)
        frame = entry[0]
        key = (frame.ieee, frame.endpoint, frame.cluster)
        waiting = self._by_key[key]
        waiting.remove(number)
        if not waiting:
            del self._by_key[key]
        return entry
