"""Budgets while the radio is down, and amperes that are believed longer than watts."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import StaleAction
from collector.model.quantity import Quantity
from collector.policy.budget import Budget
from tests.unit.policy.silent_house import SILENT_AT, counted, with_silent
from tests.unit.policy.small_house import SmallHouse, budget_rule, words

RATED, KEEP, OFF = StaleAction.ASSUME_RATED, StaleAction.KEEP, StaleAction.OFF
OK, STALE = RuleState.OK, RuleState.STALE


@pytest.mark.parametrize("action", [RATED, KEEP, OFF])
def test_while_the_radio_is_down_the_last_values_hold(action: StaleAction) -> None:
    home = with_silent(400.0)
    budget = Budget(budget_rule(limit_w=2000.0, when_stale=action, shed="a/l1 b/l1"))
    home.ask(budget, 1.0)
    home.house.eyes_open = None
    for mono in (119.0, 121.0, 5000.0):
        verdict = home.ask(budget, mono)
        assert (verdict.cut, verdict.hold, verdict.read) == ((), (), ())
        assert verdict.margin == pytest.approx(600 / 2000)
        assert verdict.state is (OK if mono < SILENT_AT else STALE)
    assert home.ask(budget).next_due == float("inf")
    # It is back: everybody has the whole limit anew before silence counts.
    home.house.eyes_open = 5000.0
    assert home.ask(budget, 5000.0).next_due == 5120.0
    assert home.ask(budget, 5119.9).cut == ()
    assert home.ask(budget).margin == pytest.approx(600 / 2000)
    assert (home.ask(budget, 5130.0).cut == ()) is (action is KEEP)


def test_while_the_radio_is_down_one_cut_does_not_lead_to_the_next() -> None:
    home = with_silent(4000.0)
    budget = Budget(budget_rule(shed="a/l1 b/l1"))
    assert words(home.ask(budget, 1.0).cut) == "a/l1"
    home.house.eyes_open = None
    for mono in (11.0, 50.0, 1000.0):
        verdict = home.ask(budget, mono)
        assert (words(verdict.cut), verdict.alarm) == ("a/l1", False)
    home.house.eyes_open = 1000.0
    assert words(home.ask(budget, 1009.9).cut) == "a/l1"
    assert words(home.ask(budget, 1010.0).cut) == "a/l1 b/l1"


@pytest.mark.parametrize(
    ("action", "counts"),
    [
        (RATED, 2500 / 230),
        (KEEP, 7.0),  # what was measured is more than 1,150 W / 230 V
        (OFF, 7.0),
    ],
)
def test_amperes_of_a_silent_member(action: StaleAction, counts: float) -> None:
    home = SmallHouse()
    home.relay("a")
    home.power("a", 1150.0, current=7.0)
    budget = Budget(budget_rule(limit_a=20.0, when_stale=action))
    assert home.ask(budget, 1.0).next_due == 120.0
    for mono in (119.0, 121.0, 719.0):  # a measured current is believed longer
        margin = home.ask(budget, mono).margin
        assert margin == pytest.approx((20 - 7) / 20)
        assert home.ask(budget).state is OK
    assert home.ask(budget, 720.0).state is STALE
    margin = home.ask(budget, 730.0).margin
    assert margin == pytest.approx((20 - counts) / 20)


@pytest.mark.parametrize(
    ("watts", "counts"), [(1150.0, 5.0), (None, 2500 / 230), (0.0, 0.0)]
)
def test_amperes_kept_without_a_measured_current(
    watts: float | None, counts: float
) -> None:
    home = SmallHouse()
    home.relay("a", watts)
    budget = Budget(budget_rule(limit_a=20.0, when_stale=KEEP))
    margin = home.ask(budget, 130.0).margin
    assert margin == pytest.approx((20 - counts) / 20)


def test_what_was_switched_off_since_it_was_measured_is_not_kept() -> None:
    home = with_silent(400.0, on="l1 l2")
    budget = Budget(budget_rule(when_stale=KEEP))
    home.mono = 50.0
    home.contact("a", "l1", False)
    assert counted(home, budget, 140.0) == 400.0  # half of it may be on
    home.contact("a", "l2", False)
    assert counted(home, budget, 141.0) == 0.0
    # What came at the same moment may be of before, or of after: it is kept.
    home.house.relays["a"].held[Quantity.POWER].mono = 140.0
    assert counted(home, budget, 300.0) == 400.0
    # A power that came with both open is a contact that does not open.
    home.power("a", 300.0)
    assert counted(home, budget, 300.0) == 300.0
