"""What one relay's samples are refused for, and why; the limits and their sources."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from collector.model.frame import Measured
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reason

# The relay is rated 2,500 W / 10 A in all; 1.5 times that is an overload to act on.
SUSPECT_WATTS: Final = 3750.0
SUSPECT_AMPERES: Final = 15.0
# Beyond these no overload explains the value: 20 kW is 87 A at 230 V.
MAX_WATTS: Final = 20_000.0
MAX_AMPERES: Final = 90.0
MAX_VOLTS: Final = 400.0
MIN_CELSIUS: Final = -40.0
MAX_CELSIUS: Final = 125.0
MAX_REGISTER_JOULES: Final = MAX_WATTS * 50 * 365.25 * 86_400  # 20 kW for 50 years
NEAR_ZERO_CELSIUS: Final = 5.0

# P against V·I of one structure: the meter truncates, and idle currents are rough.
POWER_TOLERANCE_RATIO: Final = 1.1
POWER_TOLERANCE_WATTS: Final = 5.0


class Plausibility:
    """Judges one relay's samples; remembers only what the next sample needs.

    A high value is never filtered away: a protection waits for it. It is accepted
    and asked for again at once (`reread`).
    """

    def __init__(self, *, last_register_joules: float | None = None) -> None:
        self.asleep_by_voltage: bool | None = None  # None until the first structure
        self.asleep_by_register = False
        self.reread = False  # of the frame judged last
        self._states: dict[str | None, bool] = {}
        self._celsius: float | None = None
        self._zero_celsius_before = False
        self._register = last_register_joules
        self._zero_register_before = False
        self._zero_believed = False  # the last awake structure said 0 W
        self._volts: float | None = None  # of the structure being judged
        self._register_frozen = False
        self._judges: Final[dict[Quantity, Callable[[float], Reason | None]]] = {
            Quantity.POWER: self._power,
            Quantity.CURRENT: self._current,
            Quantity.VOLTAGE: self._voltage,
            Quantity.POWER_FACTOR: self._power_factor,
            Quantity.TEMPERATURE: self._temperature,
            Quantity.ENERGY: self._energy,
        }

    def judge(
        self, values: Sequence[Measured], *, structure: bool, register_frozen: bool
    ) -> list[Reason | None]:
        """Return for each value why it is refused, or None where it is believed.

        `structure`: all values are of one moment. `register_frozen`: the energy
        register stands still while power flows, so the meter counts as asleep.
        """
        self.reread = False
        self._register_frozen = register_frozen
        self._volts = self._learn(values, structure=structure)
        reasons = [self._reason(one.quantity, one.value) for one in values]
        if structure and self._volts:
            self._compare(values, reasons)
        return reasons

    def _learn(self, values: Sequence[Measured], *, structure: bool) -> float | None:
        """Take in what the values are judged by; return a structure's volts."""
        volts: float | None = None
        for measured in values:
            if measured.quantity is Quantity.STATE:
                self._states[measured.channel] = measured.value != 0
            elif measured.quantity is Quantity.VOLTAGE:
                volts = measured.value
        if not structure or volts is None or not math.isfinite(volts) or volts < 0:
            return None
        self.asleep_by_voltage = volts == 0
        if volts > 0:
            self.asleep_by_register = False
        return volts

    def _reason(self, quantity: Quantity, value: float) -> Reason | None:
        if not math.isfinite(value):
            reason = Reason.NOT_FINITE
        elif value < 0 and quantity is not Quantity.TEMPERATURE:
            reason = Reason.NEGATIVE
        else:
            judge = self._judges.get(quantity)
            return judge(value) if judge is not None else None
        if quantity in _PROTECTING:
            self.reread = True
        return reason

    def _power(self, watts: float) -> Reason | None:
        if watts == 0:
            return self._zero_power()
        if watts > SUSPECT_WATTS:
            self.reread = True
            if watts > MAX_WATTS:
                return Reason.OUT_OF_RANGE
        self._zero_believed = False
        self.asleep_by_register = False
        return None

    def _zero_power(self) -> Reason | None:
        """Believe 0 W (it confirms a cut-off) unless a sleeping meter says it."""
        if self._volts:
            self._zero_believed = True
            return None
        if all(self._states.get(channel) is False for channel in CHANNELS):
            return None
        if self.asleep_by_voltage:
            return Reason.NOT_MEASURED
        if self._register_frozen and not self._zero_believed:
            self.asleep_by_register = True
            return Reason.NOT_MEASURED
        return None

    def _current(self, amperes: float) -> Reason | None:
        if amperes == 0 and self._volts == 0:
            return Reason.NOT_MEASURED
        if amperes > SUSPECT_AMPERES:
            self.reread = True
            if amperes > MAX_AMPERES:
                return Reason.OUT_OF_RANGE
        return None

    def _voltage(self, volts: float) -> Reason | None:
        if volts == 0:
            return Reason.NOT_MEASURED
        return Reason.OUT_OF_RANGE if volts > MAX_VOLTS else None

    def _power_factor(self, ratio: float) -> Reason | None:
        if self._volts == 0:
            return Reason.NOT_MEASURED
        return Reason.OUT_OF_RANGE if ratio > 1 else None

    def _temperature(self, celsius: float) -> Reason | None:
        """Refuse a lone 0 °C: firmware 46 and 47 send it when they reboot."""
        zero_before = self._zero_celsius_before
        self._zero_celsius_before = celsius == 0
        if not MIN_CELSIUS <= celsius <= MAX_CELSIUS:
            return Reason.OUT_OF_RANGE
        last = self._celsius
        near = last is not None and abs(last) <= NEAR_ZERO_CELSIUS
        if celsius == 0 and not zero_before and not near:
            return Reason.SPURIOUS_ZERO
        self._celsius = celsius
        return None

    def _energy(self, joules: float) -> Reason | None:
        """Refuse a lone register 0; the second low one in a row is a real reset."""
        if joules > MAX_REGISTER_JOULES:
            return Reason.OUT_OF_RANGE
        zero_before = self._zero_register_before
        self._zero_register_before = joules == 0 and bool(self._register)
        if self._zero_register_before and not zero_before:
            return Reason.SPURIOUS_ZERO
        self._zero_register_before = False
        self._register = joules
        return None

    def _compare(
        self, values: Sequence[Measured], reasons: list[Reason | None]
    ) -> None:
        """Refuse the current of a structure whose power it cannot carry.

        The power is kept: of the two it is the one that a protection must see.
        """
        found: dict[Quantity, int] = {}
        for index, measured in enumerate(values):
            if reasons[index] is None and measured.quantity in _COMPARED:
                found[measured.quantity] = index
        if len(found) < len(_COMPARED):
            return
        watts, volts, amperes = (
            values[found[quantity]].value for quantity in _COMPARED
        )
        limit = POWER_TOLERANCE_RATIO * volts * amperes + POWER_TOLERANCE_WATTS
        if watts > limit:
            reasons[found[Quantity.CURRENT]] = Reason.INCONSISTENT
            self.reread = True


_PROTECTING: Final = (Quantity.POWER, Quantity.CURRENT)
_COMPARED: Final = (Quantity.POWER, Quantity.VOLTAGE, Quantity.CURRENT)
