"""Stage 3 for one relay: judge what was measured, correct it, derive the rest."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collector.calibration.correction import correct
from collector.calibration.plausibility import Plausibility
from collector.model.clock import Now
from collector.model.frame import Decoded, Measured
from collector.model.quantity import Quantity
from collector.model.reading import Reading, Reason, Rejection
from collector.model.settings import CorrectionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What became of one frame."""

    readings: tuple[Reading, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    reread: bool = False  # ask for POWER again, at HIGH urgency
    power_watts: float | None = None  # calibrated, where this frame carried it
    power_not_measured: bool = False  # the meter slept: integration of power stops
    register_joules: float | None = None  # accepted, not calibrated: for EnergyCounter


class RelayCalibrator:
    """Turns the decoded frames of one relay into readings and rejections.

    Plausibility judges the measured value and correction follows, so that no
    correction can push an overload out of sight.
    """

    def __init__(
        self,
        ieee: str,
        corrections: Mapping[Quantity, CorrectionSpec],
        *,
        last_register_joules: float | None = None,
    ) -> None:
        """`last_register_joules`: the register before the last restart, if known."""
        self._ieee = ieee
        self._corrections: dict[Quantity, CorrectionSpec] = {}
        self._plausibility = Plausibility(last_register_joules=last_register_joules)
        self._counts: dict[tuple[Quantity, Reason], int] = {}
        self.configure(corrections)

    @property
    def meter_asleep(self) -> bool | None:
        """Whether the meter answers with zeros; None until the first structure."""
        state = self._plausibility
        return state.asleep_by_register or state.asleep_by_voltage

    @property
    def rejected(self) -> Mapping[tuple[Quantity, Reason], int]:
        """How many samples were refused since the start, by quantity and reason."""
        return self._counts

    def configure(self, corrections: Mapping[Quantity, CorrectionSpec]) -> None:
        """Correct by these from the next frame on."""
        self._corrections = {
            quantity: _register_part(spec) if quantity is Quantity.ENERGY else spec
            for quantity, spec in corrections.items()
            if quantity in _CORRECTED and spec != CorrectionSpec()
        }

    def count(self, quantity: Quantity, reason: Reason) -> None:
        """Count a sample that a later stage refused."""
        key = (quantity, reason)
        self._counts[key] = self._counts.get(key, 0) + 1

    def process(
        self, decoded: Decoded, now: Now, *, register_frozen: bool = False
    ) -> Calibrated:
        """Return the readings and rejections of one frame; never raises.

        `register_frozen`: EnergyCounter says that the register stands still while
        power flows, so that 0 W with a channel on is not a measurement.
        """
        values = decoded.values
        reasons = self._plausibility.judge(
            values, structure=decoded.structure, register_frozen=register_frozen
        )
        accepted: dict[tuple[Quantity, str | None], float] = {}
        rejected: list[Rejection] = []
        register: float | None = None
        for measured, reason in zip(values, reasons, strict=True):
            quantity = measured.quantity
            if reason is not None:
                rejected.append(self._reject(measured, reason, now))
                continue
            value = self._correct(quantity, measured.value)
            if not math.isfinite(value):  # an absurd correction
                rejected.append(self._reject(measured, Reason.NOT_FINITE, now))
                continue
            accepted[quantity, measured.channel] = value + 0.0  # never -0.0
            if quantity is Quantity.ENERGY:
                register = measured.value
        if decoded.structure:
            rejected = _derive(accepted, rejected)
        for rejection in rejected:
            self.count(rejection.quantity, rejection.reason)
        return Calibrated(
            readings=self._readings(accepted, now),
            rejected=tuple(rejected),
            reread=self._plausibility.reread,
            power_watts=accepted.get((Quantity.POWER, None)),
            power_not_measured=_slept(rejected),
            register_joules=register,
        )

    def _correct(self, quantity: Quantity, value: float) -> float:
        spec = self._corrections.get(quantity)
        if spec is None:
            return value
        value = correct(spec, value)
        # An offset that fits under load must not make an idle relay feed the grid:
        # no quantity but the temperature exists below 0.
        return 0.0 if value < 0 and quantity is not Quantity.TEMPERATURE else value

    def _readings(
        self, accepted: Mapping[tuple[Quantity, str | None], float], now: Now
    ) -> tuple[Reading, ...]:
        ieee, at, mono = self._ieee, now.wall, now.mono
        return tuple(
            Reading(
                ieee=ieee,
                channel=channel,
                quantity=quantity,
                value=value,
                at=at,
                mono=mono,
            )
            for (quantity, channel), value in accepted.items()
        )

    def _reject(self, measured: Measured, reason: Reason, now: Now) -> Rejection:
        return Rejection(
            ieee=self._ieee,
            channel=measured.channel,
            quantity=measured.quantity,
            reason=reason,
            value=measured.value,
            at=now.wall,
            mono=now.mono,
        )


def _derive(
    accepted: dict[tuple[Quantity, str | None], float], rejected: list[Rejection]
) -> list[Rejection]:
    """Add V·I and P/(V·I) of one moment; return what is still rejected.

    The relay's own power factor is a truncated percent: it serves where V·I is 0
    or unknown.
    """
    volts = accepted.get(_VOLTAGE)
    amperes = accepted.get(_CURRENT)
    if volts is None or amperes is None:
        return rejected
    apparent = volts * amperes
    if not math.isfinite(apparent):
        return rejected
    accepted[_APPARENT_POWER] = apparent
    watts = accepted.get(_POWER)
    if watts is None or apparent <= 0:
        return rejected
    accepted[_POWER_FACTOR] = min(1.0, watts / apparent)
    return [one for one in rejected if one.quantity is not Quantity.POWER_FACTOR]


def _slept(rejected: Sequence[Rejection]) -> bool:
    return any(
        one.quantity is Quantity.POWER and one.reason is Reason.NOT_MEASURED
        for one in rejected
    )


def _register_part(spec: CorrectionSpec) -> CorrectionSpec:
    """A register has gain and percent only: an offset would be energy from nothing."""
    return CorrectionSpec(gain=spec.gain, percent=spec.percent)


_CORRECTED: Final = frozenset(
    {
        Quantity.POWER,
        Quantity.VOLTAGE,
        Quantity.CURRENT,
        Quantity.TEMPERATURE,
        Quantity.ENERGY,
    }
)
_POWER: Final = (Quantity.POWER, None)
_VOLTAGE: Final = (Quantity.VOLTAGE, None)
_CURRENT: Final = (Quantity.CURRENT, None)
_APPARENT_POWER: Final = (Quantity.APPARENT_POWER, None)
_POWER_FACTOR: Final = (Quantity.POWER_FACTOR, None)
