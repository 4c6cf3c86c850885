"""What was used: counters that fall, clocks that jump, restarts."""

from datetime import date

import pytest

from collector.policy.energy_budget import Account
from tests.unit.policy.energy import BEFORE, BERLIN, KWH, berlin, kind, stand, use, used
from tests.unit.policy.stand import Stand

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
