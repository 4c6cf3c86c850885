"""One growing energy counter over meter resets, falls, restarts and frozen registers."""

import math
from collections.abc import Mapping
from typing import Final

from collector.calibration.energy_state import EnergyState
from collector.calibration.power_integral import PowerIntegral
from collector.calibration.tariff import TariffCalendar, initial_costs
from collector.model.clock import Now
from collector.model.reading import Reason
from collector.model.settings import Tariff

TICK_JOULES: Final = 1125.0  # the meter counts 1/3200 kWh
MAX_WATTS: Final = 20_000.0  # average above which a register cannot have grown
HOLD_SECONDS: Final = 120.0

_FREEZE_TICKS: Final = 2
_FREEZE_TOLERANCE: Final = 1.1
_FRESH_RATIO: Final = 0.9  # of an interval, for the integral to stand for it
_UNKNOWN_AWAY_SECONDS: Final = 86_400.0  # where no clock can say how long
_JOULES_PER_KWH: Final = 3.6e6
_FLOAT32_MANTISSA: Final = 24


class EnergyCounter:
    """Adds calibrated register increments, and the power integral where they fail.

    The integral serves where the register stands still while power flows (it is
    then owed, and later increments repay it first) and over a fall of the
    register. Without fresh power such an interval is a counted gap.
    """

    def __init__(
        self,
        state: EnergyState | None = None,
        *,
        gain: float = 1.0,
        tariff: Tariff | None = None,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        """`gain`: of the register, never negative. `hold_seconds`: see PowerIntegral."""
        state = state if state is not None else EnergyState()
        self._total = state.total_joules
        self._register = state.register_joules
        self._register_at = state.register_at
        self._owed = state.owed_joules
        self._resets = state.resets
        self._gaps = state.gaps
        self._cost = dict(state.cost)
        self._integral: Final = PowerIntegral(hold_seconds)
        self._report_mono: float | None = None  # None: no register since the start
        self._suspect: tuple[float, float] | None = None  # J, mono s
        self._gap_counted = False  # for this standstill
        self.frozen = False  # the register stands still while power flows
        self.configure(gain, tariff)

    @property
    def total_joules(self) -> float:
        """The energy so far, J, committed or not."""
        return self._total

    @property
    def state(self) -> EnergyState:
        """What a restart needs."""
        return EnergyState(
            total_joules=self._total,
            register_joules=self._register,
            register_at=self._register_at,
            owed_joules=self._owed,
            resets=self._resets,
            gaps=self._gaps,
            cost=dict(self._cost),
        )

    def configure(self, gain: float, tariff: Tariff | None) -> None:
        """Count by these from now on; what is counted already stays."""
        self._gain = gain if math.isfinite(gain) and gain >= 0 else 1.0
        self._calendar = TariffCalendar(tariff)
        self._priced = tariff is not None
        for name, zero in initial_costs(tariff).items():
            self._cost.setdefault(name, zero)

    def hold(self, seconds: float) -> None:
        """Let a power sample stand for the power after it for so long from now on."""
        self._integral.hold_seconds = seconds

    def tick(self, now: Now) -> None:
        """Integrate up to `now`."""
        self._integral.advance(now, self._calendar)
        if self.frozen:
            self._owed += self._pay(self._integral.take())

    def on_power(self, watts: float | None, now: Now) -> None:
        """Take a calibrated power, W; None: not measured, so integration stops."""
        self.tick(now)
        self._integral.sample(watts, now)

    def on_register(self, joules_raw: float, now: Now) -> Reason | None:
        """Take the register, J as measured; return why it is refused, or None."""
        self.tick(now)
        if not math.isfinite(joules_raw):
            return Reason.NOT_FINITE
        if joules_raw < 0:
            return Reason.NEGATIVE
        if self._register is not None:
            step = joules_raw - self._register
            if step < 0:
                self._fall(now)
            elif step == 0:
                self._stand_still(now)
            elif self._confirms_suspect(joules_raw, now):
                self._rebase()
            elif step <= self._possible(joules_raw, now):
                self._grow(step, now)
            else:
                self._suspect = (joules_raw, now.mono)
                return Reason.IMPLAUSIBLE_JUMP
        else:
            self._integral.register_moved()  # a baseline: nothing before it counts
        self._accept(joules_raw, now)
        return None

    def _accept(self, joules_raw: float, now: Now) -> None:
        self._register = joules_raw
        self._register_at = max(0.0, now.wall.timestamp())
        self._report_mono = now.mono
        self._suspect = None
        self._integral.register_reported()

    def _grow(self, step: float, now: Now) -> None:
        """Add what the register gained, less what was integrated ahead of it."""
        gained = step * self._gain
        repaid = min(self._owed, gained)
        self._owed -= repaid
        self._pay(_share(gained - repaid, self._weights(now)))
        self.frozen = False
        self._gap_counted = False
        self._integral.register_moved()

    def _stand_still(self, now: Now) -> None:
        """Fill in where power says that the register should have moved."""
        expected = _resolution(self._register or 0.0)
        if self._integral.total > expected:
            self.frozen = True
            self._owed += self._pay(self._integral.take())
        elif self.frozen and self._is_covered(now):
            # Standing still is right again once the power is known to be gone.
            self.frozen = self._integral.recent_joules >= TICK_JOULES
        if self._gap_counted or self._is_covered(now):
            return
        if self.frozen or self._should_have_moved(expected, now):
            self._gaps += 1
            self._gap_counted = True

    def _should_have_moved(self, expected: float, now: Now) -> bool:
        """Whether the power known last, had it gone on unseen, was worth `expected` J."""
        if self._report_mono is None:
            return False  # what flowed while we were away, nobody knows
        missing = now.mono - self._report_mono - self._integral.fresh_seconds
        return self._integral.known_watts * missing > expected

    def _fall(self, now: Now) -> None:
        """Begin from the new value; the interval before it is the integral's."""
        self._resets += 1
        if not self._is_covered(now):
            self._gaps += 1
        self._pay(self._integral.take())
        self._begin_anew()

    def _rebase(self) -> None:
        """Believe a jump that a second report confirms, without counting it."""
        self._gaps += 1
        self._begin_anew()

    def _begin_anew(self) -> None:
        # The meter forgot, so what it owed will never be repaid.
        self._owed = 0.0
        self.frozen = False
        self._gap_counted = False
        self._integral.register_moved()

    def _possible(self, joules_raw: float, now: Now) -> float:
        """Return by how much the register can have grown since the last report, J."""
        ahead = self._owed + self._integral.total
        if self._gain > 0:
            ahead /= self._gain
        return MAX_WATTS * self._elapsed(now) + ahead + _resolution(joules_raw)

    def _confirms_suspect(self, joules_raw: float, now: Now) -> bool:
        if self._suspect is None:
            return False
        joules, mono = self._suspect
        most = MAX_WATTS * max(0.0, now.mono - mono) + _resolution(joules_raw)
        return 0 <= joules_raw - joules <= most

    def _elapsed(self, now: Now) -> float:
        """Return the seconds since the last register report, by the longer clock.

        A wall clock that was set back must not make an honest increment look too
        fast; after a restart it is the only one that can know.
        """
        wall = -1.0
        if self._register_at is not None:
            wall = now.wall.timestamp() - self._register_at
        if self._report_mono is not None:
            return max(0.0, wall, now.mono - self._report_mono)
        return wall if wall >= 0 else _UNKNOWN_AWAY_SECONDS

    def _is_covered(self, now: Now) -> bool:
        """Whether power was fresh over (nearly) the whole interval."""
        if self._report_mono is not None:
            elapsed = now.mono - self._report_mono
        else:
            elapsed = self._elapsed(now)
        return self._integral.fresh_seconds >= _FRESH_RATIO * elapsed

    def _weights(self, now: Now) -> Mapping[str, float]:
        """Return how to share an increment between tariff periods."""
        if self._report_mono is None and self._register_at is not None:
            # The first one after a restart: consumed while we were away, mostly.
            away = self._calendar.split(self._register_at, now.wall.timestamp())
            if away:
                return away
        weights = self._integral.weights()
        if sum(weights.values()) > 0:
            return weights
        return {self._calendar.period_at(now.wall.timestamp()): 1.0}

    def _pay(self, joules: Mapping[str, float]) -> float:
        """Add energy by period to total and cost; return how much was added, J."""
        added = 0.0
        for period, amount in joules.items():
            if amount <= 0 or not math.isfinite(self._total + amount):
                continue
            self._total += amount
            added += amount
            if self._priced:
                name, money = self._calendar.cost_of(period, amount)
                cost = self._cost.get(name, 0.0) + money
                if math.isfinite(cost):
                    self._cost[name] = cost
        return added


def _share(joules: float, weights: Mapping[str, float]) -> dict[str, float]:
    whole = sum(weights.values())
    return {name: joules * (weight / whole) for name, weight in weights.items()}


def _resolution(register_joules: float) -> float:
    """Return the energy that must move this register, J.

    Two ticks and a tenth; more once the float32 on the wire is coarser than that
    (from about 8,000 kWh).
    """
    exponent = math.frexp(register_joules / _JOULES_PER_KWH)[1]
    spacing = math.ldexp(_JOULES_PER_KWH, exponent - _FLOAT32_MANTISSA)
    return _FREEZE_TOLERANCE * _FREEZE_TICKS * max(TICK_JOULES, spacing)
