"""What a policy, a person or the confirmation of a command has decided, for the record."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from collector.model.command import CommandOutcome, Origin
from collector.model.policy import Mode
from collector.model.quantity import Quantity
from collector.model.reading import Quality


class RuleState(StrEnum):
    """The state of a rule for one relay; the label of a gauge."""

    OK = "ok"
    APPROACHING = "approaching"
    OVER = "over"
    LATCHED = "latched"
    STALE = "stale"
    SUSPENDED = "suspended"  # a person's word stands above it for a while


class DecisionAction(StrEnum):
    """What was decided; the label of a counter."""

    OFF = "off"
    ON = "on"
    ALARM = "alarm"  # nothing can be switched, or a person must look


class EventKind(StrEnum):
    """What an entry of the record is about."""

    DECISION = "decision"  # a rule decided, or a person asked
    OUTCOME = "outcome"  # a command ended
    ALARM = "alarm"
    RESET = "reset"
    OVERRIDE = "override"
    FOREIGN = "foreign"  # somebody else moved a contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A value that a rule looked at."""

    ieee: str
    quantity: Quantity
    value: float | None  # in the quantity's unit; None: never had
    age: float | None  # s; None: never had
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEvent:
    """One entry of the record: audit, event stream, MQTT, InfluxDB, counters."""

    kind: EventKind
    at: datetime  # aware UTC
    ieee: str
    channel: str | None = None
    rule: str | None = None  # None: no policy
    action: DecisionAction | None = None
    origin: Origin = Origin.POLICY
    mode: Mode = Mode.ENFORCE
    reason: str = ""  # a sentence with the numbers in it
    inputs: tuple[Input, ...] = ()
    command: int | None = None  # number: joins a decision and its outcome
    outcome: CommandOutcome | None = None  # of OUTCOME, and WOULD_ACT of DECISION
    attempts: int | None = None
    latency: float | None = None  # s from the decision to the outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStatus:
    """A rule for one relay, at one moment."""

    state: RuleState
    margin: float | None = None  # (limit - value) / limit; None: not known
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class PolicyStatus:
    """A rule as the API and the commands show it."""

    name: str
    kind: str
    policy_class: str
    mode: Mode
    relays: dict[str, RuleStatus]  # by IEEE address
    # Channels that it keeps off: (IEEE address, "l1").
    held: list[tuple[str, str]] = field(default_factory=list)
    restores: int = 0  # automatic ones that count at present
