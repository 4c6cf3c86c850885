"""A configuration with every kind of policy, for the alerts that come from it."""

from datetime import time
from typing import Any

from collector.model.policy import (
    BudgetRule,
    Curve,
    DemandRule,
    EnergyBudgetRule,
    Hours,
    InverseTimeRule,
    Limit,
    Mode,
    Period,
    PolicyClass,
    PolicySettings,
    Restore,
    RestoreKind,
    RootSettings,
    Rule,
    ScheduleRule,
    StaleAction,
    StaleRule,
    StandbyRule,
    ThresholdRule,
)
from collector.model.quantity import Quantity
from collector.sinks.alert_rules import alert_rules

BOILER = "00:15:8d:00:03:a0:00:00"
FLOOR = "00:15:8d:00:03:a0:00:01"
# A name may hold everything that PromQL, Go templates and YAML take for their own.
ODD_NAME = "Wärme \"oben\" {{ $value }} \\ 'a': #|"
KWH = 3.6e6

_PROTECTION: dict[str, Any] = {
    "policy_class": PolicyClass.PROTECTION,
    "when_stale": StaleRule(action=StaleAction.OFF, after_seconds=900),
}
_ECONOMY: dict[str, Any] = {
    "policy_class": PolicyClass.ECONOMY,
    "when_stale": StaleRule(action=StaleAction.KEEP),
}


def overload(name: str = "overload", **changes: Any) -> ThresholdRule:
    """Return a rule for the boiler's power: 2,200 W for 10 s, 5 s more of grace."""
    told: dict[str, Any] = {
        "name": name,
        **_PROTECTION,
        "relays": (BOILER,),
        "switch_off": ("l1",),
        "quantity": Quantity.POWER,
        "limit": Limit(trip=2200, clear=2000),
        "for_seconds": 10,
        "grace_seconds": 5,
        "instant": 3200,
    }
    return ThresholdRule(**{**told, **changes})


def budget(name: str = "house", **changes: Any) -> BudgetRule:
    """Return a budget of 4,500 W over all relays."""
    told: dict[str, Any] = {
        "name": name,
        **_PROTECTION,
        "members": None,
        "shed": ((BOILER, "l1"), (FLOOR, "l2")),
        "limit_w": 4500,
    }
    return BudgetRule(**{**told, **changes})


RULES: tuple[Rule, ...] = (
    overload(),
    overload(
        ODD_NAME,
        quiet=(Hours(start=time(22), end=time(6)), Limit(trip=1500, clear=1300)),
        restore=Restore(kind=RestoreKind.AFTER, after_seconds=600, at_most=3),
    ),
    overload("trial", mode=Mode.DRY_RUN, instant=None, grace_seconds=0),
    ThresholdRule(
        name="undervoltage",
        **_PROTECTION,
        relays=None,
        switch_off=("l1", "l2"),
        quantity=Quantity.VOLTAGE,
        below=True,
        limit=Limit(trip=207, clear=212),
        for_seconds=2.5,
        restore=Restore(kind=RestoreKind.WHEN_CLEAR, at_most=3),
    ),
    InverseTimeRule(
        name="cable",
        **_PROTECTION,
        relays=(BOILER, FLOOR),
        switch_off=("l1",),
        rated_current_a=8,
        curve=Curve.VI,
        tms=1,
    ),
    budget(),
    budget("feeder", limit_w=None, limit_a=12, members=(BOILER, FLOOR), parent="house"),
    DemandRule(
        name="peak", **_ECONOMY, members=None, shed=((BOILER, "l1"),), limit_w=4000
    ),
    EnergyBudgetRule(
        name="daily",
        **_ECONOMY,
        relays=(BOILER,),
        switch_off=("l1",),
        per=Period.DAY,
        limit_joules=12 * KWH,
    ),
    ScheduleRule(
        name="nights",
        **_ECONOMY,
        relays=(FLOOR,),
        switch_off=("l2",),
        allowed=Hours(start=time(6), end=time(22)),
    ),
    StandbyRule(
        name="television",
        **_ECONOMY,
        relays=(FLOOR, BOILER),
        switch_off=("l1",),
        below_w=5,
        for_seconds=1800,
    ),
)
EVERYTHING = PolicySettings(rules=RULES, root=RootSettings(enforce=True))


def document(*rules: Rule, **settings: Any) -> dict[str, Any]:
    return alert_rules(PolicySettings(rules=rules, **settings), runbook_url="R")


def of(rule: Rule, *others: Rule) -> list[dict[str, Any]]:
    """The rules of one policy."""
    (group,) = (
        group
        for group in document(rule, *others)["groups"]
        if group["name"] == f"policy {rule.name}"
    )
    return list(group["rules"])


def found(rules: list[dict[str, Any]], alert: str, **labels: str) -> dict[str, Any]:
    """The one alert of this name and with these labels."""
    (rule,) = (
        rule
        for rule in rules
        if rule.get("alert") == alert and labels.items() <= rule["labels"].items()
    )
    return rule


def named(rule: type[Rule] | str) -> Any:
    (only,) = (each for each in RULES if rule in (type(each), each.name))
    return only
