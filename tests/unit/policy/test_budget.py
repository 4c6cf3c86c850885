"""Budgets: what is counted, and what is switched off first."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import Mode, StaleAction
from collector.model.quantity import Quantity
from collector.policy.budget import Budget
from collector.policy.verdict import Verdict
from tests.unit.policy.small_house import SmallHouse, budget_rule, words

OK, OVER, NEAR = RuleState.OK, RuleState.OVER, RuleState.APPROACHING


def three(*watts: float) -> SmallHouse:
    """A house of a, b and c, each with both channels on."""
    home = SmallHouse()
    for ieee, power in zip("abc", watts, strict=False):
        home.relay(ieee, power, on="l1 l2", loads={"l1": power / 2, "l2": power / 2})
    return home


def cut(verdict: Verdict) -> str:
    return words(verdict.cut)


@pytest.mark.parametrize(
    ("watts", "limit", "state", "margin"),
    [
        ((1000, 1000, 1000), 4500, OK, 1 / 3),
        ((2000, 2000, 50), 4500, OK, 0.1),
        ((2000, 2000, 51), 4500, NEAR, 0.0997777),
        ((2000, 2000, 500), 4500, NEAR, 0.0),
        ((2000, 2000, 500.01), 4500, OVER, -0.01 / 4500),
        ((2000, 2000, 1400), 4500, OVER, -0.2),
        ((0, 0, 0), 4500, OK, 1.0),
        # 0.1 + 0.2 in floats is above 0.3: rounding is no overload.
        ((0.1, 0.2), 0.3, NEAR, 0.0),
    ],
)
def test_power_of_all_members_is_added_up(
    watts: tuple[float, ...], limit: float, state: RuleState, margin: float
) -> None:
    verdict = three(*watts).ask(Budget(budget_rule(limit_w=limit, shed="a/l1")))
    assert verdict.state is state
    assert verdict.margin == pytest.approx(margin, abs=1e-6)
    assert (verdict.cut != ()) == (state is OVER)
    assert verdict.alarm is False


@pytest.mark.parametrize(
    ("members", "state"),
    [(None, OVER), (("a", "b", "c"), OVER), (("a", "b"), OK), (("a", "nobody"), OK)],
)
def test_only_members_count_and_only_they_are_asked_about(
    members: tuple[str, ...] | None, state: RuleState
) -> None:
    home = three(2000, 2000, 2000)
    budget = Budget(budget_rule(members=members), members=members)
    assert home.ask(budget).state is state
    assert budget.relays(home.house) == (members or ("a", "b", "c"))
    seen = {each.ieee for each in budget.inputs(home.house, home.now)}
    assert seen == {"a", "b", "c"} & set(members or "abc")
    no_word = members is not None and "c" not in members
    assert (home.room(budget, "c") == float("inf")) is no_word


@pytest.mark.parametrize(
    ("watts", "amperes", "limit", "state", "margin"),
    [
        ((1150, 1150), None, 12, OK, 2 / 12),  # 5 A + 5 A at 230 V
        ((1150, 1495), None, 12, NEAR, 0.5 / 12),
        ((1150, 1725), None, 12, OVER, -0.5 / 12),
        # What was measured counts where it is more than power over voltage.
        ((1150, 1150), (7.0, 6.0), 12, OVER, -1 / 12),
        ((1150, 1150), (4.0, 4.0), 12, OK, 2 / 12),
    ],
)
def test_a_limit_in_amperes_takes_the_current_to_protect_by(
    watts: tuple[float, float],
    amperes: tuple[float, float] | None,
    limit: float,
    state: RuleState,
    margin: float,
) -> None:
    home = three(*watts)
    for ieee, power, current in zip("ab", watts, amperes or (0, 0), strict=True):
        home.power(ieee, power, current=current)
    budget = Budget(budget_rule(limit_a=limit, shed="a/l1"))
    verdict = home.ask(budget)
    assert verdict.state is state
    assert verdict.margin == pytest.approx(margin)
    inputs = budget.inputs(home.house, home.now)
    assert {each.quantity for each in inputs} == {Quantity.CURRENT}
    assert home.room(budget, "a") == pytest.approx(max(0.0, margin * limit * 230))


@pytest.mark.parametrize(
    ("options", "off", "protected", "first"),
    [
        ({"shed": "a/l1 b/l1 c/l1"}, "", "", "a/l1"),
        ({"shed": "b/l1 a/l1"}, "", "", "b/l1"),
        ({"shed": "a/l1 b/l1"}, "a/l1", "", "b/l1"),
        ({"shed": "a/l1 b/l1"}, "", "a/l1", "b/l1"),
        ({"shed": "nobody/l1 b/l1"}, "", "", "b/l1"),
        # 500 W a channel: a is too small, c is not.
        ({"shed": "a/l1 c/l1", "min_shed_w": 600.0}, "", "", "c/l1"),
        ({"shed": "a/l1 c/l1", "min_shed_w": 500.0}, "", "", "a/l1"),
        # The last resort: only when nothing of the list is left.
        ({"shed": "a/l1", "last_resort": "b/l1"}, "", "", "a/l1"),
        ({"shed": "a/l1", "last_resort": "b/l1"}, "a/l1", "", "b/l1"),
        ({"shed": "a/l1", "last_resort": "b/l1"}, "", "a/l1", "b/l1"),
        ({"shed": "a/l1", "last_resort": "b/l1", "min_shed_w": 501.0}, "", "", "b/l1"),
        ({"shed": "", "last_resort": "c/l2 b/l1"}, "", "", "c/l2"),
        ({"shed": "a/l1"}, "a/l1", "", ""),
        ({"shed": "", "last_resort": ""}, "", "", ""),
    ],
)
def test_the_first_of_the_list_that_helps_is_cut(
    options: dict[str, object], off: str, protected: str, first: str
) -> None:
    home = three(1000, 4000, 4000)
    for word in off.split():
        home.house.relays[word[0]].contacts[word[2:]].on = False
    for word in protected.split():
        home.house.relays[word[0]].protected = frozenset({word[2:]})
    verdict = home.ask(Budget(budget_rule(**options)))
    assert cut(verdict) == words(verdict.hold) == first
    assert verdict.alarm is (first == "")
    assert verdict.reason.startswith("total power 9000 W is above 4500 W")
    assert verdict.reason.endswith("nothing left to switch off") is (first == "")


@pytest.mark.parametrize(
    ("watts", "on", "loads", "shed"),
    [
        # Remembered 2,000 W, and the thermostat has opened: it draws 3 W now.
        (3.0, "l1", {"l1": 2000.0}, False),
        (3.0, "l1 l2", {"l1": 2000.0, "l2": 3.0}, False),
        # Remembered small, and alone: the relay's meter knows better.
        (1500.0, "l1", {"l1": 20.0}, True),
        (1500.0, "l1 l2", {"l1": 20.0, "l2": 1480.0}, False),
        # Never measured: it may be worth it.
        (1500.0, "l1 l2", {}, True),
        (1500.0, "?", {}, True),
    ],
)
def test_a_channel_is_not_worth_it_if_it_takes_little_now(
    watts: float, on: str, loads: dict[str, float], shed: bool
) -> None:
    home = SmallHouse()
    home.relay("a", watts, on=on, loads=loads)
    home.relay("b", 5000.0)
    verdict = home.ask(Budget(budget_rule(shed="a/l1", min_shed_w=100.0)))
    assert cut(verdict) == ("a/l1" if shed else "")
    assert verdict.alarm is not shed


def test_the_remembered_load_decides_where_the_power_is_not_fresh() -> None:
    home = SmallHouse()
    home.relay("a", 10.0, loads={"l1": 2000.0})
    home.relay("b", 10.0, loads={"l1": 50.0})
    home.ask(budget := Budget(budget_rule(shed="b/l1 a/l1", min_shed_w=100.0)), 125.0)
    home.relay("c", 5000.0)
    assert cut(home.ask(budget)) == "a/l1"


@pytest.mark.parametrize(
    ("watts", "read"),
    [
        ((1000, 1000, 1000), ""),
        ((2000, 1500, 900), "a b c"),  # approaching
        ((2000, 3000, 4000), "a c b"),  # over: whose cut is awaited, then the largest
    ],
)
def test_near_the_limit_the_largest_are_read(
    watts: tuple[float, ...], read: str
) -> None:
    verdict = three(*watts).ask(Budget(budget_rule(shed="a/l1")))
    assert " ".join(verdict.read) == read


def test_never_more_than_four_relays_are_read_at_once() -> None:
    home = SmallHouse()
    for number in range(20):
        home.relay(f"r{number}", 250.0 + number)
    verdict = home.ask(Budget(budget_rule()))
    assert verdict.read == ("r19", "r18", "r17", "r16")


def test_a_reset_lets_everything_go() -> None:
    home = three(2000, 3000)
    budget = Budget(budget_rule(shed="a/l1"))
    home.ask(budget, 1.0)
    home.contact("a", "l1", False)
    home.power("b", 0.0)
    assert words(home.ask(budget, 2.0).hold) == "a/l1"
    budget.reset(home.now)
    assert home.ask(budget, 3.0).hold == ()
    assert budget.dump(home.now) == {}


def test_the_rule_is_known_by_its_configuration() -> None:
    rule = budget_rule(mode=Mode.DRY_RUN, when_stale=StaleAction.KEEP, shed="a/l1")
    assert Budget(rule).rule is rule
    assert Budget(rule).channels == (("a", "l1"),)
