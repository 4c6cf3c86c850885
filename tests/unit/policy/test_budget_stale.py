"""Budgets with silent members: each word for silence."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import StaleAction, StaleRule
from collector.model.reading import Quality
from collector.policy.budget import Budget
from tests.unit.policy.silent_house import SILENT_AT, TRIED_AT, counted, with_silent
from tests.unit.policy.small_house import SmallHouse, budget_rule, words

RATED, KEEP, OFF = StaleAction.ASSUME_RATED, StaleAction.KEEP, StaleAction.OFF
OK, OVER, STALE = RuleState.OK, RuleState.OVER, RuleState.STALE


@pytest.mark.parametrize(
    ("action", "watts", "on", "rated", "counts"),
    [
        (RATED, 400.0, "l1", {}, 2500.0),  # no rating: the most
        (RATED, 400.0, "l1", {"l1": 800.0}, 800.0),
        (RATED, 400.0, "l1 l2", {"l1": 800.0, "l2": 300.0}, 1100.0),
        (RATED, 400.0, "l1 l2", {"l1": 800.0}, 2500.0),
        (RATED, 400.0, "l2", {"l1": 800.0, "l2": 300.0}, 300.0),
        (RATED, 400.0, "", {"l1": 800.0}, 0.0),  # all off when last heard
        (RATED, 400.0, "?", {"l1": 800.0, "l2": 300.0}, 1100.0),
        (RATED, None, "?", {}, 2500.0),
        (KEEP, 400.0, "l1", {}, 400.0),
        (KEEP, 0.0, "l1", {}, 0.0),
        (KEEP, None, "l1", {"l1": 800.0}, 800.0),  # never known: not nothing
        (KEEP, None, "?", {}, 2500.0),
        (OFF, 400.0, "l1", {}, 400.0),
        (OFF, None, "l1", {"l1": 800.0}, 800.0),
    ],
)
def test_what_a_silent_member_counts_as(
    action: StaleAction,
    watts: float | None,
    on: str,
    rated: dict[str, float],
    counts: float,
) -> None:
    home = with_silent(watts, on, rated)
    budget = Budget(budget_rule(when_stale=action))
    # Not silent yet: as last known, and not known where it never was.
    assert counted(home, budget, 119.9) == watts
    assert counted(home, budget, TRIED_AT) == counts
    assert home.ask(budget).state is STALE
    assert home.ask(budget).reason == "power is silent: a"


def test_a_read_is_tried_before_a_rating_is_assumed() -> None:
    home = with_silent(400.0)
    budget = Budget(budget_rule())
    assert counted(home, budget, 100.0) == 400.0
    assert home.ask(budget).next_due == SILENT_AT
    assert home.ask(budget).read == ()
    assert counted(home, budget, SILENT_AT) == 400.0
    verdict = home.ask(budget)
    assert (verdict.state, verdict.read) == (STALE, ("a",))
    assert verdict.next_due == TRIED_AT
    assert counted(home, budget, 129.9) == 400.0
    # It has ended in vain before: that is enough.
    home.house.relays["a"].tried_at = 121.0
    assert counted(home, budget, 129.9) == 2500.0
    assert home.ask(budget).read == ()


def test_a_value_that_cannot_be_believed_is_silence_at_once() -> None:
    home = with_silent(400.0)
    budget = Budget(budget_rule())
    home.mono = 50.0
    home.reject("a")
    assert counted(home, budget, 50.0) == 400.0
    assert home.ask(budget).read == ("a",)
    assert counted(home, budget, 60.0) == 2500.0
    home.power("a", 300.0)
    assert counted(home, budget, 61.0) == 300.0
    assert home.ask(budget).state is OK


def test_a_member_of_which_nothing_but_nonsense_was_heard_is_not_known() -> None:
    home = with_silent(None)
    home.reject("a", Quality.NOT_MEASURED)
    budget = Budget(budget_rule(when_stale=KEEP))
    assert counted(home, budget, 1.0) == 2500.0


def test_before_everybody_was_heard_only_what_is_certain_counts() -> None:
    """After a start nothing is cut for a guess, and nothing comes back into it."""
    home = with_silent(None)
    budget = Budget(budget_rule(shed="b/l1"))
    verdict = home.ask(budget, 5.0)
    assert (verdict.state, verdict.margin, verdict.reason) == (STALE, None, "")
    assert verdict.cut == ()
    assert home.room(budget, "b") == 4500 - 1000 - 2500
    home.power("b", 4600.0)
    verdict = home.ask(budget, 6.0)
    assert (verdict.state, words(verdict.cut)) == (OVER, "b/l1")
    assert verdict.blind is False


def test_what_is_over_only_by_a_guess_ranks_behind_what_is_known() -> None:
    home = with_silent(400.0)
    budget = Budget(budget_rule(limit_w=3000.0, shed="b/l1"))
    counted(home, budget, 129.0)
    counted(home, budget, TRIED_AT)
    verdict = home.ask(budget)
    assert (verdict.state, words(verdict.cut), verdict.blind) == (OVER, "b/l1", True)
    assert "2500 W of it assumed for 1 silent" in verdict.reason
    home.power("b", 3001.0)
    verdict = home.ask(budget)
    assert (words(verdict.cut), verdict.blind) == ("b/l1", False)


def test_one_dead_relay_does_not_shed_the_whole_house() -> None:
    """Eight relays of 500 W and one dead one of 800 W under 4,500 W."""
    home = SmallHouse()
    names = [f"r{number}" for number in range(8)]
    for name in names:
        home.relay(name, 500.0, loads={"l1": 500.0})
    home.relay("dead", 500.0, rated={"l1": 800.0})
    home.house.relays["dead"].held.clear()
    budget = Budget(budget_rule(shed=" ".join(f"{name}/l1" for name in names)))
    shed = 0
    for mono in range(1, 600):
        home.mono = float(mono)
        for name in names:
            on = home.house.relays[name].contacts["l1"].on
            home.power(name, 500.0 if on else 0.0)
        for ieee, channel in home.ask(budget).cut:
            home.contact(ieee, channel, False)
            shed += 1
    # 4,000 + 800 W: one is enough.
    assert shed == 1
    assert home.ask(budget).state is STALE


def test_off_cuts_the_silent_members_own_channels_after_a_read_in_vain() -> None:
    home = with_silent(400.0, on="l1 l2")
    budget = Budget(budget_rule(when_stale=OFF, shed="b/l1 a/l1", last_resort="a/l2"))
    assert counted(home, budget, SILENT_AT) == 400.0
    assert home.ask(budget).cut == ()
    counted(home, budget, TRIED_AT)
    verdict = home.ask(budget)
    assert words(verdict.cut) == words(verdict.hold) == "a/l1 a/l2"
    assert (verdict.blind, verdict.state, verdict.alarm) == (True, STALE, False)
    # Silence is said again until they are open; and then nothing is left of the power.
    home.contact("a", "l1", False)
    assert words(home.ask(budget).cut) == "a/l2"
    home.contact("a", "l2", False)
    assert counted(home, budget, 135.0) == 0.0
    assert words(home.ask(budget).hold) == "a/l1 a/l2"
    # They do not come back while it is silent, and then one at a time.
    counted(home, budget, 5000.0)
    assert words(home.ask(budget).hold) == "a/l1 a/l2"
    home.power("a", 0.0)
    home.power("b", 0.0)
    assert words(home.ask(budget).hold) == "a/l1"


def test_off_may_be_told_to_wait() -> None:
    home = with_silent(400.0)
    stale = StaleRule(action=OFF, after_seconds=60.0)
    budget = Budget(budget_rule(when_stale=stale, shed="a/l1"))
    assert counted(home, budget, TRIED_AT) == 400.0
    assert (home.ask(budget).cut, home.ask(budget).next_due) == ((), 180.0)
    counted(home, budget, 180.0)
    assert words(home.ask(budget).cut) == "a/l1"


def test_off_leaves_alone_what_is_off_protected_or_in_no_list() -> None:
    home = with_silent(400.0, on="l1")
    budget = Budget(budget_rule(when_stale=OFF, shed="a/l2 b/l1"))
    counted(home, budget, TRIED_AT)
    assert home.ask(budget).cut == ()
    home = with_silent(400.0, on="l1")
    home.house.relays["a"].protected = frozenset({"l1"})
    budget = Budget(budget_rule(when_stale=OFF, shed="a/l1"))
    counted(home, budget, TRIED_AT)
    assert home.ask(budget).cut == ()


def test_a_relay_that_speaks_again_before_it_was_cut_is_left_on() -> None:
    home = with_silent(400.0)
    budget = Budget(budget_rule(when_stale=OFF, shed="a/l1"))
    counted(home, budget, TRIED_AT)
    assert words(home.ask(budget).cut) == "a/l1"
    home.power("a", 400.0)
    verdict = home.ask(budget, 131.0)
    assert (verdict.cut, verdict.hold, verdict.state) == ((), (), OK)


def test_a_cut_for_silence_keeps_no_excess_waiting() -> None:
    home = with_silent(400.0)
    home.relay("c", 4000.0)
    budget = Budget(budget_rule(when_stale=OFF, shed="a/l1 c/l1"))
    home.mono = 125.0
    home.power("c", 1000.0)
    counted(home, budget, TRIED_AT)
    assert words(home.ask(budget).cut) == "a/l1"
    home.power("c", 4000.0)
    verdict = home.ask(budget, 131.0)
    # Known excess first, alone; then silence.
    assert (words(verdict.cut), verdict.blind) == ("c/l1", False)
    home.contact("c", "l1", False)
    verdict = home.ask(budget, 132.0)
    assert (words(verdict.cut), verdict.blind) == ("a/l1", True)


def test_a_sentence_names_a_few_of_many_silent_members() -> None:
    home = SmallHouse()
    for ieee in "abcde":
        home.relay(ieee, 0.0)
    reason = home.ask(Budget(budget_rule(when_stale=KEEP)), 130.0).reason
    assert reason == "power is silent: a, b, c and 2 more"


def test_over_the_limit_the_silent_are_asked_before_the_large() -> None:
    home = with_silent(400.0)
    home.relay("c", 3000.0)
    budget = Budget(budget_rule(limit_w=3000.0, when_stale=KEEP))
    home.mono = 130.0
    home.power("b", 1000.0)
    home.power("c", 3000.0)
    assert home.ask(budget).read == ("a", "c", "b")
