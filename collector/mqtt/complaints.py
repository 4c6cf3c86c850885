"""What could not be done, on bridge/logging and in the log: of a flood the beginning."""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from collector import events
from collector.model.clock import Clock
from collector.mqtt.intents import Problem

SAME_KIND: Final = 5  # complaints of one kind …
SAME_SECONDS: Final = 1.0  # … in so long are told; the rest is counted
_KINDS: Final = 200  # that are told apart


class Complaints:
    """Tells problems by their kind."""

    def __init__(self, clock: Clock, tell: Callable[[Any], None]) -> None:
        """`tell` takes a document of bridge/logging."""
        self._clock = clock
        self._tell = tell
        self._said: dict[str, deque[float]] = {}

    def complain(self, problem: Problem) -> None:
        """Say what could not be done."""
        events.mqtt_message("in", "refused")
        kind = problem.key[:100] if len(self._said) < _KINDS else ""
        events.mqtt_complaint(kind, problem.message)
        now = self._clock.now().mono
        said = self._said.setdefault(kind, deque(maxlen=SAME_KIND))
        if len(said) < SAME_KIND or now - said[0] >= SAME_SECONDS:
            said.append(now)
            self.log(problem.level, problem.message)

    def log(self, level: str, message: str, namespace: str = "z2m") -> None:
        """Tell a line as Zigbee2MQTT does."""
        text = f"{namespace}: {message}"
        self._tell({"level": level, "message": text, "namespace": namespace})
