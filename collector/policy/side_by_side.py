"""Two channels behind one meter that are both on, and the step that is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# A step beside a running load is lost in the scatter of that load; three sigma of it,
# and 2 W where the load is small.
NOISE_SHARE: Final = 0.01
NOISE_WATTS: Final = 2.0
# Two values are of one load where they differ by no more: the mains alone move the
# power of a heater by 5 % and more within a day.
TOLERANCE_SHARE: Final = 0.15
TOLERANCE_WATTS: Final = 10.0
# How long a power goes for the one before or after another: two polls of 30 s.
FRESH_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """A switching, and the power before it."""

    channel: str
    on: bool
    mono: float  # s
    before: float | None  # W; None: not fresh, or not settled


@dataclass(frozen=True, slots=True)
class Doubt:
    """A channel that opened and took no power with it, beside one that is on."""

    channel: str  # the one that is off
    beside: float  # W that the other one took when it opened


def noise(watts: float) -> float:
    """Return the step that cannot be told from the scatter of so much power, W."""
    return max(NOISE_WATTS, NOISE_SHARE * watts)


def tolerance(load: float) -> float:
    """Return by how many W a value may differ from a load and still be it."""
    return max(TOLERANCE_WATTS, TOLERANCE_SHARE * load)


class SideBySide:
    """Knows whether both loads, measured at their switching, have run ever since.

    Two refrigerators of one power take turns: which of them stops, and whether the
    one that is switched off was running, cannot be told from the sum.
    """

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None  # W, mono; None: they have not

    def begin(
        self, step: Step, beside: float | None, watts: float, mono: float
    ) -> None:
        """A channel was measured as it closed; `beside`: the load of the other one."""
        before, self._last = step.before, None
        if not step.on or before is None or beside is None:
            return
        if watts - before > noise(watts) and abs(before - beside) <= tolerance(beside):
            self._last = watts, mono

    def go_on(self, loads: Mapping[str, float], watts: float, mono: float) -> None:
        """The power of both again: unless one has paused, it is nearly the same."""
        if self._last is None:
            return
        before, at = self._last
        least = min(loads.values(), default=0.0)
        same = abs(watts - before) <= tolerance(least) < least
        self._last = (watts, mono) if same and mono - at <= FRESH_SECONDS else None

    def end(self) -> None:
        """A contact has moved, or is not known."""
        self._last = None

    def doubt(
        self, channel: str, load: float | None, before: float | None
    ) -> Doubt | None:
        """Return what must be seen to fall now that this one of them opens."""
        if self._last is None or load is None or before is None:
            return None
        if load <= max(TOLERANCE_WATTS, 2 * noise(before)):
            return None  # its step would not be seen
        return Doubt(channel, max(0.0, before - load))
