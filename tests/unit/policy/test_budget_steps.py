"""Budgets: one cut at a time, and what becomes of each."""

import pytest

from collector.model.decision import RuleState
from collector.policy.budget import Budget
from collector.policy.verdict import Verdict
from tests.unit.policy.small_house import SmallHouse, budget_rule, words

OK, OVER = RuleState.OK, RuleState.OVER


def two(a: float, b: float) -> SmallHouse:
    """A house of two relays with both channels on."""
    home = SmallHouse()
    for ieee, watts in ("a", a), ("b", b):
        home.relay(ieee, watts, on="l1 l2", loads={"l1": watts / 2, "l2": watts / 2})
    return home


def cut(verdict: Verdict) -> str:
    return words(verdict.cut)


def test_one_at_a_time_and_the_next_when_the_effect_of_the_last_is_measured() -> None:
    """9,000 W, 4,500 W allowed; a, b and c take 2,000, 3,000 and 4,000 W by channel 1."""
    home = SmallHouse()
    for ieee, watts in zip("abc", (2000.0, 3000.0, 4000.0), strict=True):
        home.relay(ieee, watts, loads={"l1": watts})
    budget = Budget(budget_rule(shed="a/l1 b/l1 c/l1"))
    verdict = home.ask(budget, 1.0)
    assert (cut(verdict), verdict.next_due) == ("a/l1", 11.0)
    # Said again as long as the contact is closed.
    home.moving("a", "l1")
    home.mono = 1.5
    home.power("b", 3000.0)
    assert cut(home.ask(budget)) == "a/l1"
    # Open, and no power since: the old one says nothing.
    home.mono = 2.0
    home.contact("a", "l1", False)
    verdict = home.ask(budget)
    assert (cut(verdict), words(verdict.hold), verdict.state) == ("", "a/l1", OVER)
    assert verdict.read[0] == "a"
    home.power("c", 4000.0)
    assert cut(home.ask(budget, 2.5)) == ""
    # Measured: the next one.
    home.mono = 3.0
    home.power("a", 0.0)
    verdict = home.ask(budget)
    assert (cut(verdict), words(verdict.hold)) == ("b/l1", "a/l1 b/l1")
    home.mono = 4.0
    home.contact("b", "l1", False)
    home.mono = 5.0
    home.power("b", 0.0)
    verdict = home.ask(budget)
    assert (cut(verdict), words(verdict.hold)) == ("", "a/l1 b/l1")
    assert (verdict.state, verdict.alarm) == (OK, False)


@pytest.mark.parametrize("opened", [False, True])
def test_an_effect_that_nobody_measures_is_waited_for_so_long(opened: bool) -> None:
    home = two(2000, 3000)
    budget = Budget(budget_rule(shed="a/l1 b/l1 c/l1", shed_interval_seconds=7.0))
    home.ask(budget, 1.0)
    if opened:
        home.contact("a", "l1", False)
    assert "b" not in cut(home.ask(budget, 7.9))
    verdict = home.ask(budget, 8.0)
    # What was asked for and has not happened is still asked for.
    assert cut(verdict) == ("b/l1" if opened else "a/l1 b/l1")
    assert verdict.next_due == 15.0


def test_over_with_nothing_left_is_an_alarm_once_the_last_effect_is_known() -> None:
    home = two(2000, 6000)
    budget = Budget(budget_rule(shed="a/l1"))
    assert home.ask(budget, 1.0).alarm is False
    home.contact("a", "l1", False)
    assert home.ask(budget, 2.0).alarm is False
    home.power("a", 1000.0)
    home.mono = 2.5
    home.power("a", 1000.0)
    verdict = home.ask(budget)
    assert (verdict.alarm, verdict.cut, words(verdict.hold)) == (True, (), "a/l1")
    assert "nothing left" in verdict.reason


def test_a_cut_that_is_not_needed_any_more_is_taken_back() -> None:
    home = two(2000, 3000)
    budget = Budget(budget_rule(shed="a/l1"))
    home.ask(budget, 1.0)
    home.power("b", 1000.0)
    verdict = home.ask(budget, 1.1)
    assert (verdict.cut, verdict.hold, verdict.state) == ((), (), OK)


def test_a_command_on_its_way_is_not_forgotten_when_the_power_falls_first() -> None:
    home = two(2000, 3000)
    budget = Budget(budget_rule(shed="a/l1"))
    home.ask(budget, 1.0)
    home.moving("a", "l1")
    home.power("a", 1000.0)
    verdict = home.ask(budget, 1.1)
    assert (cut(verdict), words(verdict.hold)) == ("a/l1", "a/l1")
    home.contact("a", "l1", False)
    verdict = home.ask(budget, 1.2)
    assert (cut(verdict), words(verdict.hold)) == ("", "a/l1")


def test_a_contact_that_nobody_knows_is_cut_and_held_and_asked_for_while_over() -> None:
    home = SmallHouse()
    home.relay("a", 5000.0, on="?")
    budget = Budget(budget_rule(shed="a/l1"))
    assert cut(home.ask(budget, 1.0)) == "a/l1"
    home.power("a", 100.0)
    verdict = home.ask(budget, 2.0)
    assert (cut(verdict), words(verdict.hold)) == ("", "a/l1")
    home.contact("a", "l1", True)
    assert home.ask(budget, 3.0).hold == ()


def test_a_cut_that_did_not_happen_goes_to_the_end_of_the_line_for_a_minute() -> None:
    home = two(2000, 3000)
    budget = Budget(budget_rule(shed="a/l1 b/l1"))
    home.ask(budget, 1.0)
    budget.withdraw(("a", "l1"), home.now)
    verdict = home.ask(budget, 2.0)
    assert (cut(verdict), words(verdict.hold)) == ("b/l1", "b/l1")
    budget.withdraw(("b", "l1"), home.now)
    verdict = home.ask(budget, 3.0)
    assert (verdict.cut, verdict.alarm, verdict.next_due) == ((), True, 61.0)
    assert cut(home.ask(budget, 61.0)) == "a/l1"
    budget.withdraw(("c", "l1"), home.now)  # never cut: nothing to withdraw
    assert cut(home.ask(budget, 61.5)) == "a/l1"


def test_a_channel_that_is_protected_meanwhile_is_let_go() -> None:
    home = two(2000, 3000)
    budget = Budget(budget_rule(shed="a/l1 b/l1"))
    home.ask(budget, 1.0)
    home.house.relays["a"].protected = frozenset({"l1"})
    assert cut(home.ask(budget, 2.0)) == "b/l1"


def test_a_relay_that_was_removed_keeps_nobody_waiting() -> None:
    home = two(2000, 5000)
    budget = Budget(budget_rule(shed="a/l1 b/l1"))
    home.ask(budget, 1.0)
    del home.house.relays["a"]
    verdict = home.ask(budget, 2.0)
    assert (cut(verdict), verdict.next_due) == ("", 11.0)
    assert cut(home.ask(budget, 11.0)) == "b/l1"
