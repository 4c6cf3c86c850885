"""What no sequence of events brings about."""

from hypothesis import given, settings, strategies as st

from collector.model.command import CommandOutcome
from collector.model.decision import EventKind
from collector.model.policy import Rule
from tests.unit.policy.chaos import RELAYS, House, Step, steps, upheavals
from tests.unit.policy.house_rules import BATH, after, threshold, voltage

LONG = settings(max_examples=150, deadline=None)


@LONG
@given(st.lists(st.one_of(steps, steps, upheavals), max_size=40))
def test_whatever_happens(story: list[Step]) -> None:
    """No protected channel, no waiting cut-off, never both, no flood, always a reason."""
    house = House()
    house.start()
    for step in story:
        step(house)
        house.check()
    house.check_record()


@LONG
@given(st.lists(steps, max_size=40))
def test_whatever_happens_everybody_is_answered(story: list[Step]) -> None:
    house = House()
    house.start()
    for step in story:
        step(house)
    if not house.radio:
        house.up()
    house.run(120)
    missing = [number for number in house.asked if number not in house.finished]
    assert missing == []


@LONG
@given(st.lists(steps, max_size=30))
def test_monitor_mode_sends_nothing(story: list[Step]) -> None:
    house = House(monitor=True)
    house.start()
    for step in story:
        step(house)
    assert house.commands == []
    house.check_record()


MANUAL: tuple[Rule, ...] = (
    threshold(relays=None, switch_off=("l1", "l2")),
    voltage(relays=None, switch_off=("l1", "l2"), restore=threshold().restore),
)
kills = st.builds(
    lambda away, lost: lambda house: _kill(house, away, lost),
    st.sampled_from([0.5, 30.0, 4000.0]),
    st.booleans(),
)


def _kill(house: House, away: float, lost: bool) -> None:
    """`lost`: the kill comes before what is next urgent is on disk."""
    house.disk = not lost
    house.kill(away=away)


@LONG
@given(st.lists(st.one_of(steps, steps, kills), max_size=40))
def test_what_is_latched_comes_on_by_no_kill(story: list[Step]) -> None:
    """These rules never let go; so no command of a rule is ever an ON."""
    house = House(*MANUAL)
    house.start()
    for step in story:
        step(house)
    assert [
        command
        for command in house.commands
        if command.on and command.origin == "policy"
    ] == []


@LONG
@given(st.lists(st.one_of(steps, steps, kills), max_size=60), st.integers(1, 3))
def test_restores_never_exceed_their_count_over_any_kills(
    story: list[Step], most: int
) -> None:
    rule = voltage(
        relays=(BATH,), switch_off=("l1",), restore=after(5.0, most, 86_400.0)
    )
    house = House(rule)
    house.start()
    for step in story:
        step(house)
        house.check()
    done = [
        event.at
        for event in house.of(EventKind.OUTCOME)
        if event.action == "on"
        and event.rule == rule.name
        and event.outcome is CommandOutcome.CONFIRMED
    ]
    for index, at in enumerate(done):
        within = [each for each in done[index:] if (each - at).total_seconds() < 86_400]
        assert len(within) <= most


@LONG
@given(st.lists(kills, min_size=1, max_size=5))
def test_no_rule_acts_before_it_has_heard_anything(story: list[Step]) -> None:
    house = House()
    house.start()
    for relay in house.relays.values():
        relay.watts["l1"] = 4000.0
        relay.volts = 260.0
    house.reads_answered = False
    for step in story:
        step(house)
        house.run(59)
        assert house.commands == []


def test_the_chaos_does_reach_what_it_is_about() -> None:
    """A step of each sort: commands are sent, and people are answered."""
    house = House()
    house.start()
    for ieee in RELAYS:
        house.relays[ieee].volts = 260.0
        house.report_power(ieee)
    house.run(5)
    assert {command.ieee for command in house.commands} == set(RELAYS) - {RELAYS[1]}
