"""A rule of kind inverse_time, and currents that flow through it."""

from collector.model.policy import (
    Curve,
    InverseTimeRule,
    PolicyClass,
    Restore,
    StaleRule,
)
from collector.model.quantity import Quantity
from collector.policy.inverse_time import InverseTime
from tests.unit.policy.stand import IEEE, KEEP, MANUAL, Stand

AMPERES = Quantity.CURRENT


def kind(
    curve: Curve = Curve.VI,
    *,
    tms: float = 1.0,
    rated: float = 8.0,
    grace_seconds: float = 0.0,
    restore: Restore = MANUAL,
    when_stale: StaleRule = KEEP,
) -> InverseTime:
    rule = InverseTimeRule(
        name="cable",
        policy_class=PolicyClass.PROTECTION,
        when_stale=when_stale,
        relays=(IEEE,),
        switch_off=("l1",),
        restore=restore,
        grace_seconds=grace_seconds,
        rated_current_a=rated,
        curve=curve,
        tms=tms,
    )
    return InverseTime(rule, IEEE)


def pulse(rule: Stand, *steps: tuple[float, float]) -> Stand:
    """Let currents (times rated) flow, each for so many s."""
    for ratio, seconds in steps:
        rule.tell(8.0 * ratio, AMPERES)
        rule.to(rule.seconds + seconds)
    return rule


def heat(rule: Stand) -> float:
    assert rule.verdict.margin is not None
    return 1.0 - rule.verdict.margin
