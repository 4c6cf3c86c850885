"""What the configuration asks for, in the words of the core."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, time, tzinfo

from collector.model.policy import PolicySettings
from collector.model.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionSpec:
    """Measured -> true, for one quantity. Either points, or gain and offset, or Zigbee2MQTT's."""

    gain: float = 1.0
    offset: float = 0.0  # W, V, A or °C, added after the gain
    points: tuple[tuple[float, float], ...] = ()  # (measured, true), ascending
    percent: float = (
        0.0  # Zigbee2MQTT's *_calibration of power, energy, voltage, current
    )
    shift: float = 0.0  # Zigbee2MQTT's device_temperature_calibration, °C


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """What a person says of one relay."""

    ieee: str
    name: str
    channel_names: Mapping[str, str] = field(default_factory=dict)  # "l1" -> "heater"
    corrections: Mapping[Quantity, CorrectionSpec] = field(default_factory=dict)
    rated_watts: Mapping[str, float] = field(default_factory=dict)  # by channel
    protected: frozenset[str] = frozenset()  # channels that are never switched
    interlock: bool | None = None  # to be kept so; None: left as it is
    power_outage_memory: bool | None = None  # to be written; None: left as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingSettings:
    """How often what can be read is read."""

    power_seconds: float = 30.0
    state_seconds: float = 300.0
    reads_per_second: float = 4.0
    in_flight: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StalenessSettings:
    """After which age a value is no longer shown, s; None = automatic."""

    power_seconds: float | None = None
    report_seconds: float = 720.0
    state_seconds: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPeriod:
    """A price, and the local hours in which it holds (None: the rest of the day)."""

    name: str
    price_per_kwh: float
    start: time | None = None  # inclusive, local time
    end: time | None = None  # exclusive; may be before `start` (over midnight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """What energy costs; the first period is the rest of the day."""

    currency: str
    periods: tuple[TariffPeriod, ...]
    timezone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSettings:
    """Everything the pipeline needs to know of the configuration."""

    relays: Mapping[str, RelaySettings] = field(default_factory=dict)  # by ieee
    polling: PollingSettings = PollingSettings()
    staleness: StalenessSettings = StalenessSettings()
    availability_seconds: float = 720.0
    tariff: Tariff | None = None
    timezone: tzinfo = UTC
    policies: PolicySettings = field(default_factory=PolicySettings)
