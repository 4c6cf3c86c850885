"""Energy from power: a sample-and-hold integral, kept apart by tariff period."""

import math

from collector.calibration.tariff import TariffCalendar
from collector.model.clock import Now


class PowerIntegral:
    """The integral of power since the register last moved, in J by period.

    Runs on `mono`, so that a clock that jumps makes no energy; the wall clock only
    says in which period a stretch lies.
    """

    def __init__(self, hold_seconds: float) -> None:
        """`hold_seconds`: how long a sample stands for the power after it."""
        self.hold_seconds = hold_seconds
        self.watts: float | None = None  # the last sample; None: not measured
        self.known_watts = 0.0  # the last one that was measured
        self.joules: dict[str, float] = {}  # not yet taken, by period
        self.total = 0.0  # J, the sum of `joules`
        self.seconds: dict[str, float] = {}  # since the register moved, by period
        self.fresh_seconds = 0.0  # since the last register report
        self.recent_joules = 0.0  # since the last register report
        self._sample_mono = -math.inf
        self._mono: float | None = None

    def advance(self, now: Now, calendar: TariffCalendar) -> None:
        """Integrate up to `now`; a `mono` that does not move on does nothing."""
        before = self._mono
        if before is not None and now.mono <= before:
            return
        self._mono = now.mono
        if before is None:
            return
        end = now.wall.timestamp()
        start = end - (now.mono - before)
        passed = calendar.split(start, end)
        for name, seconds in passed.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        held_until = min(now.mono, self._sample_mono + self.hold_seconds)
        if self.watts is None or held_until <= before:
            return
        self.fresh_seconds += held_until - before
        if held_until < now.mono:
            passed = calendar.split(start, start + held_until - before)
        for name, seconds in passed.items():
            joules = self.watts * seconds
            if math.isfinite(self.total + joules):
                self.joules[name] = self.joules.get(name, 0.0) + joules
                self.total += joules
                self.recent_joules += joules

    def sample(self, watts: float | None, now: Now) -> None:
        """Hold this power from now on; None, NaN, Inf and negative ones stop it."""
        if watts is None or not math.isfinite(watts) or watts < 0:
            self.watts = None
            return
        self.watts = self.known_watts = watts
        self._sample_mono = now.mono

    def take(self) -> dict[str, float]:
        """Return the joules by period and begin to count them anew."""
        taken, self.joules, self.total = self.joules, {}, 0.0
        return taken

    def weights(self) -> dict[str, float]:
        """Return how energy since the register moved is shared between periods."""
        return self.joules if self.total > 0 else self.seconds

    def register_moved(self) -> None:
        """Begin anew: the register has counted everything up to here."""
        self.take()
        self.seconds = {}

    def register_reported(self) -> None:
        """Begin a new interval between two register reports."""
        self.fresh_seconds = 0.0
        self.recent_joules = 0.0
