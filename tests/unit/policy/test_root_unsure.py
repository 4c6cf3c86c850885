"""The relay's rating: silence, restarts, dry run, and whatever may come."""

import json

import pytest
from hypothesis import given, settings, strategies as st

from collector.model.decision import RuleState
from collector.model.policy import RootSettings
from collector.model.quantity import Quantity
from collector.policy.root import Root
from tests.unit.policy.guarded_relay import Enforced
from tests.unit.policy.small_house import SmallHouse, words

OK, LATCHED, STALE = RuleState.OK, RuleState.LATCHED, RuleState.STALE


def test_silence_keeps_what_is_and_begins_nothing() -> None:
    relay = Enforced()
    assert relay.home.ask(relay.root, 1.0).next_due == 120.0
    relay.over(2600.0, 90.0, 100.0)
    # 60 s of overload would be over at 150 s; nothing is heard after 100 s.
    assert words(relay.home.ask(relay.root, 219.0).cut) == "a/l1"
    verdict = relay.home.ask(relay.root, 220.0)
    assert (verdict.state, words(verdict.cut)) == (STALE, "a/l1")
    assert (verdict.alarm, verdict.margin) == (False, None)
    assert verdict.reason == ""  # no alarm: it is not over its rating
    assert verdict.next_due == float("inf")
    assert words(relay.home.ask(relay.root, 9000.0).hold) == "a/l1"
    assert relay.at(9001.0, 100.0).state is LATCHED


def test_what_nobody_could_see_is_no_overload_that_lasts() -> None:
    relay = Enforced()
    relay.at(0.0, 2600.0)
    relay.home.ask(relay.root, 1.0)
    relay.home.reject("a")
    relay.home.ask(relay.root, 1.0)
    assert relay.at(1000.0, 2600.0).cut == ()
    assert relay.at(1058.9, 2600.0).cut == ()
    assert words(relay.at(1059.0, 2600.0).cut) == "a/l1"


def test_an_overload_lasts_no_longer_than_its_last_value() -> None:
    relay = Enforced()
    relay.home.house.stale_after = {Quantity.POWER: 30.0}
    relay.at(0.0, 2600.0)
    assert relay.at(1000.0, 2600.0).next_due == 1030.0  # 30 s of it were seen


def test_before_the_first_reading_and_while_the_radio_is_down_nothing_is_said() -> None:
    home = SmallHouse()
    home.relay("a")
    root = Root(RootSettings(enforce=True), "a")
    verdict = home.ask(root, 5.0)
    assert (verdict.state, verdict.reason, verdict.next_due) == (STALE, "", 120.0)
    home.house.eyes_open = None
    assert home.ask(root, 500.0).reason == ""


def test_the_minute_and_the_latch_survive_a_restart() -> None:
    relay = Enforced()
    relay.over(2600.0, 0.0, 45.0)
    document = json.loads(json.dumps(relay.root.dump(relay.home.now)))
    after = Enforced()
    after.root.load(document, after.home.now)
    assert after.at(1000.0, 2600.0).cut == ()
    verdict = after.at(1015.0, 2600.0)
    assert words(verdict.cut) == "a/l1"
    after.open("l1", 1016.0)
    after.at(1017.0, 1000.0)
    document = json.loads(json.dumps(after.root.dump(after.home.now)))
    assert document["held"] == ["l1"]
    third = Enforced()
    third.root.load(document, third.home.now)
    assert third.root.dump(third.home.now) == document
    verdict = third.at(2000.0, 1000.0)
    assert (verdict.state, words(verdict.hold)) == (LATCHED, "a/l1")
    third.root.reset(third.home.now)
    assert third.at(2001.0, 1000.0).state is OK


@pytest.mark.parametrize(
    "document", [{}, {"held": 7}, {"held": [["l1"], "l3", 1]}, {"ran": "x"}]
)
def test_a_damaged_document_counts_as_nothing(document: dict[str, object]) -> None:
    relay = Enforced()
    relay.root.load(document, relay.home.now)
    assert relay.at(0.0, 2600.0).next_due == 60.0
    assert relay.home.ask(relay.root).hold == ()


def test_a_dry_run_counts_what_it_would_have_cut_as_off() -> None:
    relay = Enforced(virtual=True)
    assert words(relay.at(0.0, 4000.0).cut) == "a/l1"
    # 4,000 - 1,600 W are 10.4 A: too much still, once that was measured.
    assert words(relay.at(1.0, 4000.0).cut) == "a/l2"
    verdict = relay.at(2.0, 4000.0)
    assert (verdict.state, verdict.cut, verdict.margin) == (LATCHED, (), 1.0)
    assert words(verdict.hold) == "a/l1 a/l2"
    relay.open("l1", 3.0)
    assert words(relay.at(4.0, 4000.0).hold) == "a/l2"  # it is off in earnest


def test_a_dry_run_does_not_cut_the_same_channel_twice() -> None:
    relay = Enforced(virtual=True)
    relay.at(0.0, 4000.0)
    assert relay.at(1.0, 3000.0).state is LATCHED  # 1,400 W of channel 2
    assert words(relay.over(4500.0, 10.0, 70.0).cut) == "a/l2"
    assert relay.home.room(relay.root, "a") == float("inf")


steps = st.lists(
    st.tuples(
        st.sampled_from(["power", "power", "l1", "l2", "radio", "reject", "reset"]),
        st.sampled_from([0.0, 900.0, 2400.0, 2600.0, 4000.0, 1e5]),
        st.sampled_from([0.0, 1.0, 9.0, 11.0, 61.0, 130.0]),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=300)
@given(steps, st.sampled_from(["", "l1", "l2", "l1 l2"]), st.booleans())
def test_no_sequence_cuts_what_is_protected_or_both_at_once(
    sequence: list[tuple[str, float, float]], protected: str, virtual: bool
) -> None:
    relay = Enforced(virtual=virtual)
    relay.view.protected = frozenset(protected.split())
    home, root = relay.home, relay.root
    held: set[str] = set()
    for what, value, seconds in sequence:
        home.mono += seconds
        if what == "power":
            home.power("a", value)
        elif what == "radio":
            home.house.eyes_open = home.mono if value > 900 else None
        elif what == "reject":
            home.reject("a")
        elif what == "reset":
            root.reset(home.now)
            held = set()
        else:
            home.contact("a", what, value > 900)
        verdict = home.ask(root)
        twice = home.ask(root)
        assert twice.hold == verdict.hold  # asking twice changes nothing
        assert virtual or twice.cut == verdict.cut
        assert set(verdict.cut) <= set(verdict.hold)
        assert not {channel for _, channel in verdict.hold} & relay.view.protected
        assert len(set(words(verdict.hold).split()) - held) <= 1
        assert verdict.next_due > home.mono
        held = set(words(verdict.hold).split())
        again = Root(root.settings, "a", virtual=virtual)
        again.load(json.loads(json.dumps(root.dump(home.now))), home.now)
        assert set(home.ask(again).hold) >= set(verdict.hold)


documents = st.dictionaries(
    st.sampled_from(["held", "set", "locked", "restores", "ran"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400),
        lambda inner: st.lists(inner | st.sampled_from(["l1", "l9"]), max_size=4),
        max_leaves=6,
    ),
)


@settings(deadline=None, max_examples=200)
@given(documents)
def test_no_document_upsets_it(document: dict[str, object]) -> None:
    relay = Enforced()
    relay.root.load(document, relay.home.now)
    relay.at(1.0, 2600.0)
    assert json.dumps(relay.root.dump(relay.home.now))
