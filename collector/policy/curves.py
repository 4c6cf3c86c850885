"""The more current, the sooner: curves of overcurrent relays, and of fuses.

A curve turns a current into the speed of an accumulator that trips at 1, so that
pulses add up and pauses cool. Currents are ratios to the rated one.
"""

import math
from typing import Final, Protocol

from collector.model.policy import Curve

# IEC 60255-151, table 1: k (s) and alpha of t = TMS·k/(M^alpha - 1).
_IEC: Final = {Curve.SI: (0.14, 0.02), Curve.VI: (13.5, 1.0), Curve.EI: (80.0, 2.0)}
_RESET: Final = {Curve.SI: 13.5, Curve.VI: 47.3, Curve.EI: 80.0}  # tr, s
_INSTANT: Final = {Curve.B: 3.0, Curve.C: 5.0, Curve.D: 10.0}  # times rated
_NON_TRIPPING: Final = 1.13  # times rated: what a fuse must carry, IEC 60898-1
_TAU: Final = 240.0  # s, of a fuse's thermal element
_MOST: Final = 1e6  # no ratio beyond: powers stay finite


class HeatCurve(Protocol):
    """How fast an accumulator fills (trip at 1) and empties; pure."""

    @property
    def pickup(self) -> float:
        """The ratio above which it trips in the end."""

    @property
    def instant(self) -> float:
        """The ratio at which it trips without delay; infinite: none."""

    def heat(self, heat: float, ratio: float, seconds: float) -> float:
        """Return the accumulator, 0..1, after so many s at this ratio."""

    def left(self, heat: float, ratio: float) -> float:
        """Return after how many s at this ratio it is full; infinite: never."""


class IecCurve:
    """Inverse time of IEC 60255-151, as a disk: at M = I/Ip it turns 1 in t(M).

    Below Ip it turns back in TMS·tr/(1 - M²). These reset times, tr = 13.5, 47.3 and
    80 s for SI, VI and EI, are disk-reset constants of IEEE C37.112's form; IEC
    leaves the reset to the maker of the relay.
    """

    pickup: Final = 1.0
    instant: Final = math.inf

    def __init__(self, curve: Curve, tms: float) -> None:
        k, self._alpha = _IEC[curve]
        self._trip = tms * k
        self._reset = tms * _RESET[curve]

    def heat(self, heat: float, ratio: float, seconds: float) -> float:
        """Return the accumulator after so many s at this ratio."""
        return min(1.0, max(0.0, heat + self._speed(ratio) * seconds))

    def left(self, heat: float, ratio: float) -> float:
        """Return after how many s at this ratio it is full; infinite: never."""
        speed = self._speed(ratio)
        return (1.0 - heat) / speed if speed > 0 else math.inf

    def _speed(self, ratio: float) -> float:
        """Return the share of a whole turn per s."""
        if ratio > 1.0:
            return float(min(ratio, _MOST) ** self._alpha - 1.0) / self._trip
        return (ratio * ratio - 1.0) / self._reset


class FuseCurve:
    """A circuit breaker's letter: a magnet that trips at once, and a thermal element.

    The element warms and cools with one time constant, tau = 240 s. From cold and at
    a constant r = I/Ip above 1.13 it trips after tau·ln(r²/(r² - 1.13²)); a load that
    it has carried before shortens that.
    """

    pickup: Final = _NON_TRIPPING

    def __init__(self, curve: Curve) -> None:
        self.instant: Final = _INSTANT[curve]

    def heat(self, heat: float, ratio: float, seconds: float) -> float:
        """Return the accumulator after so many s at this ratio."""
        end = self._end(ratio)
        return min(1.0, max(0.0, end + (heat - end) * math.exp(-seconds / _TAU)))

    def left(self, heat: float, ratio: float) -> float:
        """Return after how many s at this ratio it is full; infinite: never."""
        end = self._end(ratio)
        if end <= 1.0:
            return math.inf
        return _TAU * math.log1p((1.0 - heat) / (end - 1.0))

    def _end(self, ratio: float) -> float:
        """Return where the accumulator would end at this ratio."""
        return (min(abs(ratio), _MOST) / _NON_TRIPPING) ** 2


def curve_of(curve: Curve, tms: float) -> HeatCurve:
    """Return a curve by its name; `tms`: time multiplier, of the IEC curves only."""
    return IecCurve(curve, tms) if curve in _IEC else FuseCurve(curve)


def trip_seconds(curve: Curve, tms: float, ratio: float) -> float:
    """Return the time from cold to the trip at a constant ratio; infinite: never."""
    found = curve_of(curve, tms)
    return 0.0 if ratio >= found.instant else found.left(0.0, ratio)
