"""The clocks of the edge: real time, and real time made faster."""

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta

from collector.model.clock import Now

_SMALLEST_JUMP = 1.0  # s; NTP slews by less between two looks


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Now:
        """Return this moment."""
        return Now(time.monotonic(), datetime.now(UTC))

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`; nothing to wait for is still a turn of the loop."""
        await asyncio.sleep(max(0.0, seconds))


class ScaledClock:
    """A clock on which `speed` seconds pass in one real second.

    Both its clocks run from the moment it was made, so its wall clock leaves the
    machine's behind and does not see it jump.
    """

    def __init__(self, speed: float) -> None:
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"speed must be above 0, got {speed}")
        self._speed = speed
        self._mono = time.monotonic()
        self._wall = datetime.now(UTC)

    def now(self) -> Now:
        """Return this moment."""
        elapsed = (time.monotonic() - self._mono) * self._speed
        return Now(self._mono + elapsed, self._wall + timedelta(seconds=elapsed))

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock."""
        await asyncio.sleep(max(0.0, seconds) / self._speed)


class JumpDetector:
    """Notices a wall clock that was set, against the monotonic one."""

    def __init__(self, start: Now, smallest: float = _SMALLEST_JUMP) -> None:
        self._offset = _offset(start)
        self._smallest = smallest

    def jump(self, now: Now) -> float:
        """Return by how many s the wall clock jumped since the last call, or 0.0.

        Positive: forward. Less than `smallest` is slewing, however often it comes.
        """
        offset = _offset(now)
        jump = offset - self._offset
        self._offset = offset
        return jump if abs(jump) >= self._smallest else 0.0


def _offset(now: Now) -> float:
    return now.wall.timestamp() - now.mono
