"""Readings in the words, units and rounding of Zigbee2MQTT."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.calibration.correction import DEFAULT_PRECISION, round_like_javascript
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Quality, Reading


def values_of(
    readings: Sequence[Reading], precision: Mapping[str, int]
) -> dict[str, Any]:
    """Return the state keys that these readings give, by Zigbee2MQTT's name.

    Power in W, energy and consumption in kWh, voltage in V, current in A, the
    temperature in °C. `precision` is decimals by key, for what the person set
    (`power_precision` and so on); the others have Zigbee2MQTT's. Readings are
    calibrated already, so `consumption` is too, which Zigbee2MQTT leaves as the relay
    sent it. What is not fresh, and quantities that Zigbee2MQTT has no key for, give
    none; so the cached value stays. Of two readings of one key the last one counts.
    """
    values: dict[str, Any] = {}
    for reading in readings:
        if reading.quality is Quality.FRESH and math.isfinite(reading.value):
            _add(values, reading, precision)
    return values


def number(value: float) -> int | float:
    """Return what JSON.stringify writes alike: 32 for 32.0, and 0 for -0.0.

    Below 0.0001 the digits differ, not the number: 5e-05 here, 0.00005 there.
    """
    return int(value) if value.is_integer() else value


def _add(
    values: dict[str, Any], reading: Reading, precision: Mapping[str, int]
) -> None:
    quantity, value = reading.quantity, reading.value
    key = _ROUNDED.get(quantity)
    if key is not None:
        if quantity is Quantity.ENERGY:
            value /= _JOULES_PER_KWH
            values["consumption"] = number(value)
        values[key] = _rounded(value, precision.get(key, DEFAULT_PRECISION[key]))
    elif quantity is Quantity.STATE:
        if reading.channel in CHANNELS:
            values[f"state_{reading.channel}"] = "ON" if value else "OFF"
    elif quantity is Quantity.OUTAGES:
        values["power_outage_count"] = int(value)  # the decoder took the one off
    elif quantity is Quantity.INTERLOCK:
        values["interlock"] = bool(value)


def _rounded(value: float, decimals: int) -> int | float:
    scale = math.pow(10.0, decimals)
    return number(round_like_javascript(value * scale) / scale)


_ROUNDED: Final = {
    Quantity.POWER: "power",
    Quantity.ENERGY: "energy",
    Quantity.VOLTAGE: "voltage",
    Quantity.CURRENT: "current",
    Quantity.TEMPERATURE: "device_temperature",
}
# Exact both ways: the relay counts in float32 kWh, 24 bits, and 3.6e6 has 15, so that
# their product fits a double; `consumption` is what was sent, to the last bit.
_JOULES_PER_KWH: Final = 3.6e6
