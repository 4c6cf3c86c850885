"""No sequence of inputs makes a group rule cut what it may not, or two at a time."""

import json
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given, settings, strategies as st

from collector.model.decision import RuleState
from collector.model.policy import ChannelKey, StaleAction
from collector.model.quantity import Quantity
from collector.policy.budget import Budget
from collector.policy.demand import Demand
from collector.policy.group import GroupJudge
from collector.policy.verdict import Verdict
from tests.unit.policy.small_house import (
    START,
    SmallHouse,
    budget_rule,
    demand_rule,
    words,
)

RELAYS = ("a", "b", "c")
KEYS = [(ieee, channel) for ieee in RELAYS for channel in ("l1", "l2")]
LISTS: list[tuple[str, str]] = [
    ("a/l1 b/l1 a/l2", "c/l1"),
    ("c/l2", ""),
    ("a/l1 a/l2 b/l1 b/l2 c/l1", ""),
    ("nobody/l1 a/l1", "b/l2"),
]
PROTECTED = "b/l1"
INTERVAL = 10.0


@dataclass(frozen=True)
class Step:
    """One thing that happens, so many s after the one before."""

    what: str
    key: ChannelKey
    value: float
    seconds: float


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            ["power"] * 4
            + ["on", "off", "unknown", "moving", "reject", "tried", "withdraw"]
            + ["restored", "radio down", "radio up", "reset", "wait", "clock"]
        ),
        st.sampled_from(KEYS),
        st.sampled_from([0.0, 5.0, 400.0, 1500.0, 3000.0, 2e4]),
        st.sampled_from([0.0, 0.5, 2.0, 11.0, 130.0, 400.0, 1000.0]),
    ),
    max_size=40,
)
rules = st.tuples(
    st.sampled_from(["watts", "amperes", "demand"]),
    st.sampled_from(LISTS),
    st.sampled_from([StaleAction.ASSUME_RATED, StaleAction.KEEP, StaleAction.OFF]),
    st.sampled_from([0.0, 100.0]),
)
Choice = tuple[str, tuple[str, str], StaleAction, float]


def judge_of(choice: Choice, *, virtual: bool = False) -> GroupJudge:
    kind, (shed, last), stale, least = choice
    options: dict[str, object] = {
        "shed": shed,
        "last_resort": last,
        "when_stale": stale,
        "min_shed_w": least,
        "shed_interval_seconds": INTERVAL,
    }
    if kind == "demand":
        return Demand(demand_rule(limit_w=2500.0, **options), virtual=virtual)
    limit = {"limit_w": 2500.0} if kind == "watts" else {"limit_a": 10.0}
    return Budget(budget_rule(**limit, **options), virtual=virtual)


def begin() -> SmallHouse:
    home = SmallHouse()
    for ieee in RELAYS:
        home.relay(ieee, on="?", protected="l1" if ieee == "b" else "")
    return home


STATES = {"on": True, "off": False, "unknown": None}


def apply(home: SmallHouse, judge: GroupJudge, step: Step) -> None:
    home.mono += step.seconds
    ieee, channel = step.key
    if step.what in STATES:
        home.contact(ieee, channel, STATES[step.what])
    elif step.what == "power":
        home.power(ieee, step.value)
    elif step.what == "moving":
        home.moving(ieee, channel)
    elif step.what == "reject":
        home.reject(ieee)
    elif step.what == "tried":
        home.house.relays[ieee].tried_at = home.mono
    else:
        apply_to_all(home, judge, step)


def apply_to_all(home: SmallHouse, judge: GroupJudge, step: Step) -> None:
    if step.what == "withdraw":
        judge.withdraw(step.key, home.now)
    elif step.what == "restored":
        judge.restored(step.key, home.now)
    elif step.what == "reset":
        judge.reset(home.now)
    elif step.what == "clock":
        home.jump += step.value - 1000.0
    elif step.what.startswith("radio"):
        home.house.eyes_open = home.mono if step.what == "radio up" else None


@settings(deadline=None, max_examples=300)
@given(rules, steps, st.booleans())
def test_only_listed_channels_that_may_be_off_are_cut(
    choice: Choice, sequence: list[Step], virtual: bool
) -> None:
    home, judge = begin(), judge_of(choice, virtual=virtual)
    for step in sequence:
        apply(home, judge, step)
        verdict = home.ask(judge)
        assert set(verdict.cut) <= set(verdict.hold) <= set(judge.channels)
        assert PROTECTED not in words(verdict.hold)
        for ieee, channel in () if virtual else verdict.cut:
            assert home.house.relays[ieee].contacts[channel].on is not False
        assert verdict.next_due > home.mono
        assert len(verdict.read) <= 4


@settings(deadline=None, max_examples=400)
@given(rules, steps, st.booleans())
def test_one_cut_at_a_time_each_after_the_effect_of_the_last(
    choice: Choice, sequence: list[Step], virtual: bool
) -> None:
    home, judge = begin(), judge_of(choice, virtual=virtual)
    shed = judge.shedding.shed
    last, last_at = ("", ""), float("-inf")
    for step in sequence:
        before = set(shed)
        apply(home, judge, step)
        verdict = home.ask(judge)
        new = [key for key in shed if key not in before and not shed[key].blind]
        if not new:
            continue
        assert verdict.state is RuleState.OVER
        assert len(new) == 1
        assert not verdict.alarm
        if last in shed and home.mono < last_at + INTERVAL:
            view = home.house.relays[last[0]]
            assert view.held[Quantity.POWER].mono > last_at
            assert virtual or view.contacts[last[1]].on is False
        last, last_at = new[0], home.mono


@settings(deadline=None, max_examples=200)
@given(rules, steps)
def test_asking_twice_changes_nothing(choice: Choice, sequence: list[Step]) -> None:
    home, judge = begin(), judge_of(choice)
    for step in sequence:
        apply(home, judge, step)
        assert shown(home.ask(judge)) == shown(home.ask(judge))


def shown(verdict: Verdict) -> tuple[object, ...]:
    return verdict.state, verdict.margin, verdict.cut, verdict.hold, verdict.blind


@settings(deadline=None, max_examples=200)
@given(rules, steps)
def test_a_restart_keeps_what_is_off_and_the_figures(
    choice: Choice, sequence: list[Step]
) -> None:
    home, judge = begin(), judge_of(choice)
    for step in sequence:
        apply(home, judge, step)
        home.ask(judge)
    document = json.loads(json.dumps(judge.dump(home.now)))
    held = set(judge.shedding.shed)
    again = judge_of(choice)
    again.load(document, home.now)
    assert again.dump(home.now) == judge.dump(home.now)
    assert set(again.shedding.shed) == held
    old, new = home.ask(judge), home.ask(again)
    if old.margin is not None and new.margin is not None:  # else it is not known yet
        assert new.state is old.state
        assert abs(new.margin - old.margin) < 1e-6


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just(10**400)
    | st.sampled_from(["a", "l1", "shed", START.timestamp()]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["shed", "start", "until", "joules", "held", "ran"]), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(
    rules,
    st.dictionaries(st.sampled_from(["shed", "start", "until", "joules"]), documents),
)
def test_no_document_upsets_a_rule(choice: Choice, document: dict[str, object]) -> None:
    home, judge = begin(), judge_of(choice)
    judge.load(document, home.now)
    for ieee in RELAYS:
        home.power(ieee, 100.0)
    home.ask(judge, 1.0)
    assert json.dumps(judge.dump(home.now))


powers = st.lists(
    st.tuples(st.floats(0.0, 5000.0), st.integers(1, 300)), min_size=1, max_size=15
)


@settings(deadline=None, max_examples=200)
@given(powers, st.lists(st.floats(0.0, 2000.0), max_size=30), st.integers(0, 86_400))
def test_the_energy_of_a_window_does_not_depend_on_when_the_rule_is_asked(
    stretches: list[tuple[float, int]], more: list[float], offset: int
) -> None:
    """Each power holds for so many s; the rule is asked at each, and at any other time."""
    figures = []
    for extra in [], more:
        home = SmallHouse(wall=START + timedelta(seconds=offset))
        home.relay("a", stretches[0][0])
        demand = Demand(demand_rule(when_stale=StaleAction.KEEP))
        at = 0.0
        changes: dict[float, float] = {}
        for watts, seconds in stretches:
            changes[at] = watts
            at += seconds
        for mono in sorted({*changes, *(each for each in extra if each < at), at}):
            home.mono = mono
            if mono in changes:
                home.power("a", changes[mono])
            home.ask(demand)
        figures.append((demand.window.start, demand.window.joules))
    assert figures[0][0] == figures[1][0]
    assert abs(figures[0][1] - figures[1][1]) < 0.02  # a wall clock counts µs
