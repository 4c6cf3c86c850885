"""What is known of one relay at one moment: a snapshot for every edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from collector.model.command import CommandOutcome, Origin
from collector.model.decision import DecisionAction, RuleStatus
from collector.model.policy import Mode
from collector.model.quantity import Quantity
from collector.model.reading import Reason

# The labels of two counters.
CommandKey = tuple[str, Origin, CommandOutcome]  # channel, origin, outcome
ActionKey = tuple[str, str, DecisionAction, CommandOutcome, Mode]  # rule, channel, …


class Availability(StrEnum):
    """Whether a relay can be relied on."""

    UP = "up"  # a frame within the timeout, and its power is fresh
    STALE = "stale"  # frames come, but power is older than its limit
    GONE = "gone"  # no frame within the timeout, or none yet


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyStatus:
    """The counters of one relay as last committed to disk; they never fall."""

    total_joules: float = 0.0
    register_resets: int = 0
    gaps: int = 0
    cost: Mapping[str, float] = field(default_factory=dict)  # tariff period -> money
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPower:
    """What one channel takes, as far as one meter for both tells."""

    watts: float
    estimated: bool  # True: both channels are on; from the steps at switching


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayContext:
    """What is known of a relay beside what one frame of it brings."""

    name: str = ""
    channel_names: Mapping[str, str] = field(default_factory=dict)
    firmware: int | None = None
    lqi: int | None = None
    energy_joules: float | None = None  # as last committed; None: not counted
    register_resets: int = 0
    channel_power: Mapping[str, ChannelPower] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStatus:
    """A snapshot of one relay; stale values are already left out."""

    ieee: str
    name: str
    channel_names: Mapping[str, str] = field(default_factory=dict)
    availability: Availability = Availability.GONE
    last_seen: float | None = None  # Unix time, s; None: never
    joins: int = 0  # how often it joined or came back since the start
    lqi: int | None = None
    # (quantity, channel or None) -> value in the quantity's unit; fresh ones only.
    # Quantity.ENERGY is the calibrated register.
    values: Mapping[tuple[Quantity, str | None], float] = field(default_factory=dict)
    # (quantity, channel or None) -> Unix time of the last accepted value; stays.
    measured_at: Mapping[tuple[Quantity, str | None], float] = field(
        default_factory=dict
    )
    firmware: int | None = None  # from tag 8; stays
    outages: int | None = None  # stays: a counter
    meter_asleep: bool | None = None  # None until the first structure
    energy: EnergyStatus | None = EnergyStatus()  # None: configured, never joined
    rejected: Mapping[tuple[Quantity, Reason], int] = field(default_factory=dict)
    # By channel; left out where nothing is known.
    channel_power: Mapping[str, ChannelPower] = field(default_factory=dict)
    unattributed_watts: float | None = None  # what no channel is known to take
    contact_fault: Mapping[str, bool] = field(default_factory=dict)
    outage_memory: bool | None = None  # last written value; None: never written
    rules: Mapping[str, RuleStatus] = field(default_factory=dict)  # by policy name
    commands: Mapping[CommandKey, int] = field(default_factory=dict)
    actions: Mapping[ActionKey, int] = field(default_factory=dict)
