"""From the configuration's rules to judges with their seats."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from collector.model.clock import Now
from collector.model.policy import (
    ROOT,
    BudgetRule,
    DemandRule,
    EnergyBudgetRule,
    GroupRule,
    InverseTimeRule,
    Mode,
    PolicySettings,
    RelayRule,
    Rule,
    ScheduleRule,
    StandbyRule,
    ThresholdRule,
)
from collector.model.quantity import CHANNELS
from collector.policy.budget import Budget
from collector.policy.demand import Demand
from collector.policy.energy_budget import EnergyBudget
from collector.policy.group import GroupJudge
from collector.policy.inverse_time import InverseTime
from collector.policy.relay_judge import RelayJudge
from collector.policy.root import Root
from collector.policy.rulebook import Seat, SeatKey
from collector.policy.schedule import Schedule
from collector.policy.standby import Standby
from collector.policy.threshold import Threshold
from collector.policy.view import House

_RELAY_KINDS: Final[dict[type[RelayRule], type[RelayJudge]]] = {
    ThresholdRule: Threshold,
    InverseTimeRule: InverseTime,
    StandbyRule: Standby,
    ScheduleRule: Schedule,
    EnergyBudgetRule: EnergyBudget,
}
_GROUP_KINDS: Final = (BudgetRule, DemandRule)


def seats_for(
    settings: PolicySettings, house: House, old: Mapping[SeatKey, Seat], now: Now
) -> list[Seat]:
    """Return a seat for every rule at work; a rule that stays the same keeps its own.

    A rule that has changed takes over the latch and the counts of the one before.
    """
    seats = [
        *_relay_seats(settings, house),
        *_group_seats(settings, old),
        *_root_seats(settings, house),
    ]
    return [_kept(seat, old.get(seat.key), now) for seat in seats]


def _kept(seat: Seat, before: Seat | None, now: Now) -> Seat:
    if before is None or before is seat:
        return seat
    # Group judges know each other: one that is new among them makes all new.
    alone = not isinstance(seat.judge, GroupJudge)
    same = before.mode is seat.mode and before.judge.rule == seat.judge.rule
    if alone and same:
        return before
    seat.judge.load(before.judge.dump(now), now)
    return seat


def _mode(settings: PolicySettings, rule: Rule) -> Mode:
    return Mode.MONITOR if settings.monitor else rule.mode


def _relay_seats(settings: PolicySettings, house: House) -> Iterator[Seat]:
    for rule in settings.rules:
        if not isinstance(rule, RelayRule):
            continue
        kind = _RELAY_KINDS[type(rule)]
        for ieee in house.relays if rule.relays is None else rule.relays:
            if ieee in house.relays:
                judge = kind(rule, ieee)
                yield Seat(
                    key=(rule.name, ieee),
                    judge=judge,
                    mode=_mode(settings, rule),
                    channels=judge.channels,
                )


def _root_seats(settings: PolicySettings, house: House) -> Iterator[Seat]:
    mode = Mode.MONITOR if settings.monitor else Mode.ENFORCE
    for ieee in house.relays:
        yield Seat(
            key=(ROOT, ieee),
            judge=Root(settings.root, ieee, virtual=settings.monitor),
            mode=mode,
            channels=tuple((ieee, channel) for channel in CHANNELS),
        )


def _group_seats(settings: PolicySettings, old: Mapping[SeatKey, Seat]) -> list[Seat]:
    groups = [rule for rule in settings.rules if isinstance(rule, _GROUP_KINDS)]
    # What a small budget sheds helps those above it: it is asked before them.
    rules = sorted(groups, key=lambda rule: -len(_ancestors(rule, groups)))
    before = [seat for seat in old.values() if isinstance(seat.judge, GroupJudge)]
    same = [(each.judge.rule, each.mode) for each in before] == [
        (rule, _mode(settings, rule)) for rule in rules
    ]
    if same:
        return before
    judges = _group_judges(rules, settings)
    return [
        Seat(
            key=(rule.name, ""),
            judge=judges[rule.name],
            mode=_mode(settings, rule),
            channels=(*rule.shed, *rule.last_resort),
        )
        for rule in rules
    ]


def _group_judges(
    rules: Sequence[BudgetRule | DemandRule], settings: PolicySettings
) -> dict[str, GroupJudge]:
    """Return the judges by their rules' names; they know each other."""
    budgets: dict[str, Budget] = {}
    judges: dict[str, GroupJudge] = {}
    for rule in reversed(rules):  # those above first
        virtual = _mode(settings, rule) is not Mode.ENFORCE
        if isinstance(rule, BudgetRule):
            above = (budgets.get(each.name) for each in _ancestors(rule, rules))
            budgets[rule.name] = judges[rule.name] = Budget(
                rule,
                virtual=virtual,
                members=_members(rule, rules),
                ancestors=[each for each in above if each is not None],
            )
        else:
            judges[rule.name] = Demand(rule, virtual=virtual, members=rule.members)
    for judge in judges.values():
        judge.peers = [each for each in judges.values() if each is not judge]
    return judges


def _ancestors(rule: GroupRule, rules: Iterable[GroupRule]) -> list[BudgetRule]:
    """Return the budgets above, the nearest first; a circle ends where it closes."""
    if not isinstance(rule, BudgetRule):
        return []
    by_name = {each.name: each for each in rules if isinstance(each, BudgetRule)}
    found: list[BudgetRule] = []
    parent = by_name.get(rule.parent or "")
    while parent is not None and parent is not rule and parent not in found:
        found.append(parent)
        parent = by_name.get(parent.parent or "")
    return found


def _members(rule: BudgetRule, rules: Iterable[GroupRule]) -> list[str] | None:
    """Return its own members and those of all budgets below it; None: every relay."""
    below = [
        each
        for each in rules
        if isinstance(each, BudgetRule) and rule in _ancestors(each, rules)
    ]
    members: dict[str, None] = {}
    for each in (rule, *below):
        if each.members is None:
            return None
        members |= dict.fromkeys(each.members)
    return list(members)
