"""Budgets in dry run: what they would have cut counts as off."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import Mode
from collector.policy.budget import Budget
from tests.unit.policy.small_house import SmallHouse, budget_rule, channels, words


class DryRun:
    """b draws 2,000 W, a 3,000 W by two channels, c 1,000 W; 4,500 W are allowed."""

    def __init__(self) -> None:
        self.home = SmallHouse()
        self.home.relay("a", 3000.0, on="l1 l2", loads={"l1": 1000.0, "l2": 2000.0})
        self.home.relay("b", 2000.0, loads={"l1": 2000.0})
        self.home.relay("c", 1000.0, loads={"l1": 1000.0})
        rule = budget_rule(shed="a/l1 b/l1 c/l1 a/l2", mode=Mode.DRY_RUN)
        self.budget = Budget(rule, virtual=True)

    def step(self, mono: float) -> tuple[str, str]:
        """Everything is measured again; nothing has been switched."""
        self.home.mono = mono
        self.home.keep_fresh()
        verdict = self.home.ask(self.budget)
        self.verdict = verdict
        return words(verdict.cut), words(verdict.hold)


def test_a_dry_run_counts_what_it_would_have_cut_as_off() -> None:
    dry = DryRun()
    assert dry.step(1.0) == ("a/l1", "a/l1")
    # 6,000 - 1,000 W is too much still: the next one, when that was measured.
    assert dry.step(2.0) == ("b/l1", "a/l1 b/l1")
    # 3,000 W: enough. It is not said again and again, and nothing else is shed.
    assert dry.step(3.0) == ("", "a/l1 b/l1")
    assert dry.verdict.state is RuleState.OK
    assert dry.verdict.margin == pytest.approx(1500 / 4500)
    assert dry.step(301.0) == ("", "a/l1 b/l1")
    # 3,000 + 2,000 W do not fit.
    assert dry.step(3000.0) == ("", "a/l1 b/l1")
    dry.home.power("c", 500.0)
    assert dry.step(3001.0) == ("", "a/l1")
    # That counts again at once; and a fits only when there is room for both.
    assert dry.verdict.next_due <= 3301.0
    assert dry.step(3302.0) == ("", "a/l1")
    dry.home.power("c", 0.0)
    dry.home.power("b", 1000.0)
    assert dry.step(3303.0) == ("", "")
    assert dry.home.room(dry.budget, "a") == float("inf")  # it has no word


def test_a_dry_run_believes_a_contact_that_is_really_moved() -> None:
    dry = DryRun()
    dry.step(1.0)
    dry.step(2.0)
    dry.home.contact("b", "l1", False)
    dry.home.power("b", 0.0)
    assert dry.step(3.0) == ("", "a/l1 b/l1")
    dry.home.contact("b", "l1", True)
    dry.home.power("b", 2000.0)
    # On again: a person's word, so it is shed anew by the normal order.
    assert dry.step(4.0) == ("b/l1", "a/l1 b/l1")


def test_a_dry_run_survives_a_restart_without_saying_it_again() -> None:
    dry = DryRun()
    dry.step(1.0)
    dry.step(2.0)
    document = dry.budget.dump(dry.home.now)
    dry.budget = Budget(dry.budget.rule, virtual=True)
    dry.budget.load(document, dry.home.now)
    assert dry.step(3.0) == ("", "a/l1 b/l1")


def test_a_dry_run_with_all_channels_shed_counts_the_relay_as_nothing() -> None:
    home = SmallHouse()
    home.relay("a", 3000.0, on="l1 l2")  # loads unknown
    budget = Budget(budget_rule(limit_w=1000.0, shed="a/l1 a/l2"), virtual=True)
    assert words(home.ask(budget, 1.0).cut) == "a/l1"
    home.power("a", 3000.0)
    home.mono = 2.0
    home.power("a", 3000.0)
    # 3,000 - 2,500 W that an unknown load may take: enough.
    assert words(home.ask(budget).hold) == "a/l1"
    home.power("a", 3600.0)
    assert words(home.ask(budget, 3.0).hold) == "a/l1 a/l2"
    home.mono = 4.0
    home.power("a", 9000.0)
    verdict = home.ask(budget)
    assert (verdict.margin, verdict.alarm) == (1.0, False)
    assert channels(words(verdict.hold)) == verdict.hold
