"""kind: energy_budget: local periods, counters that fall, clocks that jump, restarts."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from collector.model.decision import RuleState
from collector.model.policy import EnergyBudgetRule, Period, PolicyClass, StaleRule
from collector.model.quantity import Quantity
from collector.policy.energy_budget import JOULES_PER_KWH, Account, EnergyBudget
from tests.unit.policy.stand import IEEE, KEEP, L1, OFF, OVERLOAD, Stand

BERLIN = ZoneInfo("Europe/Berlin")
KWH = JOULES_PER_KWH
BEFORE = 1e9  # J, where the counter stands when the rule begins


def berlin(text: str, fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return local.astimezone(UTC)


def kind(
    per: Period = Period.DAY, limit_kwh: float = 12.0, when_stale: StaleRule = KEEP
) -> EnergyBudget:
    rule = EnergyBudgetRule(
        name="daily",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=(IEEE,),
        switch_off=("l1",),
        per=per,
        limit_joules=limit_kwh * KWH,
    )
    return EnergyBudget(rule, IEEE)


def stand(judge: EnergyBudget | None = None, at: str = "2026-01-15 12:00") -> Stand:
    rule = Stand(judge or kind(), wall=berlin(at), zone=BERLIN)
    rule.contact(True)
    return use(rule, 0.0)


def use(rule: Stand, kwh: float, watts: float = 1000.0) -> Stand:
    """Let the counter show so much more than at the beginning."""
    rule.view.energy_joules = BEFORE + kwh * KWH
    rule.tell(watts)
    return rule


def used(rule: Stand, limit_kwh: float = 12.0) -> float:
    """Return the kWh that the rule has counted."""
    assert rule.verdict.margin is not None
    return (1.0 - rule.verdict.margin) * limit_kwh


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


# counters -----------------------------------------------------------------------------


def test_a_counter_that_fell_is_a_new_beginning_and_what_was_used_stays() -> None:
    rule = use(stand(), 8.0)
    rule.view.energy_joules = 0.0  # its state was lost
    rule.ask()
    assert used(rule) == pytest.approx(8.0)
    for joules, kwh in ((0.0, 8.0), (0.5 * KWH, 8.0), (2.0 * KWH, 9.5)):
        rule.view.energy_joules = joules
        rule.ask()
        assert used(rule) == pytest.approx(kwh)


def test_a_counter_that_is_not_known_yet_counts_nothing() -> None:
    rule = Stand(kind(), wall=berlin("2026-01-15 12:00"), zone=BERLIN)
    rule.tell(1000.0)  # a power before the first frame with the energy
    assert used(rule) == 0.0
    use(rule, 5.0)
    assert used(rule) == 0.0
    use(rule, 6.0)
    assert used(rule) == pytest.approx(1.0)


# clocks that jump ---------------------------------------------------------------------


def test_a_clock_that_leaps_into_tomorrow_and_back_gives_nothing_away() -> None:
    rule = use(stand(), 11.0)
    rule.set_wall(berlin("2026-01-16 12:00"))
    use(rule, 12.0)
    assert used(rule) == pytest.approx(1.0)  # by the date of now
    rule.set_wall(berlin("2026-01-15 12:00"))
    assert used(rule) == pytest.approx(11.0)
    use(rule, 13.0)
    assert rule.cuts()
    rule.set_wall(berlin("2026-01-16 00:00"))
    assert used(rule) == pytest.approx(1.0)  # this one was begun before


def test_a_clock_that_goes_back_over_midnight_does_not_give_a_fresh_budget() -> None:
    rule = use(stand(at="2026-01-15 00:30"), 12.5)
    rule.to(60)
    rule.set_wall(berlin("2026-01-14 23:30"))
    assert rule.cuts()
    rule.to(119)
    use(rule, 12.5)
    rule.to_wall(berlin("2026-01-15 00:00"))
    assert rule.cuts()
    rule.set_wall(berlin("2026-01-16 00:00"))
    use(rule, 12.5)
    assert not rule.cuts()


def test_a_clock_that_was_years_ahead_finds_its_way_back() -> None:
    rule = use(stand(), 5.0)
    for text, kwh in (
        ("2031-07-01 12:00", 0.0),
        ("2026-01-15 13:00", 5.0),
        ("2026-01-16 13:00", 0.0),
        ("2026-01-15 23:00", 5.0),
        ("2026-01-16 13:00", 0.0),
    ):
        rule.set_wall(berlin(text))
        assert used(rule) == pytest.approx(kwh)


def test_no_more_periods_are_kept_than_a_clock_needs_to_find_back() -> None:
    account = Account()
    account.use(BEFORE, date(2031, 1, 1))
    for day in range(1, 29):
        account.use(BEFORE + day, date(2026, 1, day))
    document = account.dump()
    assert isinstance(document["used"], dict)
    assert list(document["used"]) == ["2026-01-26", "2026-01-27", "2026-01-28"]


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


# restarts -----------------------------------------------------------------------------


def test_what_was_used_survives_a_restart_and_what_was_used_meanwhile_counts() -> None:
    rule = use(stand(), 8.0)
    later = rule.restarted(kind(), away=3600.0)
    later.tell(1000.0)  # before the counter is known
    assert used(later) == pytest.approx(8.0)
    use(later, 9.0)
    assert used(later) == pytest.approx(9.0)


def test_a_restart_over_midnight_begins_a_new_budget() -> None:
    rule = use(stand(), 12.5)
    later = rule.restarted(kind(), away=12 * 3600.0)
    assert later.holds()  # until something is known
    use(later, 12.5)
    assert not later.holds()
    assert used(later) == 0.0


def test_a_counter_that_was_committed_a_little_earlier_loses_nothing() -> None:
    rule = use(stand(), 8.0)
    later = rule.restarted(kind())
    use(later, 7.99)
    assert used(later) == pytest.approx(8.0)
    use(later, 8.5)
    assert used(later) == pytest.approx(8.51)


def test_an_account_that_was_never_used_leaves_nothing() -> None:
    assert Account().dump() == {}
    account = Account()
    account.use(0.0, date(2026, 1, 15))
    assert account.dump() == {}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"used": 7, "period": 8, "seen": "x"},
        {"used": ["2026-01-15"], "period": "2026-01-15", "seen": BEFORE},
        {"used": {"2026-01-15": "much", "tomorrow": 5}, "seen": -5},
        {"used": {"2026-01-15": float("nan")}, "period": "2026-01-15", "seen": None},
        {"used": {"2026-01-15": -7e6}, "period": "2026-13-15", "seen": 10**400},
    ],
)
def test_what_is_damaged_counts_as_nothing(document: dict[str, object]) -> None:
    account = Account()
    account.load(document)
    assert account.use(BEFORE, date(2026, 1, 15)) == 0.0
    assert account.use(BEFORE + 5.0, date(2026, 1, 15)) == 5.0
