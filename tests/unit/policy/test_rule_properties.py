"""What holds for every rule, whatever happens and however often it is asked."""

import copy
import json
import math
from datetime import date

import pytest
from hypothesis import given, strategies as st

from collector.model.decision import RuleState
from collector.model.policy import RestoreKind
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.energy_budget import Account
from collector.policy.latch import Latch
from collector.policy.threshold import Threshold
from collector.policy.verdict import Verdict
from tests.unit.policy.kinds import KINDS, made
from tests.unit.policy.stand import (
    IEEE,
    KEEP,
    OFF,
    OVERLOAD,
    POWER_SECONDS,
    Stand,
    after,
    off_after,
    threshold,
    when_clear,
)

# (half seconds that pass, what comes then, its value)
HAPPENINGS = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=300),
        st.sampled_from(["power", "power", "power", "refused", "radio", "contact"]),
        st.sampled_from([0.0, 100.0, 450.0, 1400.0, 2100.0, 2200.0, 2500.0, 4000.0]),
    ),
    max_size=30,
)
Happening = tuple[int, str, float]


def happen(rule: Stand, what: str, value: float) -> None:
    if what == "power":
        rule.view.energy_joules += 300.0 * value
        rule.tell(value)
    elif what == "refused":
        rule.refuse(Quality.NOT_MEASURED)
    elif what == "radio":
        rule.radio(up=rule.house.eyes_open is None)
    else:
        rule.contact(value < 1000.0)


# a continuous time --------------------------------------------------------------------


class Ledger:
    """The same rule by bookkeeping in steps of half a second; no hysteresis."""

    def __init__(self, trip: float, seconds: float) -> None:
        self._trip, self._seconds = trip, seconds
        self._ran = 0.0
        self._value: float | None = None
        self._age = 0.0
        self.radio = True
        self.cuts = False

    def take(self, value: float | None) -> None:
        self._value, self._age = value, 0.0

    def look(self) -> bool:
        known = self._value is not None and self._age < POWER_SECONDS and self.radio
        if known and self._value is not None:
            above = self._value > self._trip
            if not above:
                self._ran = 0.0
            self.cuts = above and (self.cuts or self._ran >= self._seconds)
        return self.cuts

    def step(self) -> None:
        known = self._value is not None and self._age < POWER_SECONDS and self.radio
        if known and self._value is not None and self._value > self._trip:
            self._ran += 0.5
        self._age += 0.5


@given(HAPPENINGS, st.sampled_from([0.0, 10.0, 60.0, 119.5, 300.0]))
def test_a_threshold_cuts_after_its_time_and_never_before(
    happenings: list[Happening], seconds: float
) -> None:
    rule = Stand(Threshold(threshold(2200.0, 2200.0, for_seconds=seconds), IEEE))
    ledger = Ledger(2200.0, seconds)
    for passing, what, value in happenings:
        for _ in range(passing):
            ledger.step()
            rule.to(rule.seconds + 0.5)
            assert rule.cuts() is ledger.look()
        happen(rule, what, value)
        if what == "radio":
            ledger.radio = not ledger.radio
        elif what != "contact":
            ledger.take(value if what == "power" else None)
        assert rule.cuts() is ledger.look()


# asked more often ---------------------------------------------------------------------


def same(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts say the same, but for the last digits."""
    first, second = (
        (each.state, each.cut, each.hold, each.blind, bool(each.reason), each.read)
        for each in (one, other)
    )
    return (
        first == second
        and (one.margin is None) is (other.margin is None)
        and one.margin == pytest.approx(other.margin, abs=1e-6)
        and one.next_due == pytest.approx(other.next_due, abs=2e-3)
    )


@pytest.mark.parametrize("kind", KINDS)
@given(
    happenings=HAPPENINGS,
    asked=st.lists(st.floats(min_value=0.7, max_value=40.0), min_size=1, max_size=8),
    when_stale=st.sampled_from([KEEP, OFF, off_after(200.0), OVERLOAD]),
    restore=st.sampled_from([after(100.0), when_clear()]),
)
def test_being_asked_more_often_changes_nothing(
    kind: str,
    happenings: list[Happening],
    asked: list[float],
    when_stale: object,
    restore: object,
) -> None:
    seldom = Stand(made(kind, when_stale, restore))  # type: ignore[arg-type]
    often = Stand(made(kind, when_stale, restore))  # type: ignore[arg-type]
    count = 0
    for passing, what, value in happenings:
        target = seldom.seconds + 0.5 * passing
        seldom.to(target)
        while often.seconds < target:
            often.to(min(target, often.seconds + asked[count % len(asked)]))
            count += 1
        for rule in seldom, often:
            happen(rule, what, value)
        assert same(often.verdict, seldom.verdict)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "inverse" in kind])
@given(
    st.lists(
        st.tuples(
            st.floats(min_value=0.0, max_value=500.0),
            st.floats(min_value=0.0, max_value=400.0),
        ),
        max_size=30,
    )
)
def test_an_accumulator_stays_between_cold_and_full(
    kind: str, currents: list[tuple[float, float]]
) -> None:
    rule = Stand(made(kind))
    for seconds, amperes in currents:
        rule.to(rule.seconds + seconds)
        verdict = rule.tell(amperes, Quantity.CURRENT)
        assert verdict.margin is not None
        assert 0.0 <= verdict.margin <= 1.0
        assert verdict.margin > 0.0 or rule.cuts() or amperes < 9.04


# restarts -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@given(happenings=HAPPENINGS, restart=st.integers(min_value=0, max_value=29))
def test_after_a_restart_the_same_readings_give_the_same_verdicts(
    kind: str, happenings: list[Happening], restart: int
) -> None:
    rule = Stand(made(kind, restore=when_clear()))
    rule.contact(True)
    rule.view.energy_joules = 5e5
    rule.tell(100.0)
    for passing, what, value in happenings[:restart]:
        rule.to(rule.seconds + 0.5 * passing)
        happen(rule, what, value)
    if rule.house.eyes_open is None:
        rule.radio(up=True)
    document = json.loads(json.dumps(rule.judge.dump(rule.now)))
    later = Stand(made(kind, restore=when_clear()), wall=rule.now.wall)
    later.house, later.now, later._set = copy.deepcopy(rule.house), rule.now, rule._set
    later.view = later.house.relays[IEEE]
    later.judge.load(document, later.now)
    for stand in rule, later:
        stand.contact(True)  # everything is known again
    for passing, what, value in [(0, "power", 2150.0), *happenings[restart:]]:
        target = rule.seconds + 0.5 * passing
        for stand in rule, later:
            stand.to(target)
            happen(stand, what, value)
        assert same(later.verdict, rule.verdict)


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.just(10**400),
        st.floats(),
        st.text(max_size=5),
        st.dates().map(date.isoformat),
    ),
    lambda each: st.one_of(
        st.lists(each, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=5), st.dates().map(date.isoformat)),
            each,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
KEYS = [
    *("set", "locked", "opened", "restores", "ran", "tripped", "heat"),
    *("period", "used", "seen", "anything"),
]


@pytest.mark.parametrize("kind", KINDS)
@given(document=st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_document_is_taken(kind: str, document: dict[str, object]) -> None:
    rule = Stand(made(kind))
    rule.judge.load(document, rule.now)
    rule.contact(True)
    rule.view.energy_joules = 1e6
    verdict = rule.tell(1000.0)
    assert verdict.margin is None or math.isfinite(verdict.margin)
    rule.to(200)
    kept = rule.judge.dump(rule.now)
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept


# latches and accounts -----------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.floats(min_value=0.0, max_value=300.0), st.booleans(), st.booleans()
        ),
        max_size=200,
    ),
    st.integers(min_value=1, max_value=4),
    st.sampled_from(RestoreKind),
)
def test_no_more_automatic_restores_than_allowed_fall_into_any_window(
    steps: list[tuple[float, bool, bool]], at_most: int, kind: RestoreKind
) -> None:
    restore = after(60.0, at_most=at_most, within=1_000.0)
    object.__setattr__(restore, "kind", kind)
    latch, mono = Latch(restore), 0.0
    released: list[float] = []
    for seconds, trip, closed in steps:
        mono += seconds
        if trip:
            latch.trip(mono, closed=closed)
        elif latch.rest(mono, clear=True, closed=closed):
            latch.restored(mono)
            released.append(mono)
    assert kind is not RestoreKind.MANUAL or not released
    for first in released:
        window = [each for each in released if first <= each <= first + 1_000.0]
        assert len(window) <= at_most


@given(st.lists(st.floats(min_value=0.0, max_value=1e7), max_size=50))
def test_what_is_used_is_the_sum_of_what_was_added(increments: list[float]) -> None:
    account, counter, today = Account(), 1e9, date(2026, 3, 2)
    account.use(counter, today)
    for joules in increments:
        counter += joules
        account.use(counter, today)
        assert account.use(counter, today) == pytest.approx(counter - 1e9)


def test_there_is_a_kind_for_every_state() -> None:
    rule = Stand(made("threshold"))
    states = {rule.state()}
    for watts in 100.0, 2100.0, 2300.0, 4000.0, 100.0:
        rule.tell(watts)
        states.add(rule.state())
    assert states == set(RuleState) - {RuleState.SUSPENDED}
