"""Demand without all that it needs: silence, a start, a clock that is set."""

from datetime import timedelta

import pytest

from collector.model.decision import RuleState
from collector.model.policy import StaleAction
from collector.policy.demand import Demand
from tests.unit.policy.demand_house import held, house
from tests.unit.policy.small_house import START, SmallHouse, demand_rule, words

OK, OVER, STALE = RuleState.OK, RuleState.OVER, RuleState.STALE


def test_nothing_is_predicted_before_everybody_was_heard() -> None:
    home = SmallHouse(wall=START + timedelta(seconds=300))
    home.relay("a", None, loads={"l1": 1000.0})
    home.relay("b", 9000.0)
    demand = Demand(demand_rule(shed="b/l1"))
    verdict = home.ask(demand, 10.0)
    assert (verdict.state, verdict.margin, verdict.cut) == (STALE, None, ())
    assert home.room(demand, "a") == 0.0
    home.mono = 20.0
    home.power("a", 0.0)
    # What was missed of the window counts with the first power of all.
    assert home.ask(demand).state is OVER
    assert demand.window.joules == 9000 * 320


@pytest.mark.parametrize(
    ("action", "watts", "cut"),
    [
        (StaleAction.ASSUME_RATED, 2500.0, ""),
        (StaleAction.KEEP, 500.0, ""),
        (StaleAction.OFF, 500.0, "a/l1"),
    ],
)
def test_each_word_for_silence(action: StaleAction, watts: float, cut: str) -> None:
    home, demand = house(500.0), Demand(demand_rule(when_stale=action, shed="a/l1"))
    home.ask(demand)
    joules = 0.0
    for mono in (60.0, 120.0, 130.0, 190.0):
        home.mono = mono
        home.power("b", 1000.0)
        verdict = home.ask(demand)
        joules = 1500.0 * min(mono, 130.0) + (1000 + watts) * max(0.0, mono - 130.0)
        assert demand.window.joules == pytest.approx(joules)
    verdict = home.ask(demand)
    assert (verdict.state, words(verdict.cut)) == (STALE, cut)
    predicted = (joules + (1000 + watts) * 710.0) / 900
    assert verdict.margin == pytest.approx((4000 - predicted) / 4000)


def test_a_window_that_is_lost_by_a_guess_ranks_behind() -> None:
    home = house(500.0)
    home.house.relays["b"].loads = {"l1": 1000.0}
    demand = Demand(demand_rule(limit_w=3000.0, shed="b/l1"))
    home.ask(demand)
    for mono in (60.0, 129.0, 130.0):
        home.mono = mono
        home.power("b", 1000.0)
        home.ask(demand)
    verdict = home.ask(demand)
    assert (verdict.state, words(verdict.cut), verdict.blind) == (OVER, "b/l1", True)
    assert "2500 W of it assumed for 1 silent" in verdict.reason


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 100.0])
def test_a_clock_that_is_set_does_not_shed_at_once(jump: float) -> None:
    home, demand = house(2500.0), Demand(demand_rule(shed="a/l1"))
    home.ask(demand)
    held(home, demand, 60.0, 2500.0)
    home.jump = jump
    # 9,000 W and more would be too much for what is left of any window.
    assert held(home, demand, 61.0, 90_000.0) is OVER
    assert home.ask(demand).cut == ()
    assert home.ask(demand).next_due == 71.0
    assert home.ask(demand, 70.9).cut == ()
    assert words(home.ask(demand, 71.0).cut) == "a/l1"


def test_a_clock_that_is_set_forgets_what_was_used() -> None:
    home, demand = house(2900.0), Demand(demand_rule(shed="a/l1"))
    for mono in range(0, 800, 100):
        held(home, demand, float(mono), 2900.0)
    home.jump = 3600.0
    assert held(home, demand, 800.0, 2900.0) is OK
    assert demand.window.joules == 0.0


def test_nothing_comes_back_before_everybody_was_heard() -> None:
    home = SmallHouse()
    home.relay("a", 0.0, on="", loads={"l1": 100.0})
    home.relay("b", None)
    demand = Demand(demand_rule(shed="a/l1", restore_interval_seconds=5.0))
    demand.load({"shed": [["a", "l1", True]]}, home.now)
    assert words(home.ask(demand, 20.0).hold) == "a/l1"
    home.power("b", 0.0)
    assert words(home.ask(demand, 21.0).hold) == ""
