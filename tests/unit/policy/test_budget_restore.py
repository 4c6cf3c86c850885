"""Budgets: what comes back, in which order, and what waits."""

import pytest

from collector.policy.budget import Budget
from tests.unit.policy.shed_house import Shed
from tests.unit.policy.small_house import SmallHouse, budget_rule, words


def test_what_was_shed_last_comes_back_first_and_one_at_a_time() -> None:
    shed = Shed()
    assert shed.held(100.0) == "a/l1 b/l1 c/l1"
    assert shed.due == 220.0  # a power would be stale then
    assert shed.held(398.9) == "a/l1 b/l1 c/l1"
    assert shed.due == 399.0  # 300 s after the last excess, at 99 s
    assert shed.held(399.0) == "a/l1 b/l1"
    # Offered only: until it is on, no other one is.
    assert shed.held(600.0) == "a/l1 b/l1"
    shed.home.mono = 610.0
    shed.on("c")
    assert shed.held(611.0) == "a/l1 b/l1"
    assert shed.held(909.9) == "a/l1 b/l1"
    assert shed.held(910.0) == "a/l1"  # 300 s after the ON
    shed.on("b")
    # 500 + 2,000 + 1,500 W: a with 1,000 W does not fit, and nothing else is left.
    assert shed.held(3000.0) == "a/l1"
    shed.home.power("d", 0.0)
    assert shed.held(3001.0) == ""


@pytest.mark.parametrize(
    ("base", "offered"),
    [
        (2500.0, True),  # 2,500 + 2,000 = 4,500: it fits exactly
        (2500.1, False),
        (4500.0, False),
        (0.0, True),
    ],
)
def test_only_what_fits_comes_back(base: float, offered: bool) -> None:
    # b and a would fit, but they were shed before: c is worth more.
    assert Shed(base).held(500.0) == "a/l1 b/l1" + (" c/l1" if not offered else "")


def test_what_can_never_fit_holds_nobody_up() -> None:
    shed = Shed()
    shed.home.house.relays["c"].loads = {"l1": 4501.0}
    assert shed.held(500.0) == "a/l1 c/l1"


def test_an_unknown_load_counts_as_the_most_that_a_relay_switches() -> None:
    shed = Shed(base=2001.0)
    shed.home.house.relays["c"].loads = {}
    assert shed.held(500.0) == "a/l1 b/l1 c/l1"
    shed.home.power("d", 2000.0)
    assert shed.held(501.0) == "a/l1 b/l1"


def test_an_offer_is_taken_back_when_it_does_not_fit_any_more() -> None:
    shed = Shed()
    assert shed.held(399.0) == "a/l1 b/l1"
    shed.home.power("d", 2600.0)
    assert shed.held(400.0) == "a/l1 b/l1 c/l1"
    shed.home.power("d", 2500.0)
    assert shed.held(401.0) == "a/l1 b/l1"


def test_an_excess_takes_the_offer_back_and_the_wait_begins_anew() -> None:
    shed = Shed()
    assert shed.held(399.0) == "a/l1 b/l1"
    shed.home.power("d", 4501.0)
    verdict = shed.home.ask(shed.budget, 400.0)
    assert (verdict.alarm, words(verdict.hold)) == (True, "a/l1 b/l1 c/l1")
    shed.home.power("d", 500.0)
    assert shed.held(699.0) == "a/l1 b/l1 c/l1"
    assert shed.held(700.0) == "a/l1 b/l1"


def test_an_offer_that_nobody_takes_up_makes_way() -> None:
    """A person, or another rule, keeps c off: that is none of this rule's business."""
    shed = Shed(restore_interval_seconds=20.0)
    assert shed.held(200.0) == "a/l1 b/l1"
    assert shed.due == 320.0  # a power would be stale
    assert shed.held(499.9) == "a/l1 b/l1"
    assert shed.due == 500.0
    assert shed.held(500.0) == "a/l1"
    # The engine switches c on at last: it counts as a restore.
    shed.home.mono = 790.0
    shed.on("c")
    shed.on("b")
    assert shed.held(809.0) == "a/l1"
    assert shed.due > 809.0


def test_an_offer_lasts_as_long_as_the_interval_between_two() -> None:
    shed = Shed(restore_interval_seconds=1000.0)
    assert shed.held(1099.0) == "a/l1 b/l1"
    assert shed.held(2098.0) == "a/l1 b/l1"
    assert shed.held(2099.0) == "a/l1"


def test_a_person_who_switches_on_what_was_shed_is_heard() -> None:
    shed = Shed()
    shed.home.mono = 110.0
    shed.home.contact("b", "l1", True)
    shed.home.mono = 111.0
    shed.home.power("b", 1500.0)
    assert shed.held(112.0) == "a/l1 c/l1"
    # If that is too much, the normal order says what is shed: a and c are off already.
    shed.home.power("d", 3100.0)
    verdict = shed.home.ask(shed.budget, 113.0)
    assert (words(verdict.cut), words(verdict.hold)) == ("b/l1", "a/l1 c/l1 b/l1")


def test_an_offered_channel_that_is_on_is_back_whoever_did_it() -> None:
    shed = Shed()
    assert shed.held(399.0) == "a/l1 b/l1"
    shed.home.contact("c", "l1", True)
    shed.home.mono += 0.5
    shed.home.power("c", 2000.0)
    assert shed.held(400.0) == "a/l1 b/l1"
    assert shed.held(699.0) == "a/l1 b/l1"
    assert shed.held(700.0) == "a/l1"


def test_a_contact_that_nobody_knows_waits_and_holds_nobody_up() -> None:
    shed = Shed()
    shed.home.contact("c", "l1", None)
    assert shed.held(500.0) == "a/l1 c/l1"


def test_a_relay_that_was_removed_holds_nobody_up() -> None:
    shed = Shed()
    del shed.home.house.relays["c"]
    assert shed.held(500.0) == "a/l1 c/l1"
    # Nor does one that is removed while it is offered.
    del shed.home.house.relays["b"]
    assert shed.held(501.0) == "b/l1 c/l1"


def test_nothing_is_offered_while_the_radio_is_down() -> None:
    shed = Shed()
    shed.home.house.eyes_open = None
    assert shed.held(1000.0) == "a/l1 b/l1 c/l1"
    shed.home.house.eyes_open = 1001.0
    assert shed.held(1001.0) == "a/l1 b/l1"
    # Nor is an offer given up for an engine that cannot send.
    shed.home.house.eyes_open = None
    assert shed.held(5000.0) == "a/l1 b/l1"
    shed.home.house.eyes_open = 5000.0
    assert shed.held(5299.0) == "a/l1 b/l1"
    assert shed.held(5300.0) == "a/l1"


@pytest.mark.parametrize(
    ("change", "room"),
    [
        ("none", 4000.0),
        ("closing", 2000.0),  # a command of ours is on its way to c
        ("closed", 2000.0),  # c has closed, and its power was not measured since
        ("measured", 2000.0),
    ],
)
def test_room_counts_what_is_coming(change: str, room: float) -> None:
    shed = Shed()
    home = shed.home
    if change == "closing":
        home.moving("c", "l1")
    elif change != "none":
        home.contact("c", "l1", True)
    if change == "measured":
        home.mono += 1.0
        home.power("c", 2000.0)
    assert home.room(shed.budget, "d") == room
    assert home.room(shed.budget, "not in the house") == room


def test_there_is_never_less_than_no_room() -> None:
    home = SmallHouse()
    home.relay("a", 9000.0)
    assert home.room(Budget(budget_rule()), "a") == 0.0
