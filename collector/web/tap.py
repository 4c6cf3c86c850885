"""A bounded queue for one onlooker, who is never waited for."""

import asyncio
from collections import deque
from collections.abc import Callable


class Tap:
    """One onlooker's queue of encoded entries; one who is slow loses the oldest."""

    def __init__(self, lost: Callable[[int], bytes], waiting: int) -> None:
        self._lost = lost  # how the number of lost entries is told
        self._lines: deque[bytes] = deque()
        self._waiting = waiting
        self._dropped = 0
        self._news = asyncio.Event()

    def put(self, line: bytes) -> None:
        """Offer an entry; never waits."""
        if len(self._lines) >= self._waiting:
            self._lines.popleft()
            self._dropped += 1
        self._lines.append(line)
        self._news.set()

    async def take(self) -> bytes:
        """Wait for entries and return all there are, before them how many were lost."""
        await self._news.wait()
        self._news.clear()
        lost = self._lost(self._dropped) if self._dropped else b""
        taken = lost + b"".join(self._lines)
        self._lines.clear()
        self._dropped = 0
        return taken
