"""Demand: the window is predicted, and saved before it is lost."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.model.decision import RuleState
from collector.policy.demand import Demand
from tests.unit.policy.demand_house import held, house
from tests.unit.policy.small_house import START, SmallHouse, demand_rule, words
from tests.unit.policy.toy_house import ToyHouse

OK, OVER, NEAR = RuleState.OK, RuleState.OVER, RuleState.APPROACHING


@pytest.mark.parametrize(
    ("first", "until", "then", "predicted"),
    [
        # (E + P · rest) / 900 s
        (2000.0, 0.0, 2000.0, 3000.0),
        (0.0, 450.0, 6000.0, 4000.0),
        (5000.0, 450.0, 1000.0, 4000.0),
        (0.0, 899.0, 9000.0, (1000 * 899 + 10_000 * 1) / 900),
        (4000.0, 300.0, 0.0, (5000 * 300 + 1000 * 600) / 900),
        (2600.0, 0.0, 2600.0, 3600.0),
        (2600.1, 0.0, 2600.1, 3600.1),
        (3000.1, 0.0, 3000.1, 4000.1),
    ],
)
def test_the_mean_at_the_end_of_the_window_is_what_counts(
    first: float, until: float, then: float, predicted: float
) -> None:
    home, demand = house(first), Demand(demand_rule(shed="a/l1"))
    mono = 0.0
    while mono < until:
        home.keep_fresh()
        home.ask(demand, mono)
        mono += 50.0
    state = held(home, demand, until, then)
    verdict = home.ask(demand)
    assert verdict.margin == pytest.approx((4000 - predicted) / 4000)
    assert state is (OVER if predicted > 4000 else NEAR if predicted > 3600 else OK)
    assert words(verdict.cut) == ("a/l1" if predicted > 4000 else "")


def test_it_is_shed_as_soon_as_the_window_would_be_lost() -> None:
    """4,000 W for 15 minutes are 3,600 kJ; 1,000 W for 400 s leave 3,200 kJ for 500 s."""
    home, demand = house(0.0), Demand(demand_rule(shed="a/l1"))
    for mono in range(0, 400, 100):
        held(home, demand, float(mono), 0.0)
    assert held(home, demand, 400.0, 5400.0) is NEAR
    assert home.ask(demand).cut == ()
    assert held(home, demand, 400.0, 5400.1) is OVER
    verdict = home.ask(demand)
    assert words(verdict.cut) == "a/l1"
    assert verdict.reason == (
        "mean power of these 15 minutes will be 4000 W, above 4000 W, with 6400 W for "
        "the rest"
    )


def test_the_next_window_is_looked_at_when_it_begins() -> None:
    home, demand = house(2000.0), Demand(demand_rule())
    home.ask(demand)
    home.mono = 800.0
    home.keep_fresh()
    assert home.ask(demand, 899.0).next_due == 900.0
    # A high power does not matter at the end of a window, and is over in the next one.
    assert held(home, demand, 899.5, 8000.0) is OK
    assert home.ask(demand, 900.0).state is OVER
    assert demand.window.joules == 0.0


@pytest.mark.parametrize(("load", "back"), [(3000.0, True), (3000.1, False)])
def test_what_comes_back_has_to_fit_into_this_window_and_the_next(
    load: float, back: bool
) -> None:
    """At 302 s this window has room for 4,500 W, and the next one for 3,000 W."""
    home, demand = house(5000.0), Demand(demand_rule(shed="a/l1"))
    home.ask(demand)
    home.contact("a", "l1", False)
    home.house.relays["a"].loads = {"l1": load}
    for mono in (0.5, 100.0, 200.0, 299.9):
        held(home, demand, mono, 0.0)
        assert words(home.ask(demand).hold) == "a/l1"
    held(home, demand, 302.0, 0.0)
    assert (words(home.ask(demand).hold) == "") is back


def test_it_comes_back_when_so_little_is_left_of_the_window_that_it_fits() -> None:
    """2,000 kJ are used by 300 s; with 1,000 W there are 1,000 kJ to spare at the end."""
    home = house(5667.0)
    demand = Demand(demand_rule(shed="a/l1", restore_interval_seconds=10.0))
    home.ask(demand)
    for mono in (100.0, 200.0, 300.0):
        held(home, demand, mono, 5667.0)
    home.contact("a", "l1", False)
    home.house.relays["a"].loads = {"l1": 2500.0}
    held(home, demand, 300.5, 0.0)
    spare = 4000 * 900 - demand.window.joules - 1000 * 599.5
    due = 900 - spare / 2500
    assert 311.0 < due < 900.0
    held(home, demand, 311.0, 0.0)
    mono = 311.0
    while mono < due - 60.0:
        mono += 50.0
        assert held(home, demand, mono, 0.0) is not OVER
        assert words(home.ask(demand).hold) == "a/l1"
    assert home.ask(demand).next_due == pytest.approx(due)
    assert words(home.ask(demand, due - 0.1).hold) == "a/l1"
    assert words(home.ask(demand, due + 0.001).hold) == ""
    assert home.room(demand, "a") >= 2500.0


def test_what_does_not_fit_into_this_window_comes_back_in_the_next() -> None:
    home = house(6000.0)
    demand = Demand(demand_rule(shed="a/l1", restore_interval_seconds=10.0))
    home.ask(demand)
    mono = 0.0
    while mono < 500.0:
        mono += 50.0
        held(home, demand, mono, 6000.0)
    home.contact("a", "l1", False)
    home.house.relays["a"].loads = {"l1": 2500.0}
    while mono < 880.0:
        mono += 50.0
        held(home, demand, mono, 0.0)
        assert words(home.ask(demand).hold) == ("a/l1" if mono < 900.0 else "")
    # The window is lost: nothing is left to shed, and that is said.
    assert mono == 900.0


@pytest.mark.parametrize(
    ("used", "rest", "room"),
    [
        (0.0, 900.0, 3000.0),
        (1000.0, 450.0, 3000.0),  # much is left of this one: the next one decides
        (6000.0, 450.0, 1000.0),  # 900 kJ for 450 s, and b takes half of it
        (9000.0, 450.0, 0.0),
    ],
)
def test_room_is_what_fits_now_and_from_the_next_window_on(
    used: float, rest: float, room: float
) -> None:
    home, demand = house(max(0.0, used - 1000.0)), Demand(demand_rule())
    mono = 0.0
    while mono < 900.0 - rest:
        home.keep_fresh()
        home.ask(demand, mono)
        mono += 50.0
    held(home, demand, 900.0 - rest, 0.0)
    assert home.room(demand, "a") == pytest.approx(room, abs=1e-6)
    home.moving("a", "l1")
    home.house.relays["a"].contacts["l1"].on = False
    home.house.relays["a"].loads = {"l1": 400.0}
    assert home.room(demand, "b") == pytest.approx(max(0.0, room - 400.0), abs=1e-6)


def test_at_the_edge_itself_the_next_window_decides() -> None:
    home, demand = house(0.0), Demand(demand_rule())
    home.ask(demand)
    home.mono = 900.0
    home.jump = -1e-7  # the wall clock is a hair behind
    home.keep_fresh()
    assert home.room(demand, "a") == pytest.approx(3000.0)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_night_of_a_clock_change_has_whole_windows(day: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    wall = datetime.fromisoformat(day).replace(tzinfo=zone)
    home = SmallHouse(wall=wall.astimezone(UTC), zone=zone)
    home.relay("a", 3000.0)
    demand = Demand(demand_rule())
    for minute in range(4 * 60):
        home.mono = minute * 60.0
        home.keep_fresh()
        assert home.ask(demand).margin == pytest.approx(0.25)
        assert demand.window.seconds == 900.0
        assert demand.window.joules == pytest.approx(3000 * 60 * (minute % 15))


def test_a_restart_in_the_middle_of_a_window_goes_on_with_it() -> None:
    home, demand = house(5000.0), Demand(demand_rule(shed="a/l1"))
    for mono in (0.0, 100.0, 200.0, 300.0):
        held(home, demand, mono, 5000.0)
    home.contact("a", "l1", False)
    held(home, demand, 301.0, 0.0)
    document = json.loads(json.dumps(demand.dump(home.now)))
    before = home.ask(demand)
    again = Demand(demand.rule)
    again.load(document, home.now)
    after = home.ask(again)
    assert (after.state, after.hold) == (before.state, before.hold)
    assert after.margin == pytest.approx(before.margin)
    # A minute later, on another monotonic clock: b alone for the gap.
    late = SmallHouse(wall=START + timedelta(seconds=361))
    late.relay("a", 0.0, on="", loads={"l1": 5000.0})
    late.relay("b", 1000.0)
    again = Demand(demand.rule)
    again.load(document, late.now)
    late.ask(again)
    assert again.window.joules == pytest.approx(demand.window.joules + 60 * 1000)


def test_a_person_who_overrides_is_not_overruled_at_once() -> None:
    home, demand = house(5000.0), Demand(demand_rule(shed="a/l1 b/l1"))
    assert words(home.ask(demand, 1.0).cut) == "a/l1"
    demand.withdraw(("a", "l1"), home.now)
    assert words(home.ask(demand, 2.0).hold) == "b/l1"


def test_a_dry_run_predicts_as_if_it_had_cut() -> None:
    home = house(5000.0)
    demand = Demand(demand_rule(shed="a/l1"), virtual=True)
    assert words(home.ask(demand, 1.0).cut) == "a/l1"
    held(home, demand, 2.0, 5000.0)
    verdict = home.ask(demand)
    assert (verdict.state, verdict.cut, words(verdict.hold)) == (OK, (), "a/l1")
    assert demand.window.predicted == pytest.approx((6000 * 2 + 1000 * 898) / 900)


def test_no_window_is_lost_by_loads_that_may_be_shed() -> None:
    """Six loads of 1,000 W, of which the first minutes are a peak, for three hours."""
    toy = ToyHouse({(f"r{number}", "l1"): 1000.0 for number in range(6)})
    shed = " ".join(f"r{number}/l1" for number in range(6))
    demand = Demand(demand_rule(shed=shed))
    toy.judges = [demand]
    means = []
    for quarter in range(1, 13):
        toy.run(until=quarter * 900.0 - 0.01)
        toy.ask(demand)
        means.append(demand.window.joules / 900)
    assert max(means) <= 4001.0
    # The first one pays for its beginning; the others are used up.
    assert means[0] > 3600.0
    assert min(means[1:]) > 3999.0
    assert len(toy.sent) <= 6
