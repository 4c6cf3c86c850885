"""Budgets inside budgets: who counts whom, and who waits for whom."""

from collections.abc import Sequence

import pytest

from collector.model.decision import RuleState
from collector.policy.budget import Budget
from collector.policy.demand import Demand
from collector.policy.group import GroupJudge
from tests.unit.policy.small_house import SmallHouse, budget_rule, demand_rule, words


def acquaint(*judges: GroupJudge) -> None:
    for judge in judges:
        judge.peers = [each for each in judges if each is not judge]


class Nested:
    """A house of 4,500 W over a to d; a floor of 12 A (2,760 W) over a and b."""

    def __init__(
        self, *watts: float, house_dry: bool = False, floor_dry: bool = False
    ) -> None:
        self.home = SmallHouse()
        for ieee, power in zip("abcd", watts, strict=True):
            self.home.relay(ieee, power, loads={"l1": power})
        self.house = Budget(
            budget_rule(name="house", members=("c", "d"), shed="c/l1 d/l1"),
            members=("c", "d", "a", "b"),
            virtual=house_dry,
        )
        self.floor = Budget(
            budget_rule(
                name="floor",
                limit_a=12.0,
                members=("a", "b"),
                parent="house",
                shed="a/l1 b/l1",
            ),
            members=("a", "b"),
            ancestors=(self.house,),
            virtual=floor_dry,
        )
        acquaint(self.house, self.floor)

    def ask(self, mono: float, order: Sequence[str] = ("floor", "house")) -> list[str]:
        """Return what the house and the floor keep off, asked in this order."""
        judges = {"house": self.house, "floor": self.floor}
        held = {name: words(self.home.ask(judges[name], mono).hold) for name in order}
        return [held["house"], held["floor"]]

    def off(self, ieee: str, mono: float) -> None:
        """The relay opens, and is measured."""
        self.home.mono = mono
        self.home.contact(ieee, "l1", False)
        self.ask(mono)
        self.home.mono = mono + 0.1
        self.home.power(ieee, 0.0)


@pytest.mark.parametrize(
    ("watts", "house", "floor"),
    [
        ((1000, 1000, 1000, 1000), "", ""),
        ((2000, 1000, 100, 100), "", "a/l1"),  # 3,000 W are 13 A: the floor's matter
        ((1000, 1000, 2000, 1000), "c/l1", ""),  # 5,000 W: the house's
    ],
)
def test_a_parent_counts_everything_below_it(
    watts: tuple[float, ...], house: str, floor: str
) -> None:
    assert Nested(*watts).ask(1.0) == [house, floor]


def test_a_parent_waits_for_what_a_budget_below_it_cuts() -> None:
    """Both are over: 3,000 W on the floor, 5,100 W in the house."""
    nested = Nested(2000, 1000, 1100, 1000)
    assert nested.ask(1.0) == ["", "a/l1"]
    nested.off("a", 2.0)
    # That was enough for both.
    assert nested.ask(3.0) == ["", "a/l1"]
    assert nested.home.ask(nested.house).state is RuleState.OK


def test_a_parent_goes_on_when_that_was_not_enough_or_has_no_effect() -> None:
    nested = Nested(2000, 1000, 3000, 1000)
    assert nested.ask(1.0) == ["", "a/l1"]
    assert nested.ask(10.9) == ["", "a/l1"]
    assert nested.ask(11.0, ["house", "floor"]) == ["c/l1", "a/l1 b/l1"]
    nested = Nested(2000, 1000, 3000, 1000)
    nested.ask(1.0)
    nested.off("a", 2.0)
    assert nested.ask(3.0) == ["c/l1", "a/l1"]


def test_a_budget_waits_for_what_its_parent_cuts_from_its_own_members() -> None:
    home = SmallHouse()
    for ieee in "ab":
        home.relay(ieee, 3000.0, loads={"l1": 3000.0})
    house = Budget(budget_rule(shed="a/l1"))
    floor = Budget(
        budget_rule(limit_w=4000.0, shed="b/l1"),
        members=("a", "b"),
        ancestors=(house,),
    )
    acquaint(house, floor)
    assert words(home.ask(house, 1.0).cut) == "a/l1"
    verdict = home.ask(floor, 1.0)
    assert (verdict.cut, verdict.alarm, verdict.next_due) == ((), False, 11.0)


def test_a_budget_does_not_wait_for_a_cut_that_does_not_help_it() -> None:
    """The house cuts c; the floor of a and b has to help itself."""
    nested = Nested(1000, 1000, 3000, 1000)
    assert nested.ask(1.0) == ["c/l1", ""]
    nested.home.power("a", 2000.0)
    assert nested.ask(1.5) == ["c/l1", "a/l1"]


@pytest.mark.parametrize(
    ("house_dry", "floor_dry", "held"),
    [
        (False, False, ["", "a/l1"]),
        (True, True, ["", "a/l1"]),  # dry runs believe each other
        (True, False, ["", "a/l1"]),  # and what is really cut
        (False, True, ["c/l1", "a/l1"]),  # but nothing real waits for a dry run
    ],
)
def test_a_dry_run_keeps_nothing_real_waiting(
    house_dry: bool, floor_dry: bool, held: list[str]
) -> None:
    nested = Nested(2000, 1000, 1100, 1000, house_dry=house_dry, floor_dry=floor_dry)
    assert nested.ask(1.0) == held


def test_dry_runs_count_each_others_cuts_as_off() -> None:
    nested = Nested(2000, 1000, 1100, 1000, house_dry=True, floor_dry=True)
    nested.ask(1.0)
    for mono in (2.0, 20.0, 40.0):
        nested.home.mono = mono
        nested.home.keep_fresh()
        assert nested.ask(mono) == ["", "a/l1"]
    margin = nested.home.ask(nested.house).margin
    assert margin == pytest.approx((4500 - 3100) / 4500)


def test_a_dry_run_does_not_cut_what_another_one_has_cut() -> None:
    home = SmallHouse()
    for ieee in "ab":
        home.relay(ieee, 3000.0, loads={"l1": 3000.0})
    demand = Demand(demand_rule(shed="a/l1 b/l1"), virtual=True)
    budget = Budget(budget_rule(limit_w=2000.0, shed="a/l1 b/l1"), virtual=True)
    acquaint(demand, budget)
    assert words(home.ask(demand, 1.0).cut) == "a/l1"
    home.mono = 2.0
    home.keep_fresh()
    assert words(home.ask(budget).cut) == "b/l1"


@pytest.mark.parametrize(
    ("rest", "house_dry", "back"),
    [
        (2499.0, False, True),  # 1 W is left in the house
        (2500.0, False, True),
        (2501.0, False, False),  # there is room on the floor, and none in the house
        (9999.0, True, True),  # a dry run over its limit holds back nothing real
    ],
)
def test_what_comes_back_has_to_fit_in_every_budget_above(
    rest: float, house_dry: bool, back: bool
) -> None:
    nested = Nested(2000, 1000, 100, 0, house_dry=house_dry)
    nested.ask(1.0)
    nested.off("a", 2.0)
    nested.home.power("b", 0.0)
    nested.home.power("c", rest)
    nested.home.house.relays["c"].protected = frozenset({"l1"})
    nested.home.house.relays["d"].contacts["l1"].on = False
    for mono in (3.0, 302.5):
        nested.home.mono = mono
        nested.home.keep_fresh()
        _, floor = nested.ask(mono)
        assert floor == ("a/l1" if not back or mono < 302.0 else "")
    assert nested.home.room(nested.floor, "a") == pytest.approx(2760.0)
    expected = float("inf") if house_dry else 4500 - rest
    assert nested.home.room(nested.house, "a") == pytest.approx(expected)
    assert nested.home.room(nested.floor, "c") == float("inf")


def test_a_load_that_no_budget_above_can_take_holds_nobody_up() -> None:
    home = SmallHouse()
    home.relay("a", 800.0, loads={"l1": 800.0})
    home.relay("b", 4000.0, loads={"l1": 4000.0})
    house = Budget(budget_rule(limit_w=3000.0))
    floor = Budget(budget_rule(limit_w=4500.0, shed="a/l1 b/l1"), ancestors=(house,))
    acquaint(house, floor)
    home.ask(floor, 1.0)
    home.contact("a", "l1", False)
    home.ask(floor, 1.1)
    home.mono = 1.2
    home.power("a", 600.0)  # a glow that does not matter: the floor is over still
    assert words(home.ask(floor).hold) == "a/l1 b/l1"
    home.contact("b", "l1", False)
    home.ask(floor, 1.3)
    home.mono = 302.0
    home.power("a", 0.0)
    home.power("b", 0.0)
    # b was shed last, and 4,000 W will never fit into the 3,000 W above.
    assert words(home.ask(floor).hold) == "b/l1"


def test_a_demand_and_a_budget_do_not_cut_for_the_same_watts() -> None:
    home = SmallHouse()
    for ieee in "ab":
        home.relay(ieee, 3000.0, loads={"l1": 3000.0})
    budget = Budget(budget_rule(shed="a/l1"))
    demand = Demand(demand_rule(shed="b/l1"))
    acquaint(budget, demand)
    assert words(home.ask(budget, 1.0).cut) == "a/l1"
    assert (home.ask(demand).cut, home.ask(demand).state) == ((), RuleState.OVER)
