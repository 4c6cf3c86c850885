"""Budgets in a house that reacts: they come to rest, and they do not hunt."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from collector.model.decision import RuleState
from collector.model.policy import BudgetRule, ChannelKey
from collector.policy.budget import ROUNDING, Budget
from collector.policy.demand import Demand
from collector.policy.group import GroupJudge
from tests.unit.policy.small_house import budget_rule, channels, demand_rule
from tests.unit.policy.toy_house import ToyHouse

NAMES = ("l1", "l2")


def acquaint(*judges: GroupJudge) -> list[GroupJudge]:
    for judge in judges:
        judge.peers = [each for each in judges if each is not judge]
    return list(judges)


def nested(house: BudgetRule, floor: BudgetRule) -> list[GroupJudge]:
    """A house over every relay, and a floor below it; the floor is asked first."""
    above = Budget(house)
    below = Budget(floor, members=floor.members, ancestors=(above,))
    return acquaint(below, above)


def helpless(toy: ToyHouse, judge: Budget) -> bool:
    """Whether all that the rule may cut is off or protected."""
    views = toy.house.relays
    return all(
        name in views[ieee].protected or views[ieee].contacts[name].on is False
        for ieee, name in judge.channels
    )


@dataclass(frozen=True)
class House:
    """A house, and a budget in a budget."""

    loads: dict[ChannelKey, float]
    off: frozenset[ChannelKey]
    protected: frozenset[ChannelKey]
    house: BudgetRule
    floor: BudgetRule
    deaf: set[str]


@st.composite
def houses(draw: st.DrawFn) -> House:
    relays = [f"r{number}" for number in range(draw(st.integers(1, 4)))]
    keys = [(ieee, name) for ieee in relays for name in NAMES]
    watts = st.sampled_from([0.0, 0.1, 60.0, 333.3, 1000.0, 2000.0, 2500.0])
    loads = {key: draw(watts) for key in keys}
    some = st.sets(st.sampled_from(keys)).map(frozenset)
    order = draw(st.permutations(keys))
    cut = draw(st.integers(0, len(keys)))
    members = tuple(draw(st.sets(st.sampled_from(relays), min_size=1)))
    inside = [key for key in draw(st.permutations(keys)) if key[0] in members]
    limits = st.one_of(
        st.sampled_from([1.0, 1000.0, 2333.3, 5000.0]), st.floats(1, 2e4)
    )
    return House(
        loads=loads,
        off=draw(some),
        protected=draw(some),
        house=budget_rule(
            name="house",
            limit_w=draw(limits),
            shed=tuple(order[:cut]),
            last_resort=tuple(order[cut : cut + draw(st.integers(0, 2))]),
            restore_interval_seconds=draw(st.sampled_from([20.0, 100.0])),
        ),
        floor=budget_rule(
            name="floor",
            limit_w=draw(limits),
            members=members,
            parent="house",
            shed=tuple(inside),
        ),
        deaf=draw(st.sets(st.sampled_from(relays), max_size=1)),
    )


@settings(deadline=None, max_examples=100)
@given(houses())
def test_every_house_comes_to_rest_below_its_limits_or_with_all_that_may_be_off(
    house: House,
) -> None:
    toy = ToyHouse(house.loads, house.off, house.protected)
    toy.deaf = house.deaf
    below, above = toy.judges = nested(house.house, house.floor)
    toy.run(until=2000.0)
    for judge, limit in (below, house.floor.limit_w), (above, house.house.limit_w):
        assert isinstance(judge, Budget)
        assert limit is not None
        out_of_reach = any(ieee in toy.deaf for ieee, _ in judge.channels)
        if toy.total(judge) > limit + ROUNDING:
            assert out_of_reach or helpless(toy, judge)
            assert toy.verdicts[judge].alarm
        else:
            assert toy.verdicts[judge].state is not RuleState.OVER
    hearing = [key for key in house.loads if key[0] not in toy.deaf]
    for key in hearing:
        # With constant loads: off once, and back once at the most.
        assert toy.switchings(key) in ([], [False], [False, True])
        assert not (toy.switchings(key) and key in house.off)


@settings(deadline=None, max_examples=100)
@given(houses())
def test_nothing_is_kept_off_that_fits(house: House) -> None:
    """At rest the next one to come back, by its order, does not fit."""
    toy = ToyHouse(house.loads, house.off, house.protected)
    judge = Budget(house.house)
    toy.judges = [judge]
    toy.run(until=2000.0)
    held = judge.shedding.held
    limit = house.house.limit_w or 0.0
    last = house.loads[held[-1]] if held else limit + 1.0
    if last <= limit:
        over = toy.verdicts[judge].state is RuleState.OVER
        assert over or last > toy.room(judge, held[-1][0])


@settings(deadline=None, max_examples=100)
@given(houses())
def test_a_dry_run_comes_to_rest_too_and_moves_nothing(house: House) -> None:
    toy = ToyHouse(house.loads, house.off, house.protected)
    for key, load in house.loads.items():
        toy.house.relays[key[0]].loads = {
            **toy.house.relays[key[0]].loads,
            key[1]: load,
        }
    judge = Budget(house.house, virtual=True)
    toy.judges = [judge]
    toy.run(until=2000.0)
    real = ToyHouse(house.loads, house.off, house.protected)
    twin = Budget(house.house)
    real.judges = [twin]
    real.run(until=2000.0)
    assert toy.sent == []
    # What it would have done is what the same rule does.
    assert judge.shedding.held == twin.shedding.held


@pytest.mark.parametrize(
    ("limit", "off"),
    [
        (9000.0, ""),
        (5500.0, "a/l1"),
        (5000.0, "a/l1"),
        (4999.0, "a/l1 b/l1"),
        (2000.0, "a/l1 b/l1 c/l1"),
        (100.0, "a/l1 b/l1 c/l1 d/l1"),
    ],
)
def test_as_much_is_shed_as_is_needed_in_the_order_of_the_list(
    limit: float, off: str
) -> None:
    """a to d take 1,000, 2,000, 2,500 and 500 W: 6,000 W in all."""
    loads = zip("abcd", (1000.0, 2000.0, 2500.0, 500.0), strict=True)
    toy = ToyHouse({(ieee, "l1"): watts for ieee, watts in loads})
    judge = Budget(budget_rule(limit_w=limit, shed="a/l1 b/l1 c/l1 d/l1"))
    toy.judges = [judge]
    toy.run(until=200.0)
    assert judge.shedding.held == channels(off)
    moments = [mono for mono, _, _ in toy.sent]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap == pytest.approx(1.2) for gap in gaps)  # as fast as it is measured


def test_a_load_that_comes_and_goes_is_followed_without_haste() -> None:
    toy = ToyHouse({("a", "l1"): 2000.0, ("b", "l1"): 1000.0})
    toy.judges = [Budget(budget_rule(limit_w=2500.0, shed="b/l1"))]
    for minute in range(0, 120, 10):  # a takes 2,000 W for ten minutes of twenty
        toy.load["a", "l1"] = 2000.0 if minute % 20 == 0 else 0.0
        toy.run(until=minute * 60.0 + 600.0)
    assert toy.switchings(("b", "l1")) == [False, True] * 6


def test_a_deaf_relay_delays_the_next_cut_once_and_no_more() -> None:
    toy = ToyHouse({("a", "l1"): 2000.0, ("b", "l1"): 1000.0, ("c", "l1"): 1000.0})
    toy.deaf = {"a"}
    judge = Budget(budget_rule(limit_w=2000.0, shed="a/l1 b/l1 c/l1"))
    toy.judges = [judge]
    toy.run(until=60.0)
    first = {channel: mono for mono, channel, _ in reversed(toy.sent)}
    assert first["b", "l1"] - first["a", "l1"] == pytest.approx(10.0)
    assert first["c", "l1"] - first["b", "l1"] == pytest.approx(1.2)
    # It is asked for as long as it is needed.
    assert toy.verdicts[judge].cut == ()
    assert toy.total(judge) == 2000.0


def test_a_demand_and_a_budget_live_together() -> None:
    loads = {(ieee, "l1"): 1500.0 for ieee in "abcd"}
    toy = ToyHouse(loads)
    budget = Budget(budget_rule(limit_w=5000.0, shed="a/l1 b/l1"))
    demand = Demand(demand_rule(limit_w=4000.0, shed="d/l1 c/l1"))
    toy.judges = acquaint(budget, demand)
    toy.run(until=3 * 3600.0)
    assert sum(toy.watts(ieee) for ieee in "abcd") <= 4000.0
    assert all(len(toy.switchings(key)) <= 2 for key in loads)
