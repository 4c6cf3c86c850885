"""What is decided, as server-sent events: bounded, and never in the way of the line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from collector.model.decision import PolicyEvent
from collector.model.decision_json import event_json
from collector.web.tap import Tap

_WAITING: Final = 1000  # events; policies decide a few a minute


class EventTap(Tap):
    """One onlooker's queue of events; one named `dropped` stands for lost ones."""

    def __init__(self, waiting: int = _WAITING) -> None:
        super().__init__(
            lambda lost: b'event: dropped\ndata: {"dropped": %d}\n\n' % lost, waiting
        )


class EventFeed:
    """Gives each event to all onlookers; costs nothing while there are none."""

    def __init__(self) -> None:
        self._taps: set[EventTap] = set()

    @contextmanager
    def tap(self) -> Iterator[EventTap]:
        """Return a tap that is fed until the block ends."""
        tap = EventTap()
        self._taps.add(tap)
        try:
            yield tap
        finally:
            self._taps.discard(tap)

    def publish(self, event: PolicyEvent, name: str) -> None:
        """Show an event of the relay called `name`; never waits."""
        if not self._taps:
            return
        message = event_message(event, name)
        for tap in self._taps:
            tap.put(message)


def event_message(event: PolicyEvent, name: str) -> bytes:
    """Return the event as a server-sent one, named by its kind."""
    # json.dumps escapes line ends, which would end the message.
    entry = json.dumps(event_json(event, name))
    return f"event: {event.kind.value}\ndata: {entry}\n\n".encode()
