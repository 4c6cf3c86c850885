"""The alerts that come from a policy's limit: it is near, and it is passed.

What the raw series can tell is asked of them, so that an alert fires also where the
engine does not act. Times of day and accumulators are known to the engine alone: there
its own series are asked.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from collector.model.policy import (
    BudgetRule,
    DemandRule,
    EnergyBudgetRule,
    GroupRule,
    InverseTimeRule,
    Period,
    Rule,
    ScheduleRule,
    StandbyRule,
    ThresholdRule,
)
from collector.model.quantity import Quantity
from collector.policy.curves import trip_seconds
from collector.policy.threshold import UNITS
from collector.policy.verdict import APPROACHING
from collector.policy.view import SAME_LOAD
from collector.sinks.alert import CRITICAL, INFO, WARNING, Alert, Record, severity
from collector.sinks.alert_bound import (
    ASK,
    NEAR,
    OVER,
    SLACK_SECONDS,
    Bound,
    near_alert,
    over_alert,
)
from collector.sinks.promql import RELAY, number, selector, spoken

SCHEDULE_SECONDS: Final = 300.0
# Above so much of the rated current for as long as the curve gives there, it must have
# tripped, however the current moved above that.
CURVE_MULTIPLES: Final = (1.2, 2.0)

PROTECTIVE_CURRENT: Final = "ieee:zigbee_relay_current_amperes:max"
POWER_SUM: Final = "rule:zigbee_relay_power_watts:sum"
CURRENT_SUM: Final = "rule:zigbee_relay_current_amperes:sum"
_JOULES_PER_KWH: Final = 3.6e6
_SERIES: Final = {
    Quantity.POWER: "zigbee_relay_power_watts",
    Quantity.VOLTAGE: "zigbee_relay_voltage_volts",
    Quantity.CURRENT: PROTECTIVE_CURRENT,
    Quantity.TEMPERATURE: "zigbee_relay_device_temperature_celsius",
    Quantity.APPARENT_POWER: "zigbee_relay_apparent_power_voltamperes",
    Quantity.POWER_FACTOR: "zigbee_relay_power_factor_ratio",
}
# Each touches two local periods at most, whatever the zone and the clocks do.
_RANGES: Final = {Period.DAY: "1d", Period.WEEK: "1w", Period.MONTH: "4w"}
_MARGIN: Final = "zigbee_relay_policy_margin_ratio"

Rules: TypeAlias = Sequence[Alert | Record]
Members: TypeAlias = tuple[str, ...] | None  # None: every relay


def limits_of(rule: Rule, others: Sequence[Rule]) -> Rules:
    """Return the rules of a policy's kind; a budget also has those below it."""
    if isinstance(rule, BudgetRule):
        return _budget(rule, others)
    kind = _KINDS.get(type(rule))
    return kind(rule) if kind is not None else ()


def state(rule: Rule, word: str) -> str:
    """Return the engine's word for each relay; for the members of a group, one."""
    series = f"zigbee_relay_policy_state{selector(rule=rule.name, state=word)} == 1"
    if isinstance(rule, GroupRule):
        return f"max without (ieee) ({series})"
    return series


def clear_of(rule: ThresholdRule) -> str:
    """Return the expression of beyond the clear limit, at any hour."""
    clear = rule.limit.clear
    if rule.quiet is not None:
        clear = (max if rule.below else min)(clear, rule.quiet[1].clear)
    return f"{_watched(rule)} {'>' if rule.below else '<'} {number(clear)}"


def _watched(rule: ThresholdRule) -> str:
    return f"{_SERIES[rule.quantity]}{selector(ieee=rule.relays)}"


def protective_current(nominal_volts: float) -> Record:
    """Return the current to protect by, of each relay.

    The larger of power by voltage and the measured one, which comes every 2-5 min and
    counts while the power is comparable to what came with it: no other load's.
    """
    watts, volts = _SERIES[Quantity.POWER], _SERIES[Quantity.VOLTAGE]
    factor, apparent = _SERIES[Quantity.POWER_FACTOR], _SERIES[Quantity.APPARENT_POWER]
    gone = f"{watts} < {number(SAME_LOAD)} * {factor} * {apparent}"
    known = f"({volts} > 0 or {watts} * 0 + {number(nominal_volts)})"
    both = {
        "measured": f"(zigbee_relay_current_amperes unless on (ieee) ({gone}))",
        "power": f"{watts} / {known}",
    }
    marked = " or ".join(
        f'label_replace({each}, "from", "{name}", "", "")'
        for name, each in both.items()
    )
    return Record(name=PROTECTIVE_CURRENT, expr=f"max without (from) ({marked})")


def _threshold(rule: ThresholdRule) -> Rules:
    limit = rule.limit
    near = over = ""
    if rule.quiet is not None:
        # PromQL knows no local time: the limit that is passed at any hour, or the engine.
        both = (limit, rule.quiet[1])
        limit = (min if rule.below else max)(both, key=lambda each: each.trip)
        near, over = (
            f" or max without (rule, state) ({state(rule, word)})"
            for word in ("approaching", "over")
        )
    bound = Bound(
        what=f"{rule.quantity.replace('_', ' ')} of {RELAY}",
        vector=_watched(rule),
        limit=limit.trip,
        clear=limit.clear,
        below=rule.below,
        unit=UNITS[rule.quantity],
        near_too=near,
        over_too=over,
        valued=rule.quiet is None,
    )
    patience = rule.for_seconds + rule.grace_seconds
    alerts = [over_alert(rule, bound, patience, stage="delayed")]
    if limit.trip:  # of 0 there is no tenth
        alerts.insert(0, near_alert(bound))
    if rule.instant is not None:
        instant = Bound(
            what=bound.what, vector=bound.vector, limit=rule.instant, unit=bound.unit
        )
        alerts.append(over_alert(rule, instant, 0.0, stage="instant"))
    return alerts


def _inverse_time(rule: InverseTimeRule) -> Rules:
    relays = selector(ieee=rule.relays)
    alerts = [
        Alert(
            name=NEAR,
            severity=INFO,
            expr=f"{_MARGIN}{selector(rule=rule.name)} < {number(APPROACHING)}",
            summary=f"current of {RELAY} is about to trip the curve",
            description=f"Less than {APPROACHING:.0%} is left until the policy acts.",
        )
    ]
    for multiple in CURVE_MULTIPLES:
        bound = Bound(
            what=f"current of {RELAY}",
            vector=f"{PROTECTIVE_CURRENT}{relays}",
            limit=multiple * rule.rated_current_a,
            unit=" A",
        )
        seconds = math.ceil(trip_seconds(rule.curve, rule.tms, multiple))
        alerts.append(over_alert(rule, bound, seconds, multiple=number(multiple)))
    return alerts


def _budget(rule: BudgetRule, others: Sequence[Rule]) -> Rules:
    members = _members(rule, [each for each in others if isinstance(each, BudgetRule)])
    record, bound = _sum(rule, members, rule.limit_w, rule.limit_a)
    # So long it takes to shed everything; what is then still over is out of its reach.
    channels = len(rule.shed) + len(rule.last_resort)
    seconds = channels * rule.shed_interval_seconds
    return [record, near_alert(bound), over_alert(rule, bound, seconds)]


def _demand(rule: DemandRule) -> Rules:
    record, bound = _sum(rule, rule.members, rule.limit_w, None)
    window = f"{rule.window_minutes}m"
    # Over any whole window, as PromQL has no clock windows; `offset`: a whole one.
    whole = f" and {bound.vector} offset {window}"
    mean = Bound(
        what=f"mean power of the members over {rule.window_minutes} min",
        vector=f"avg_over_time({bound.vector}[{window}])",
        limit=rule.limit_w,
        near_too=whole,
        over_too=whole,
    )
    reason = "A sliding window; the policy's begin by the clock"
    return [record, near_alert(mean), over_alert(rule, mean, 0.0, reason)]


def _members(rule: BudgetRule, budgets: Sequence[BudgetRule]) -> Members:
    """Return its own members and those of the budgets below it; None: every relay."""
    found = dict.fromkeys(rule.members or ())
    for below in budgets:
        if below.parent == rule.name:
            theirs = _members(below, budgets)
            if theirs is None:
                return None
            found.update(dict.fromkeys(theirs))
    return None if rule.members is None else tuple(found)


def _sum(
    rule: GroupRule, members: Members, limit_w: float | None, limit_a: float | None
) -> tuple[Record, Bound]:
    """Return what the members take together; who is silent counts nothing."""
    watts = limit_w is not None
    name = POWER_SUM if watts else CURRENT_SUM
    series = _SERIES[Quantity.POWER] if watts else PROTECTIVE_CURRENT
    record = Record(
        name=name,
        expr=f"sum without (ieee) ({series}{selector(ieee=members)})",
        labels={"rule": rule.name},
    )
    return record, Bound(
        what=f"{'power' if watts else 'current'} of the members together",
        vector=f"{name}{selector(rule=rule.name)}",
        limit=limit_w if limit_w is not None else limit_a or 0.0,
        unit=" W" if watts else " A",
    )


def _energy_budget(rule: EnergyBudgetRule) -> Rules:
    margin = f"{_MARGIN}{selector(rule=rule.name)}"
    budget = f"{number(rule.limit_joules / _JOULES_PER_KWH)} kWh of the {rule.per}"
    span = _RANGES[rule.per]
    used = f"increase(zigbee_relay_energy_joules_total{selector(ieee=rule.relays)}[{span}])"
    level = severity(rule, CRITICAL, WARNING)
    return [
        Alert(
            name=NEAR,
            severity=INFO,
            expr=f"{margin} < {number(APPROACHING)}",
            summary=f"{RELAY} has nearly used the {budget}",
            description=f"Less than {APPROACHING:.0%} is left until the policy acts.",
        ),
        Alert(
            name=OVER,
            severity=level,
            expr=f"{margin} <= 0",
            seconds=SLACK_SECONDS,
            labels={"stage": "used"},
            summary=f"{RELAY} has used the {budget}",
            description=f"What it switches off stays off until the next {rule.per}.",
        ),
        Alert(
            name=OVER,
            severity=level,
            expr=f"{used} > {number(2 * rule.limit_joules)}",
            seconds=SLACK_SECONDS,
            labels={"stage": "twice"},
            summary=f"{RELAY} has used more than twice the {budget}",
            description=f"It was so much in {span} that at least one {rule.per} was over "
            f"its limit. {ASK}",
        ),
    ]


def _standby(rule: StandbyRule) -> Rules:
    relays = selector(ieee=rule.relays)
    on = f"zigbee_relay_switch_state{selector(ieee=rule.relays, channel=rule.switch_off)} == 1"
    bound = Bound(
        what=f"power of {RELAY}",
        vector=f"{_SERIES[Quantity.POWER]}{relays}",
        limit=rule.below_w,
        below=True,
        over_too=f" and on (ieee) {on}",
    )
    seconds = rule.grace_seconds + rule.for_seconds
    reason = f"It has been so for more than {spoken(rule.for_seconds)}, and is still on"
    return [over_alert(rule, bound, seconds, reason)]


def _schedule(rule: ScheduleRule) -> Rules:
    return [
        Alert(
            name=OVER,
            severity=severity(rule, CRITICAL, WARNING),
            expr=state(rule, "over"),
            seconds=SCHEDULE_SECONDS,
            summary=f"{RELAY} is on outside of its hours",
            description=f"It has been so for {spoken(SCHEDULE_SECONDS)}. {ASK}",
        )
    ]


_KINDS: Final[dict[type[Rule], Callable[[Any], Rules]]] = {
    ThresholdRule: _threshold,
    InverseTimeRule: _inverse_time,
    DemandRule: _demand,
    EnergyBudgetRule: _energy_budget,
    StandbyRule: _standby,
    ScheduleRule: _schedule,
}
