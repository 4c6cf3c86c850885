"""A rule that is faster than what it hears is warned of."""

import pytest

from collector.model.policy import (
    BudgetRule,
    Curve,
    EnergyBudgetRule,
    Period,
    Rule,
    ScheduleRule,
    StandbyRule,
)
from collector.model.quantity import Quantity
from tests.unit.cli.reaction_rules import BOILER, GROUP, RELAY, cable, threshold, told


@pytest.mark.parametrize(
    ("rule", "warning"),
    [
        (
            threshold(for_seconds=2),
            (
                "for_seconds 2 is faster than the power, which is heard of up to 3 s "
                "after a change"
            ),
        ),
        (
            threshold(Quantity.CURRENT, for_seconds=0.5),
            (
                "for_seconds 0.5 is faster than the current, which is heard of up to 3 s "
                "after a change"
            ),
        ),
        (
            threshold(Quantity.POWER_FACTOR, for_seconds=60),
            (
                "for_seconds 60 is faster than the power factor, which comes every 2 to "
                "5 minutes only: one report decides"
            ),
        ),
        (
            threshold(Quantity.VOLTAGE),
            (
                "for_seconds 0 is faster than the voltage, which comes every 2 to "
                "5 minutes only: one report decides"
            ),
        ),
        (
            cable(tms=0.1),
            (
                "the curve's 1.4 s at 2 times rated is faster than the current, which is "
                "heard of up to 3 s after a change"
            ),
        ),
        (
            StandbyRule(**RELAY, below_w=5, for_seconds=1),
            (
                "for_seconds 1 is faster than the power, which is heard of up to 3 s "
                "after a change"
            ),
        ),
        (
            BudgetRule(**GROUP, limit_w=100, shed_interval_seconds=1),
            (
                "shed_interval_seconds 1 is faster than the power, which is heard of up "
                "to 3 s after a change: it may shed more than enough"
            ),
        ),
    ],
)
def test_a_rule_that_is_faster_than_what_it_hears_is_warned_of(
    rule: Rule, warning: str
) -> None:
    assert told(rule).warnings == (warning,)


@pytest.mark.parametrize(
    "rule",
    [
        threshold(),  # at once is as fast as it is heard
        threshold(for_seconds=3),
        threshold(Quantity.VOLTAGE, for_seconds=300),
        cable(),
        cable(Curve.B),
        ScheduleRule(**RELAY),
        EnergyBudgetRule(**RELAY, per=Period.DAY, limit_joules=1),
        BudgetRule(**GROUP, limit_w=100, shed_interval_seconds=3),
        BudgetRule(
            **{**GROUP, "shed": ((BOILER, "l1"),)}, limit_w=1, shed_interval_seconds=0
        ),
    ],
)
def test_a_rule_that_is_slow_enough_is_not_warned_of(rule: Rule) -> None:
    assert told(rule).warnings == ()
