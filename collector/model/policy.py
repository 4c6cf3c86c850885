"""What the configuration asks of the policy engine, in the words of the core."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Final, TypeAlias

from collector.model.quantity import Quantity

ChannelKey: TypeAlias = tuple[str, str]  # (IEEE address, "l1" | "l2")
NextEdge: TypeAlias = Callable[[datetime], datetime]  # first firing after, aware UTC

ROOT = "root"  # name of the built-in rule of every relay
RELAY_WATTS = 2500.0  # rating of LLKZMK11LM, both channels together
RELAY_AMPERES = 10.0
MOST_OVERRIDE_SECONDS: Final = 7 * 86_400.0  # longer is a change of the configuration


class PolicyClass(StrEnum):
    """Protection is never suspended; economy yields to a person."""

    PROTECTION = "protection"
    ECONOMY = "economy"


class Mode(StrEnum):
    """Whether decisions become commands; the label of a counter."""

    ENFORCE = "enforce"
    DRY_RUN = "dry_run"
    MONITOR = "monitor"  # the whole service


class StaleAction(StrEnum):
    """What silence of an input means to a rule."""

    OFF = "off"  # `StaleRule.after_seconds` after it became stale (0: at once)
    KEEP = "keep"
    ASSUME_OVERLOAD = "assume_overload"  # as if far over the limit: its delay runs
    ASSUME_RATED = "assume_rated"  # budget, demand: rated power of what was on last


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleRule:
    """The stale rule of a policy; there is no default."""

    action: StaleAction
    after_seconds: float = 0.0  # s of silence before OFF


class RestoreKind(StrEnum):
    """How a cut is undone."""

    MANUAL = "manual"  # latched until a person resets it
    AFTER = "after"  # `after_seconds` after the first reading that is no longer over
    WHEN_CLEAR = "when_clear"  # when the quantity is beyond its clear limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """When a rule lets go, and how often before it stays latched."""

    kind: RestoreKind = RestoreKind.MANUAL
    after_seconds: float = 0.0
    at_most: int = 0  # automatic restores …
    within_seconds: float = 86_400.0  # … in so many s; then latched


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A window of the local day; over midnight where `end` is before `start`."""

    start: time  # inclusive
    end: time  # exclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every kind has."""

    name: str
    policy_class: PolicyClass
    mode: Mode = Mode.ENFORCE  # ENFORCE or DRY_RUN
    when_stale: StaleRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayRule(Rule):
    """A rule of its own for each relay that it names."""

    relays: tuple[str, ...] | None  # IEEE addresses; None: every relay
    switch_off: tuple[str, ...]  # channels, in the order of cutting
    restore: Restore = Restore()
    grace_seconds: float = 0.0  # after a switch-on; the instant stage ignores it


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit and where it clears, in the quantity's unit."""

    trip: float
    clear: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRule(RelayRule):
    """Above (or below) a limit for a continuous time; optionally at once beyond another."""

    quantity: Quantity  # power voltage current temperature apparent_power power_factor
    below: bool = False  # False: acts above the limit
    limit: Limit
    for_seconds: float = 0.0
    instant: float | None = None  # no delay, no grace; above rules only
    quiet: tuple[Hours, Limit] | None = None  # other limits at other times, local


class Curve(StrEnum):
    """Inverse-time curves: IEC 60255-151, and fuses by their letter."""

    SI = "SI"
    VI = "VI"
    EI = "EI"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class InverseTimeRule(RelayRule):
    """The more current, the sooner."""

    rated_current_a: float
    curve: Curve
    tms: float = 1.0  # time multiplier; IEC curves only


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyRule(RelayRule):
    """Below so many watts for so long: off."""

    below_w: float
    for_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRule(RelayRule):
    """Off outside of the allowed hours: a window of the local day, or cron edges."""

    allowed: Hours | None = None
    next_on: NextEdge | None = None  # both, where cron expressions were given
    next_off: NextEdge | None = None


class Period(StrEnum):
    """A local calendar period."""

    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyBudgetRule(RelayRule):
    """So much energy in a local day, week or month; then off until the next."""

    per: Period
    limit_joules: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule(Rule):
    """One rule over several relays; sheds channels in order, one at a time."""

    members: tuple[str, ...] | None  # IEEE addresses; None: every relay
    shed: tuple[ChannelKey, ...]  # the first is shed first
    last_resort: tuple[ChannelKey, ...] = ()  # only when all of `shed` are off
    min_shed_w: float = 0.0  # a channel with less is not worth shedding
    shed_interval_seconds: float = 10.0  # for the effect of one, before the next
    restore_interval_seconds: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRule(GroupRule):
    """The sum of the members' power or current stays below a limit."""

    limit_w: float | None = None  # exactly one of the two
    limit_a: float | None = None
    parent: str | None = None  # name of the budget that this one is part of


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRule(GroupRule):
    """The mean power of each clock window stays below a limit."""

    limit_w: float
    window_minutes: int = 15  # windows begin at whole multiples since local midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLimits:
    """What spares contacts; a cut-off is never held back by it."""

    min_on_seconds: float = 10.0  # before an economy rule may switch off again
    min_off_seconds: float = 60.0  # before a restore
    cool_down_seconds: float = 60.0  # after any command, before a restore
    switches_per_hour: int = 20  # more: no restore
    switches_per_day: int = 100
    override_seconds: float = 3600.0  # a person's word; MOST_OVERRIDE_SECONDS at most


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSettings:
    """The relay's own rating, as a rule of each relay."""

    enforce: bool = False  # False: alarm only
    current_a: float = RELAY_AMPERES
    power_w: float = RELAY_WATTS


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """Everything that the engine needs to know of the configuration."""

    rules: tuple[Rule, ...] = ()
    limits: SwitchLimits = SwitchLimits()
    root: RootSettings = RootSettings()
    monitor: bool = False  # the service never switches anything
    nominal_volts: float = 230.0
