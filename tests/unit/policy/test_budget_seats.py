"""Group rules as the engine asks them: who before whom, and who knows whom."""

from collector.model.decision import RuleState
from collector.model.policy import Mode, PolicySettings, Rule
from collector.policy.budget import Budget
from collector.policy.group import GroupJudge
from collector.policy.rulebook import Seat
from collector.policy.rules import seats_for
from tests.unit.policy.small_house import (
    SmallHouse,
    budget_rule,
    demand_rule,
    words,
)

HOUSE = budget_rule(name="house", members=("c",), shed="c/l1")
FLOOR = budget_rule(
    name="floor", limit_w=3000.0, members=("b",), parent="house", shed="b/l1"
)
ROOM = budget_rule(
    name="room", limit_w=2000.0, members=("a",), parent="floor", shed="a/l1"
)
PEAK = demand_rule(name="peak", limit_w=9000.0)


def home() -> SmallHouse:
    small = SmallHouse()
    for ieee, watts in ("a", 2100.0), ("b", 1000.0), ("c", 1500.0):
        small.relay(ieee, watts, loads={"l1": watts})
    return small


def seats(small: SmallHouse, *rules: Rule, monitor: bool = False) -> dict[str, Seat]:
    settings = PolicySettings(rules=rules, monitor=monitor)
    found = seats_for(settings, small.house, {}, small.now)
    return {seat.name: seat for seat in found if isinstance(seat.judge, GroupJudge)}


def test_what_is_deepest_is_asked_first() -> None:
    found = seats(home(), HOUSE, PEAK, FLOOR, ROOM)
    assert list(found) == ["room", "floor", "house", "peak"]
    small = home()
    assert set(found["house"].judge.relays(small.house)) == {"a", "b", "c"}
    assert set(found["floor"].judge.relays(small.house)) == {"a", "b"}


def test_one_cut_below_serves_every_budget_above() -> None:
    """2,100 W in the room, 3,100 W on the floor and 4,600 W in the house: all over."""
    small = home()
    found = seats(small, HOUSE, FLOOR, ROOM)
    cuts = {name: words(small.ask(seat.judge).cut) for name, seat in found.items()}
    assert cuts == {"room": "a/l1", "floor": "", "house": ""}
    small.contact("a", "l1", False)
    for seat in found.values():
        small.ask(seat.judge, 1.0)
    small.mono = 2.0
    small.power("a", 0.0)
    states = {small.ask(seat.judge).state for seat in found.values()}
    assert RuleState.OVER not in states


def test_in_monitor_mode_every_group_rule_counts_what_it_would_have_cut() -> None:
    for found in (
        seats(home(), HOUSE, monitor=True),
        seats(home(), budget_rule(name="house", mode=Mode.DRY_RUN)),
    ):
        judge = found["house"].judge
        assert isinstance(judge, Budget)
        assert judge.virtual
