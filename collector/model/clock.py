"""Time as the core sees it: always an argument, never read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Now:
    """One moment on two clocks."""

    mono: float  # s, never jumps: ages, timers, poll due-ness
    wall: datetime  # aware UTC, may jump: points, tariffs, schedules


class Clock(Protocol):
    """The one clock that simulator, pipeline and poller share."""

    def now(self) -> Now:
        """Return this moment."""

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock (a fast clock waits less real time)."""
