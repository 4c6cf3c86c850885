"""How a person corrects a relay's meter, in two languages: ours and Zigbee2MQTT's."""

import re
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from collector.config.section import NoBoolean, Number, Section, problem

_Gain = Annotated[float, Field(gt=0, description="true / measured, a ratio"), NoBoolean]
_Points = Annotated[
    tuple[tuple[Number, Number], ...],
    Field(
        min_length=1,
        description="pairs [measured, true] in the quantity's unit, rising; "
        "instead of gain and offset; a single pair is an offset",
    ),
]
_Percent = Annotated[float, Field(gt=-100), NoBoolean]
_Decimals = Annotated[int, Field(ge=0, le=3), NoBoolean]


def _pattern(value: str) -> str:
    try:
        re.compile(value)  # alone: its error tells the place
        re.compile(f"^{value}$")  # as Zigbee2MQTT uses it
    except (re.error, OverflowError, RecursionError) as error:
        raise problem(f'"{value}" is not a regular expression: {error}') from None
    # Of a few dozen letters; but what backtracks for minutes would stop everything.
    repeats = len(re.findall(r"[*+{?]", value))
    if len(value) > 100 or repeats > 3 or re.search(r"\)\s*[*+?{]", value):
        raise problem("too complicated: no repeated groups, at most three repeats")
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]


def _percent(quantity: str) -> Any:
    return Field(
        None,
        description=f"percent added to the measured {quantity}, as in Zigbee2MQTT; "
        "acts on every output",
    )


def _decimals(quantity: str, default: int) -> Any:
    return Field(
        None,
        description=f"decimals of the {quantity} in MQTT payloads, 0-3; "
        f"Zigbee2MQTT's default is {default}",
    )


class Correction(Section):
    """Measured -> true: a gain and an offset, or a curve through points."""

    negative: ClassVar[bool] = False  # True: the quantity can be below zero

    gain: _Gain | None = None
    points: _Points | None = None

    @property
    def offset(self) -> float:
        """Added after the gain, in the quantity's unit."""
        return 0.0

    @model_validator(mode="after")
    def _one_language(self) -> Self:
        if self.points is None:
            return self
        if self.model_fields_set & {"gain", *_OFFSETS}:
            raise problem("points replace gain and offset; keep one of them")
        if not self.negative and min(map(min, self.points)) < 0:
            raise problem("this quantity is never below 0", "points")
        for (measured, true), (next_measured, next_true) in pairwise(self.points):
            if next_measured <= measured or next_true <= true:
                raise problem(
                    "measured and true must both rise from pair to pair, "
                    f"got [{measured:g}, {true:g}] before "
                    f"[{next_measured:g}, {next_true:g}]",
                    "points",
                )
        return self


class PowerCorrection(Correction):
    """Correction of the active power, W."""

    offset_w: Number = Field(0.0, description="W, added after the gain")

    @property
    def offset(self) -> float:
        """W."""
        return self.offset_w


class VoltageCorrection(Correction):
    """Correction of the voltage, V."""

    offset_v: Number = Field(0.0, description="V, added after the gain")

    @property
    def offset(self) -> float:
        """V."""
        return self.offset_v


class CurrentCorrection(Correction):
    """Correction of the current, A."""

    offset_a: Number = Field(0.0, description="A, added after the gain")

    @property
    def offset(self) -> float:
        """A."""
        return self.offset_a


class TemperatureCorrection(Correction):
    """Correction of the chip's temperature, °C."""

    negative = True

    offset_celsius: Number = Field(0.0, description="°C, added after the gain")

    @property
    def offset(self) -> float:
        """°C."""
        return self.offset_celsius


class EnergyCorrection(Section):
    """Correction of the energy; an offset of a counter has no meaning."""

    gain: _Gain | None = None


_OFFSETS = ("offset_w", "offset_v", "offset_a", "offset_celsius")


class Calibration(Section):
    """Corrections of one relay, by quantity."""

    power: PowerCorrection | None = Field(None, description="active power, W")
    voltage: VoltageCorrection | None = Field(None, description="voltage, V")
    current: CurrentCorrection | None = Field(None, description="current, A")
    temperature: TemperatureCorrection | None = Field(
        None, description="temperature of the relay's chip, °C"
    )
    energy: EnergyCorrection | None = Field(None, description="energy: gain only")


class Options(Section):
    """Zigbee2MQTT's per-device options, with its names and its meaning."""

    power_calibration: _Percent | None = _percent("power")
    energy_calibration: _Percent | None = _percent("energy")
    voltage_calibration: _Percent | None = _percent("voltage")
    current_calibration: _Percent | None = _percent("current")
    device_temperature_calibration: Number | None = Field(
        None, description="°C added to the measured temperature; acts on every output"
    )
    power_precision: _Decimals | None = _decimals("power", 2)
    energy_precision: _Decimals | None = _decimals("energy", 2)
    voltage_precision: _Decimals | None = _decimals("voltage", 2)
    current_precision: _Decimals | None = _decimals("current", 2)
    device_temperature_precision: _Decimals | None = _decimals("temperature", 0)
    retain: bool | None = Field(None, description="MQTT: retain the relay's messages")
    qos: Annotated[int, Field(ge=0, le=2), NoBoolean] | None = Field(
        None, description="MQTT: quality of service 0-2"
    )
    retention: Annotated[int, Field(ge=0, le=4_294_967_295), NoBoolean] | None = Field(
        None, description="MQTT 5: s until the broker forgets a message"
    )
    throttle: Annotated[float, Field(ge=0), NoBoolean] | None = Field(
        None, description="MQTT: at most one message in so many seconds"
    )
    debounce: Annotated[float, Field(ge=0), NoBoolean] | None = Field(
        None, description="MQTT: publish after so many seconds of quiet"
    )
    debounce_ignore: tuple[str, ...] | None = Field(
        None, description="MQTT: keys whose change is published at once"
    )
    filtered_attributes: tuple[Pattern, ...] | None = Field(
        None, description="MQTT: patterns of keys that are not published"
    )
    filtered_cache: tuple[Pattern, ...] | None = Field(
        None, description="MQTT: patterns of keys that are not kept"
    )
    filtered_optimistic: tuple[Pattern, ...] | None = Field(
        None, description="MQTT: patterns of keys that are not published in advance"
    )
    optimistic: bool | None = Field(
        None, description="MQTT: publish a state when its command was answered"
    )
    state_action: bool | None = Field(
        None, description="MQTT: publish an action with each reported state"
    )
    homeassistant: dict[str, Any] | None = Field(
        None, description="MQTT: changes to the relay's Home Assistant discovery"
    )
