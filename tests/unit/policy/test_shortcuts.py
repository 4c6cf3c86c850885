"""Most readings take a shortcut through the rules; it leads where the long way leads."""

import copy
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from collector.model.clock import Now
from collector.model.policy import Restore, RootSettings, StaleRule
from collector.policy.finding import Finding
from collector.policy.relay_judge import RelayJudge
from collector.policy.root import Root
from collector.policy.verdict import Verdict
from collector.policy.view import House, RelayView
from tests.unit.policy.kinds import KINDS, made
from tests.unit.policy.stand import IEEE, KEEP, MANUAL, Stand, after, off_after
from tests.unit.policy.test_group_properties import (
    Choice,
    Step,
    apply,
    begin,
    judge_of,
    rules,
    steps,
)
from tests.unit.policy.test_rule_properties import HAPPENINGS, Happening, happen

RESTORES = st.sampled_from([MANUAL, after(20.0, at_most=1)])


def same(one: Verdict, other: Verdict) -> None:
    """The two say the same; heat that is summed up in other steps differs by bits."""
    for each in fields(Verdict):
        found, expected = getattr(one, each.name), getattr(other, each.name)
        if isinstance(expected, float):
            expected = pytest.approx(expected)
        assert found == expected, each.name


class LongWay(Stand):
    """The same rule without its shortcut, if it has one."""

    def ask(self) -> Verdict:
        judge: Any = self.judge
        judge._calm = None
        return super().ask()


@pytest.mark.parametrize("kind", KINDS)
@given(HAPPENINGS, st.sampled_from([KEEP, off_after(60.0)]), RESTORES)
def test_of_one_relay(
    kind: str, happenings: list[Happening], when_stale: StaleRule, restore: Restore
) -> None:
    short = Stand(made(kind, when_stale, restore))
    long = LongWay(made(kind, when_stale, restore))
    for halves, what, value in happenings:
        for rule in (short, long):
            rule.to(rule.seconds + halves / 2)
            happen(rule, what, value)
        same(copy.copy(short.verdict), copy.copy(long.verdict))


@given(HAPPENINGS)
def test_of_the_rating(happenings: list[Happening]) -> None:
    short, long = (
        kind(Root(RootSettings(enforce=True), IEEE))  # type: ignore[arg-type]
        for kind in (Stand, LongWay)
    )
    for halves, what, value in happenings:
        for rule in (short, long):
            rule.to(rule.seconds + halves / 2)
            happen(rule, what, value)
        same(short.verdict, long.verdict)


@settings(max_examples=300)
@given(rules, steps)
def test_of_a_group(choice: Choice, sequence: list[Step]) -> None:
    homes, judges = (begin(), begin()), (judge_of(choice), judge_of(choice))
    for step in sequence:
        verdicts = []
        for home, judge in zip(homes, judges, strict=True):
            apply(home, judge, step)
            if judge is judges[1]:
                judge._calm, judge.members._helds = None, []
            verdicts.append(home.ask(judge))
        same(*verdicts)


def counted(judge: RelayJudge, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return when the rule is looked at closely, from now on."""
    looks: list[float] = []
    find = judge.find

    def noted(view: RelayView, house: House, now: Now) -> Finding | None:
        looks.append(now.mono)
        return find(view, house, now)

    monkeypatch.setattr(judge, "find", noted)
    return looks


@pytest.mark.parametrize(
    ("kind", "latched"),
    [
        ("threshold", False),
        ("threshold", True),
        ("energy_budget", False),
        ("inverse_time VI", False),
        ("inverse_time B", False),
        ("inverse_time EI", True),
    ],
)
def test_a_small_load_is_not_looked_at_closely(
    kind: str, latched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not where a person has to come before anything is switched on again."""
    judge = made(kind)
    rule = Stand(judge)
    rule.contact(True)
    if latched:
        rule.tell(4000.0)
        rule.to(90.0)
        rule.tell(4000.0)
        rule.contact(False)
        rule.tell(0.0)
        rule.to(40_000.0)  # what was heated is cold
        assert rule.holds()
    rule.view.energy_joules = 1.0
    rule.tell(100.0)
    looks = counted(judge, monkeypatch)
    for watts in range(100, 200):
        rule.tell(float(watts))
        rule.to(rule.seconds + 0.5)
    assert looks == []
    rule.view.energy_joules = 1e7
    rule.tell(4000.0)
    assert looks == [rule.now.mono]
