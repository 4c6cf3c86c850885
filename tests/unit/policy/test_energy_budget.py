"""kind: energy_budget: local periods, counters that fall, clocks that jump, restarts."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import Period, StaleRule
from collector.model.quantity import Quantity
from tests.unit.policy.energy import berlin, kind, stand, use, used
from tests.unit.policy.stand import L1, OFF, OVERLOAD

# the budget ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwh", "margin", "state"),
    [
        (0.0, 1.0, RuleState.OK),
        (6.0, 0.5, RuleState.OK),
        (10.9, 0.0917, RuleState.APPROACHING),
        (11.999, 0.0001, RuleState.APPROACHING),
        (12.0, 0.0, RuleState.OVER),
        (15.0, -0.25, RuleState.OVER),
    ],
)
def test_what_is_used_counts_from_the_beginning(
    kwh: float, margin: float, state: RuleState
) -> None:
    rule = use(stand(), kwh)
    assert rule.verdict.margin == pytest.approx(margin, abs=1e-4)
    assert rule.state() is state
    assert rule.cuts() is (state is RuleState.OVER)


def test_the_reason_has_the_numbers_in_it() -> None:
    rule = use(stand(), 12.25)
    assert rule.reason() == "energy 12.25 kWh of 12 kWh this day is used"


def test_it_is_over_until_the_next_day_and_then_lets_go() -> None:
    rule = use(stand(), 12.5)
    assert rule.cut() == (L1,)
    rule.contact(False)
    assert rule.cut() == ()  # as it should be
    assert rule.holds()
    assert rule.state() is RuleState.OVER
    for hour in range(13, 24):
        rule.to_wall(berlin(f"2026-01-15 {hour}:00"))
        use(rule, 12.5, watts=0.0)
        assert rule.holds()
    rule.to_wall(berlin("2026-01-15 23:59"))
    use(rule, 12.5, watts=0.0)
    assert rule.now.mono + 60.0 == rule.verdict.next_due
    rule.to_wall(berlin("2026-01-16 00:00"))
    assert not rule.holds()
    assert rule.state() is RuleState.OK
    use(rule, 13.0)
    assert used(rule) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("per", "at", "before", "after"),
    [
        (Period.DAY, "2026-03-28 23:30", "2026-03-28 23:59:30", "2026-03-29 00:00"),
        (Period.DAY, "2026-03-29 23:30", "2026-03-29 23:59:30", "2026-03-30 00:00"),
        (Period.DAY, "2026-10-25 23:30", "2026-10-25 23:59:30", "2026-10-26 00:00"),
        (Period.WEEK, "2026-03-29 23:30", "2026-03-29 23:59:30", "2026-03-30 00:00"),
        (Period.MONTH, "2026-03-31 23:30", "2026-03-31 23:59:30", "2026-04-01 00:00"),
    ],
)
def test_periods_end_at_local_midnight(
    per: Period, at: str, before: str, after: str
) -> None:
    rule = use(stand(kind(per), at), 12.0)
    rule.to_wall(berlin(before))
    use(rule, 12.0)
    assert rule.cuts()
    rule.to_wall(berlin(after))
    assert not rule.cuts()
    assert not rule.holds()


@pytest.mark.parametrize(
    ("per", "at"),
    [(Period.WEEK, "2026-03-28 23:59"), (Period.MONTH, "2026-03-29 23:59")],
)
def test_a_longer_period_does_not_end_with_the_day(per: Period, at: str) -> None:
    rule = use(stand(kind(per), at), 12.0)
    rule.to(90)
    assert rule.cuts()


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_of_a_clock_change_is_one_budget(day: str, hours: int) -> None:
    rule = stand(at=f"{day} 00:00")
    for hour in range(1, hours):
        rule.to(hour * 3600.0)
        use(rule, 0.1 * hour)
        assert used(rule) == pytest.approx(0.1 * hour)
    rule.to(hours * 3600.0 - 60)
    use(rule, 0.1 * hours)
    rule.to(hours * 3600.0)
    assert used(rule) == 0.0


def test_a_reset_gives_a_whole_budget() -> None:
    rule = use(stand(), 12.5)
    rule.judge.reset(rule.now)
    rule.ask()
    assert not rule.cuts()
    assert not rule.holds()
    use(rule, 13.0)
    assert used(rule) == pytest.approx(0.5)


def test_a_budget_of_nothing_is_always_used_up() -> None:
    assert stand(kind(limit_kwh=0.0)).cuts()


# silence ------------------------------------------------------------------------------


def test_an_edge_in_silence_is_seen_when_power_is_known_again() -> None:
    rule = use(stand(at="2026-01-15 23:50"), 12.5)
    rule.to(7200)
    assert rule.state() is RuleState.STALE
    assert rule.cuts()
    use(rule, 13.0)
    assert not rule.cuts()
    assert not rule.holds()
    # what became known after the edge counts for the period after it
    assert used(rule) == pytest.approx(0.5)


@pytest.mark.parametrize("when_stale", [OFF, OVERLOAD])
def test_silence_can_mean_off(when_stale: StaleRule) -> None:
    rule = use(stand(kind(when_stale=when_stale)), 1.0)
    assert rule.to_cut() == 130.0
    assert rule.blind()
    use(rule, 1.1)
    assert not rule.cuts()
    assert not rule.holds()


def test_the_inputs_are_those_of_the_power() -> None:
    rule = use(stand(), 1.0)
    (power,) = rule.judge.inputs(rule.house, rule.now)
    assert (power.quantity, power.value) == (Quantity.POWER, 1000.0)
