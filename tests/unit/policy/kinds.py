"""One rule of every kind, for what holds for all of them."""

from collections.abc import Callable
from datetime import time

from collector.model.policy import (
    Curve,
    EnergyBudgetRule,
    Hours,
    InverseTimeRule,
    Limit,
    Period,
    PolicyClass,
    Restore,
    ScheduleRule,
    StaleRule,
    StandbyRule,
)
from collector.policy.energy_budget import EnergyBudget
from collector.policy.inverse_time import InverseTime
from collector.policy.relay_judge import RelayJudge
from collector.policy.schedule import Schedule
from collector.policy.standby import Standby
from collector.policy.threshold import Threshold
from tests.unit.policy.stand import IEEE, KEEP, MANUAL, threshold

Make = Callable[[StaleRule, Restore], RelayJudge]


def overload(when_stale: StaleRule, restore: Restore) -> RelayJudge:
    rule = threshold(
        for_seconds=30.0, instant=3500.0, when_stale=when_stale, restore=restore
    )
    return Threshold(rule, IEEE)


def curve(letter: Curve) -> Make:
    def make(when_stale: StaleRule, restore: Restore) -> RelayJudge:
        rule = InverseTimeRule(
            name="cable",
            policy_class=PolicyClass.PROTECTION,
            when_stale=when_stale,
            relays=None,
            switch_off=("l1",),
            restore=restore,
            rated_current_a=8.0,
            curve=letter,
        )
        return InverseTime(rule, IEEE)

    return make


def standby(when_stale: StaleRule, restore: Restore) -> RelayJudge:
    rule = StandbyRule(
        name="standby",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=None,
        switch_off=("l1",),
        restore=restore,
        below_w=500.0,
        for_seconds=60.0,
    )
    return Standby(rule, IEEE)


def schedule(when_stale: StaleRule, restore: Restore) -> RelayJudge:
    rule = ScheduleRule(
        name="hours",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=None,
        switch_off=("l1",),
        restore=restore,
        allowed=Hours(start=time(12), end=time(12, 10)),
    )
    return Schedule(rule, IEEE)


def energy(when_stale: StaleRule, restore: Restore) -> RelayJudge:
    rule = EnergyBudgetRule(
        name="daily",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=None,
        switch_off=("l1",),
        restore=restore,
        per=Period.DAY,
        limit_joules=1e6,
    )
    return EnergyBudget(rule, IEEE)


def quiet_overload(when_stale: StaleRule, restore: Restore) -> RelayJudge:
    rule = threshold(for_seconds=30.0, when_stale=when_stale, restore=restore)
    hours = Hours(start=time(12, 5), end=time(12, 15))
    object.__setattr__(rule, "quiet", (hours, Limit(trip=1500.0, clear=1300.0)))
    return Threshold(rule, IEEE)


KINDS: dict[str, Make] = {
    "threshold": overload,
    "quiet": quiet_overload,
    "standby": standby,
    "schedule": schedule,
    "energy_budget": energy,
    **{f"inverse_time {letter}": curve(letter) for letter in Curve},
}


def made(
    kind: str, when_stale: StaleRule = KEEP, restore: Restore = MANUAL
) -> RelayJudge:
    """Return a new judge of this kind."""
    return KINDS[kind](when_stale, restore)
