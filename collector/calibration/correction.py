"""Measured -> true for one quantity, and the rounding of Zigbee2MQTT's options."""

import math
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from collector.model.settings import CorrectionSpec


def correct(spec: CorrectionSpec, value: float) -> float:
    """Return the true value of a measured one, in the same unit.

    Zigbee2MQTT's percent and shift come first, exactly as it computes them; then
    the points (or gain and offset). Between points the line through both, beyond
    the outer ones the slope of the outer segment; a single point is an offset.
    """
    value = value + value * spec.percent / 100 + spec.shift
    if spec.points:
        return _interpolate(spec.points, value)
    return value * spec.gain + spec.offset


def gain_of(spec: CorrectionSpec | None) -> float:
    """Return the factor for energy, which has no offset: an offset of a sum drifts.

    Never negative and always finite: -100 % of Zigbee2MQTT's option stops the
    counter, less cannot make it run backwards.
    """
    if spec is None:
        return 1.0
    gain = spec.gain * (1 + spec.percent / 100)
    return max(0.0, gain) if math.isfinite(gain) else 1.0


def round_like_javascript(value: float) -> float:
    """Round to the nearest integer, .5 toward +Inf, as JavaScript's Math.round does.

    `floor(value + 0.5)` would not do: 0.49999999999999994 + 0.5 is 1.0.
    """
    if not math.isfinite(value):
        return value
    below = math.floor(value)
    return float(below + 1 if value - below >= 0.5 else below)


def calibrate_and_round(value: float, options: Mapping[str, float], key: str) -> float:
    """Return what Zigbee2MQTT publishes under `key` with these device options.

    `key_calibration` is a percentage for power, energy, voltage and current and
    absolute for the temperature; `key_precision` is a number of decimals. A key
    without a default precision, such as `consumption`, is left alone
    (zigbee-herdsman-converters, calibrateAndPrecisionRoundOptions).
    """
    default = DEFAULT_PRECISION.get(key)
    if default is None:
        return value
    calibration = options.get(f"{key}_calibration", 0.0)
    if key in _PERCENTAGE_KEYS:
        value += value * calibration / 100
    else:
        value += calibration
    scale = math.pow(10.0, options.get(f"{key}_precision", default))
    return round_like_javascript(value * scale) / scale


# Decimals that Zigbee2MQTT rounds to unless told otherwise.
DEFAULT_PRECISION: Final[Mapping[str, int]] = {
    "power": 2,
    "energy": 2,
    "voltage": 2,
    "current": 2,
    "device_temperature": 0,
}
_PERCENTAGE_KEYS: Final = frozenset({"power", "energy", "voltage", "current"})


def _interpolate(points: tuple[tuple[float, float], ...], value: float) -> float:
    measured, true = points[0]
    if len(points) == 1:
        return value + (true - measured)
    segment = bisect_right(points, value, 1, len(points) - 1, key=_measured)
    (x0, y0), (x1, y1) = points[segment - 1], points[segment]
    slope = (y1 - y0) / (x1 - x0) if x1 != x0 else 1.0
    return y0 + (value - x0) * slope


def _measured(point: tuple[float, float]) -> float:
    return point[0]
