"""The raw frames for who wants to look: bounded, and never in the way of the line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from collector.model.frame import Frame
from collector.web.tap import Tap

_WAITING: Final = 2000  # frames; about five seconds of the busiest network


class FrameTap(Tap):
    """One onlooker's queue of JSON lines; `{"dropped": n}` stands for lost ones."""

    def __init__(self, waiting: int = _WAITING) -> None:
        super().__init__(lambda lost: b'{"dropped": %d}\n' % lost, waiting)


class FrameFeed:
    """Gives each frame to all onlookers; costs nothing while there are none."""

    def __init__(self) -> None:
        self._taps: set[FrameTap] = set()

    @contextmanager
    def tap(self) -> Iterator[FrameTap]:
        """Return a tap that is fed until the block ends."""
        tap = FrameTap()
        self._taps.add(tap)
        try:
            yield tap
        finally:
            self._taps.discard(tap)

    def publish(self, frame: Frame, at: datetime) -> None:
        """Show a frame that arrived `at` (aware UTC); never waits."""
        if not self._taps:
            return
        line = frame_line(frame, at)
        for tap in self._taps:
            tap.put(line)


def frame_line(frame: Frame, at: datetime) -> bytes:
    """Return the frame as one line of JSON, as `collector capture` writes it."""
    entry = {
        "at": at.isoformat(timespec="microseconds"),
        "ieee": frame.ieee,
        "endpoint": frame.endpoint,
        "cluster": frame.cluster,
        "lqi": frame.lqi,
        "data": frame.data.hex(),
    }
    return json.dumps(entry).encode() + b"\n"
