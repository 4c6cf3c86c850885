"""How long each rule takes at worst from an overload to its OFF; pure.

What a rule hears of, and when:

- The relay reports its power within 3 s of a change. Where that report is lost, the
  next poll brings it: within the effective polling interval, which is
  max(power_seconds, relays / reads_per_second), and the 2 s that a read may take.
- The current to protect by follows from the power.
- Voltage, temperature, apparent power, power factor and the energy register come only
  with the relay's own report 0xFF01, every 2 to 5 minutes: 300 s.

From there on, with `heard` for that time:

- threshold: max(heard, grace_seconds) + for_seconds; the instant stage: heard.
- inverse_time: max(heard, grace_seconds) + the curve's time at twice the rated current.
- standby: max(heard, grace_seconds) + for_seconds.
- energy_budget: heard (of the energy).
- budget, demand: heard for the first channel; each further one shed_interval_seconds
  later.
- root, where it is enforced: heard + 60 s; beyond 1.5 times its limits: heard; the
  second channel 10 s later.
- schedule: at the edge of its hours, whatever is heard.

Silence, from the last value on: the staleness limit of what the rule hears of, then
the rule's own wait (off_after_seconds; for_seconds or the curve for assume_overload),
at least the 10 s that one last read gets. A measured current stands in for the power
as long as it is fresh itself.

Not in it: the command's own way, which is measured and exported, and the relays that
join without being listed, which share the polls.
"""

from dataclasses import dataclass
from typing import Final

from collector.model.policy import (
    ROOT,
    BudgetRule,
    EnergyBudgetRule,
    GroupRule,
    InverseTimeRule,
    Mode,
    RelayRule,
    Rule,
    ScheduleRule,
    StaleAction,
    StandbyRule,
    ThresholdRule,
)
from collector.model.quantity import Quantity
from collector.model.settings import LineSettings
from collector.pipeline.availability import Limits, limits
from collector.pipeline.polling import Polling
from collector.policy.curves import trip_seconds
from collector.policy.inverse_time import ASSUMED_RATIO
from collector.policy.relay_judge import READ_PATIENCE_SECONDS
from collector.policy.root import EFFECT_SECONDS, OVERLOAD_SECONDS

REPORT_SECONDS: Final = 3.0  # from a change of the power to its report
READ_SECONDS: Final = 2.0  # that a read may take
STRUCTURE_SECONDS: Final = 300.0  # between two 0xFF01 at most
QUOTED_AT: Final = 2.0  # times rated: where the time of a curve is told
_QUOTED: Final = f"at {QUOTED_AT:g} times rated"
_READABLE: Final = frozenset({Quantity.POWER, Quantity.CURRENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a rule can promise; all times in s."""

    name: str
    usual: float | None  # the report comes; None: not by what it hears
    worst: float | None  # the report is lost, the poll brings it
    instant: float | None = None  # of the instant stage, at worst
    last: float | None = None  # until the last channel of a list is off
    silent: float | None = None  # from the last value on; None: silence cuts nothing
    assumed: float | None = None  # … until a member counts with its rated power
    at: str = ""  # the overload that the times are told for
    dry: bool = False  # it switches nothing
    warnings: tuple[str, ...] = ()


def reactions(settings: LineSettings) -> list[Reaction]:
    """Return what each rule can promise, in the order of the file; then the root's."""
    house = _House(settings)
    found = [
        house.of_group(rule) if isinstance(rule, GroupRule) else house.of_relay(rule)
        for rule in settings.policies.rules
        if isinstance(rule, GroupRule | RelayRule)
    ]
    return [*found, house.root()] if settings.policies.root.enforce else found


class _House:
    """When things are heard of, with this many relays and these intervals."""

    def __init__(self, settings: LineSettings) -> None:
        polling = Polling(settings.polling)
        for ieee in settings.relays:
            polling.add(ieee, 0.0)
        self._poll = polling.power_interval + READ_SECONDS
        self._limits: Limits = limits(settings, polling.power_interval)

    def of_relay(self, rule: RelayRule) -> Reaction:
        """Return what a rule for each relay can promise."""
        if isinstance(rule, ScheduleRule):
            silent = self._silence(rule, Quantity.STATE, 0.0)
            return Reaction(
                name=rule.name, usual=None, worst=None, silent=silent, dry=_dry(rule)
            )
        quantity, wait = _judged(rule)
        usual, worst = self._heard(quantity)
        if isinstance(rule, EnergyBudgetRule):  # its silence is the power's
            quantity = Quantity.POWER
        return Reaction(
            name=rule.name,
            usual=usual + wait,
            worst=max(worst, rule.grace_seconds) + wait,
            instant=worst if getattr(rule, "instant", None) is not None else None,
            silent=self._silence(rule, quantity, wait),
            at=_QUOTED if isinstance(rule, InverseTimeRule) else "",
            dry=_dry(rule),
            warnings=_too_fast(rule, usual),
        )

    def of_group(self, rule: GroupRule) -> Reaction:
        """Return what a rule over several relays can promise."""
        amperes = isinstance(rule, BudgetRule) and rule.limit_w is None
        quantity = Quantity.CURRENT if amperes else Quantity.POWER
        usual, worst = self._heard(quantity)
        interval = rule.shed_interval_seconds
        further = len(rule.shed) + len(rule.last_resort) - 1
        warnings = []
        if further and interval < usual:
            warnings.append(
                f"shed_interval_seconds {interval:g} is faster than the power, which is "
                f"heard of up to {usual:g} s after a change: it may shed more than enough"
            )
        silent = self._silence(rule, quantity, 0.0)
        counts = rule.when_stale.action is StaleAction.ASSUME_RATED
        return Reaction(
            name=rule.name,
            usual=usual,
            worst=worst,
            last=worst + further * interval if further else None,
            silent=None if counts else silent,
            assumed=silent if counts else None,
            dry=_dry(rule),
            warnings=tuple(warnings),
        )

    def root(self) -> Reaction:
        """Return what the relays' own rating can promise, where it is enforced."""
        usual, worst = self._heard(Quantity.CURRENT)
        return Reaction(
            name=ROOT,
            usual=usual + OVERLOAD_SECONDS,
            worst=worst + OVERLOAD_SECONDS,
            instant=worst,
            last=worst + OVERLOAD_SECONDS + EFFECT_SECONDS,
        )

    def _heard(self, quantity: Quantity) -> tuple[float, float]:
        """Return after how many s a change is heard of: as a rule, and at worst."""
        if quantity in _READABLE:
            return REPORT_SECONDS, max(REPORT_SECONDS, self._poll)
        return STRUCTURE_SECONDS, STRUCTURE_SECONDS

    def _silence(
        self, rule: GroupRule | RelayRule, quantity: Quantity, wait: float
    ) -> float | None:
        """Return after how many s without any value something is switched off."""
        stale = rule.when_stale
        if stale.action is StaleAction.KEEP:
            return None
        if stale.action is StaleAction.OFF:
            wait = stale.after_seconds
        elif isinstance(rule, InverseTimeRule):
            wait = trip_seconds(rule.curve, rule.tms, ASSUMED_RATIO)
        return self._stale_after(quantity) + max(wait, READ_PATIENCE_SECONDS)

    def _stale_after(self, quantity: Quantity) -> float:
        match quantity:
            case Quantity.POWER:
                return self._limits.power
            case Quantity.CURRENT:
                return max(self._limits.power, self._limits.report)
            case Quantity.STATE:
                return self._limits.state
            case _:
                return self._limits.report


def _judged(rule: RelayRule) -> tuple[Quantity, float]:
    """Return what a rule hears of, and how long it waits then, s."""
    match rule:
        case ThresholdRule():
            return rule.quantity, rule.for_seconds
        case StandbyRule():
            return Quantity.POWER, rule.for_seconds
        case InverseTimeRule():
            seconds = trip_seconds(rule.curve, rule.tms, QUOTED_AT)
            return Quantity.CURRENT, seconds
        case _:
            return Quantity.ENERGY, 0.0


def _too_fast(rule: RelayRule, usual: float) -> tuple[str, ...]:
    """Return the warning where a rule is faster than what it hears."""
    quantity, wait = _judged(rule)
    if wait >= usual or isinstance(rule, EnergyBudgetRule):
        return ()
    if isinstance(rule, InverseTimeRule):
        what = f"the curve's {wait:.2g} s at {QUOTED_AT:g} times rated"
    elif wait > 0 or quantity not in _READABLE:
        what = f"for_seconds {wait:g}"
    else:
        return ()  # at once: as soon as it is heard
    comes = (
        f"is heard of up to {usual:g} s after a change"
        if quantity in _READABLE
        else "comes every 2 to 5 minutes only: one report decides"
    )
    return (f"{what} is faster than the {_word(quantity)}, which {comes}",)


def _dry(rule: Rule) -> bool:
    return rule.mode is Mode.DRY_RUN


def _word(quantity: Quantity) -> str:
    return quantity.replace("_", " ")
