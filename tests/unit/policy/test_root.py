"""The relay's own rating: power and current of both channels together."""

from dataclasses import replace
from typing import Any

import pytest

from collector.model.decision import RuleState
from collector.model.policy import ROOT, PolicyClass, RootSettings, StaleAction
from collector.model.quantity import Quantity
from collector.policy.root import Root
from tests.unit.policy.guarded_relay import Enforced
from tests.unit.policy.small_house import SmallHouse, words

OK, OVER, NEAR = RuleState.OK, RuleState.OVER, RuleState.APPROACHING
LATCHED = RuleState.LATCHED


@pytest.mark.parametrize(
    ("watts", "amperes", "options", "state", "margin"),
    [
        (1000.0, None, {}, OK, 1 - 1000 / 230 / 10),
        (2000.0, None, {"current_a": 100}, OK, 0.2),
        (2250.0, None, {"current_a": 100}, OK, 0.1),
        (2251.0, None, {"current_a": 100}, NEAR, 1 - 2251 / 2500),
        (2500.0, None, {"current_a": 100}, NEAR, 0.0),
        (2500.1, None, {"current_a": 100}, OVER, -0.00004),
        # 2,300 W are 10 A at 230 V: the smaller margin is the current's.
        (2300.0, None, {}, NEAR, 0.0),
        (2301.0, None, {}, OVER, 1 - 2301 / 2300),
        (1000.0, 9.5, {}, NEAR, 0.05),
        (1000.0, 10.1, {}, OVER, -0.01),
        (1000.0, 7.0, {"current_a": 6}, OVER, -1 / 6),
        (1500.0, 7.0, {"power_w": 1200}, OVER, -0.25),
    ],
)
def test_the_worse_of_power_and_current_counts(
    watts: float,
    amperes: float | None,
    options: dict[str, Any],
    state: RuleState,
    margin: float,
) -> None:
    home = SmallHouse()
    home.relay("a", watts, on="l1 l2")
    if amperes is not None:
        home.power("a", watts, current=amperes)
    verdict = home.ask(Root(replace(RootSettings(), **options), "a"))
    assert verdict.state is state
    assert verdict.margin == pytest.approx(margin, abs=1e-9)
    # Alarm only, unless it is told otherwise; and no inrush is an alarm.
    assert (verdict.alarm, verdict.cut) == (False, ())


@pytest.mark.parametrize(("watts", "seconds"), [(2510.0, 60.0), (3800.0, 0.0)])
def test_the_alarm_comes_when_it_would_cut(watts: float, seconds: float) -> None:
    home = SmallHouse()
    home.relay("a", watts, on="l1 l2")
    root = Root(RootSettings(current_a=100), "a")
    if seconds:
        assert not home.ask(root, 0.0).alarm
        assert not home.ask(root, seconds - 0.1).alarm
    assert home.ask(root, seconds).alarm


def test_the_sentence_names_the_worse_one() -> None:
    home = SmallHouse()
    home.relay("a", 2600.0)
    root = Root(RootSettings(), "a")
    assert home.ask(root).reason == "current 11.3 A is above 10 A"
    home.power("a", 2600.0, voltage=280.0)
    assert home.ask(root).reason == "power 2600 W is above 2500 W"


def test_it_is_a_rule_like_others() -> None:
    rule = Root(RootSettings(enforce=True), "a").rule
    assert (rule.name, rule.policy_class) == (ROOT, PolicyClass.PROTECTION)
    assert rule.when_stale.action is StaleAction.KEEP
    # A configuration with other limits makes another rule.
    assert rule != Root(RootSettings(enforce=True, power_w=2000.0), "a").rule
    assert rule == Root(RootSettings(enforce=True), "a").rule
    assert Root(RootSettings(), "a").channels == ()
    enforced = Enforced()
    assert words(enforced.root.channels) == "a/l1 a/l2"
    assert enforced.root.relays(enforced.home.house) == ("a",)
    inputs = enforced.root.inputs(enforced.home.house, enforced.home.now)
    assert [each.quantity for each in inputs] == [Quantity.POWER, Quantity.CURRENT]


def test_it_cuts_the_larger_load_after_a_minute_of_overload() -> None:
    relay = Enforced()
    verdict = relay.at(0.0, 2600.0)
    assert (verdict.state, verdict.cut, verdict.next_due) == (OVER, (), 60.0)
    assert relay.over(2600.0, 1.0, 59.9).cut == ()
    verdict = relay.at(60.0, 2600.0)
    assert words(verdict.cut) == words(verdict.hold) == "a/l1"
    assert (verdict.alarm, verdict.next_due) == (False, 70.0)
    assert words(relay.at(61.0, 2600.0).cut) == "a/l1"
    assert relay.open("l1", 61.5).cut == ()
    verdict = relay.at(62.0, 1000.0)
    assert (verdict.state, verdict.cut, words(verdict.hold)) == (LATCHED, (), "a/l1")
    # A person has to come.
    relay.home.keep_fresh()
    assert words(relay.at(100_000.0, 0.0).hold) == "a/l1"
    relay.root.reset(relay.home.now)
    verdict = relay.home.ask(relay.root)
    assert (verdict.state, verdict.hold) == (OK, ())
    assert relay.root.dump(relay.home.now) == {}


def test_a_break_in_the_overload_begins_the_minute_anew() -> None:
    relay = Enforced()
    relay.over(2600.0, 0.0, 59.0)
    relay.at(59.5, 2300.0)
    assert relay.over(2600.0, 60.0, 119.9).cut == ()
    assert words(relay.at(120.0, 2600.0).cut) == "a/l1"


@pytest.mark.parametrize(
    ("watts", "current_a", "at_once"),
    [
        (3750.0, 100.0, False),
        (3750.1, 100.0, True),
        (3450.0, 10.0, False),  # 15 A
        (3451.0, 10.0, True),
        (2600.0, 100.0, False),
    ],
)
def test_far_beyond_a_limit_it_cuts_at_once(
    watts: float, current_a: float, at_once: bool
) -> None:
    relay = Enforced(current_a=current_a)
    assert words(relay.at(1.0, watts).cut) == ("a/l1" if at_once else "")


def test_far_over_once_it_goes_on_while_it_is_over() -> None:
    relay = Enforced()
    relay.at(1.0, 4000.0)
    relay.open("l1", 2.0)
    assert words(relay.at(3.0, 2600.0).cut) == "a/l2"


@pytest.mark.parametrize(
    ("loads", "rated", "protected", "off", "first"),
    [
        ({"l1": 1600.0, "l2": 1000.0}, {}, "", "", "a/l1"),
        ({"l1": 1000.0, "l2": 1600.0}, {}, "", "", "a/l2"),
        ({"l1": 1000.0}, {"l2": 1100.0}, "", "", "a/l2"),
        ({"l1": 1000.0}, {"l1": 2000.0, "l2": 1100.0}, "", "", "a/l2"),
        ({"l1": 1000.0}, {}, "", "", "a/l2"),  # unknown: it may be the most
        ({}, {}, "", "", "a/l1"),
        ({"l1": 1600.0, "l2": 1000.0}, {}, "l1", "", "a/l2"),
        ({"l1": 1600.0, "l2": 1000.0}, {}, "", "l1", "a/l2"),
        ({"l1": 1600.0, "l2": 1000.0}, {}, "l1", "l2", ""),
        ({}, {}, "l1 l2", "", ""),
    ],
)
def test_the_larger_unprotected_load_goes_first(
    loads: dict[str, float],
    rated: dict[str, float],
    protected: str,
    off: str,
    first: str,
) -> None:
    home = SmallHouse()
    on = " ".join({"l1", "l2"} - set(off.split()))
    home.relay("a", 4000.0, on=on, loads=loads, rated=rated, protected=protected)
    verdict = home.ask(Root(RootSettings(enforce=True), "a"))
    assert words(verdict.cut) == words(verdict.hold) == first
    # With nothing to switch off a person must look.
    assert verdict.alarm is (first == "")


@pytest.mark.parametrize(
    ("opened", "measured", "second"),
    [
        (True, 2600.0, 62.0),  # measured, and over still
        (True, None, 70.0),  # 10 s
        (False, None, 70.0),
        (False, 2600.0, 70.0),  # it says nothing of a contact that is closed
    ],
)
def test_the_other_one_follows_when_that_was_not_enough(
    opened: bool, measured: float | None, second: float
) -> None:
    relay = Enforced()
    relay.over(2600.0, 0.0, 60.0)
    if opened:
        relay.open("l1", 61.0)
    if measured is not None:
        relay.at(62.0, measured)
    if second > 62.0:
        verdict = relay.home.ask(relay.root, second - 0.1)
        assert "a/l2" not in words(verdict.hold)
        assert verdict.next_due == pytest.approx(second)
    verdict = relay.home.ask(relay.root, second)
    assert words(verdict.cut) == ("a/l2" if opened else "a/l1 a/l2")
    assert words(verdict.hold) == "a/l1 a/l2"
    assert verdict.alarm is False


def test_over_with_both_off_is_an_alarm() -> None:
    """A contact that does not open."""
    relay = Enforced()
    relay.over(2600.0, 0.0, 60.0)
    relay.open("l1", 61.0)
    relay.at(62.0, 2600.0)
    relay.open("l2", 63.0)
    verdict = relay.at(64.0, 2600.0)
    assert (verdict.alarm, verdict.cut) == (True, ())
    assert words(verdict.hold) == "a/l1 a/l2"


def test_who_switches_on_what_is_latched_has_it_cut_by_the_normal_stages() -> None:
    relay = Enforced()
    relay.over(2600.0, 0.0, 60.0)
    relay.open("l1", 61.0)
    relay.at(62.0, 1000.0)
    relay.home.contact("a", "l1", True)
    assert relay.at(70.0, 2400.0 * 0.9).state is LATCHED
    assert relay.over(2600.0, 80.0, 139.9).cut == ()
    verdict = relay.at(140.0, 2600.0)
    assert (words(verdict.cut), words(verdict.hold)) == ("a/l1", "a/l1")
    # And while it is over it is cut as often as it comes back.
    relay.open("l1", 141.0)
    relay.home.contact("a", "l1", True)
    assert words(relay.at(142.0, 2600.0).cut) == "a/l1"


def test_every_overload_begins_with_the_larger_load() -> None:
    relay = Enforced()
    relay.over(2600.0, 0.0, 60.0)
    relay.at(61.0, 2000.0)  # it has ended before the contact was open
    assert words(relay.over(2600.0, 200.0, 260.0).cut) == "a/l1"


def test_a_cut_that_did_not_happen_is_not_held() -> None:
    relay = Enforced()
    relay.over(2600.0, 0.0, 60.0)
    relay.root.withdraw(("a", "l1"), relay.home.now)
    relay.root.withdraw(("a", "l2"), relay.home.now)
    verdict = relay.at(61.0, 2000.0)
    assert (verdict.state, verdict.hold) == (OK, ())
    relay.root.restored(("a", "l1"), relay.home.now)  # it never asks for that
    assert relay.root.dump(relay.home.now) == {}


def test_a_channel_that_is_protected_meanwhile_is_let_go() -> None:
    relay = Enforced()
    relay.over(2600.0, 0.0, 60.0)
    relay.view.protected = frozenset({"l1"})
    verdict = relay.at(61.0, 2600.0)
    assert (words(verdict.cut), words(verdict.hold)) == ("a/l2", "a/l2")


@pytest.mark.parametrize(
    ("enforce", "watts", "room"),
    [
        (True, 1000.0, 1500.0),
        (True, 2600.0, 0.0),
        (True, None, float("inf")),
        (False, 1000.0, float("inf")),
    ],
)
def test_a_relay_that_is_guarded_takes_no_more_than_its_rating(
    enforce: bool, watts: float | None, room: float
) -> None:
    home = SmallHouse()
    home.relay("a", watts)
    root = Root(RootSettings(enforce=enforce), "a")
    assert home.room(root, "a") == room
    assert home.room(root, "b") == float("inf")
