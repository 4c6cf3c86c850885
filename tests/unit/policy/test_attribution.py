"""Which channel takes the power, and what stays nobody's."""

import json

import pytest
from hypothesis import given, strategies as st

from collector.policy.attribution import IDLE_WATTS, Attribution
from tests.unit.policy.metered import Metered, Told

EXACT, ESTIMATED = False, True
BOTH_ON: tuple[Told, ...] = ((0, "l1", True), (0, "l2", True))


@pytest.mark.parametrize(
    ("l1", "l2", "watts", "parts", "rest"),
    [
        (True, False, 2000.0, {"l1": (2000.0, EXACT), "l2": (0.0, EXACT)}, 0.0),
        (False, True, 61.481, {"l1": (0.0, EXACT), "l2": (61.481, EXACT)}, 0.0),
        (True, False, 0.131, {"l1": (0.131, EXACT), "l2": (0.0, EXACT)}, 0.0),
        # Both off: a real structure of firmware 36 shows 61 W so.
        (False, False, 61.481, {"l1": (0.0, EXACT), "l2": (0.0, EXACT)}, 61.481),
        # The noise of an idle meter, 0.017-0.131 W, is nobody's.
        (False, False, 0.131, {"l1": (0.0, EXACT), "l2": (0.0, EXACT)}, 0.0),
        (False, False, 0.0, {"l1": (0.0, EXACT), "l2": (0.0, EXACT)}, 0.0),
        (False, False, 0.6, {"l1": (0.0, EXACT), "l2": (0.0, EXACT)}, 0.6),
        # A contact that nobody knows: nothing is its own, and nothing the other's.
        (None, None, 300.0, {}, 300.0),
        (None, True, 300.0, {}, 300.0),
        (None, False, 300.0, {"l2": (0.0, EXACT)}, 300.0),
        (None, False, 0.1, {"l2": (0.0, EXACT)}, 0.0),
        # Both on, and no step was ever seen.
        (True, True, 2300.0, {}, 2300.0),
    ],
)
def test_power_is_shared_out_by_the_contacts(
    l1: bool | None,
    l2: bool | None,
    watts: float,
    parts: dict[str, tuple[float, bool]],
    rest: float,
) -> None:
    relay = Metered().tell((0, "l1", l1), (0, "l2", l2), (20, "power", watts))
    assert (relay.parts, relay.rest) == (parts, rest)


@pytest.mark.parametrize(
    ("loads", "watts", "l1", "l2", "rest"),
    [
        # The whole of both, and what no step explains.
        ({"l1": 2000, "l2": 300}, 2300.0, 2000.0, 300.0, 0.0),
        ({"l1": 2000, "l2": 300}, 2410.5, 2000.0, 300.0, 110.5),
        # Less than both: only what the other one cannot take is certain.
        ({"l1": 2000, "l2": 300}, 2290.0, 1990.0, 290.0, 10.0),
        ({"l1": 2000, "l2": 300}, 1800.0, 1500.0, 0.0, 300.0),
        ({"l1": 2000, "l2": 300}, 300.0, 0.0, 0.0, 300.0),
        ({"l1": 2000, "l2": 300}, 0.0, 0.0, 0.0, 0.0),
        ({"l1": 0, "l2": 300}, 300.0, 0.0, 300.0, 0.0),
        # Of one nothing is known: it is left out.
        ({"l1": 2000}, 2300.0, 2000.0, None, 300.0),
        ({"l1": 2000}, 2000.0, 2000.0, None, 0.0),
        ({"l2": 300}, 2300.0, None, 300.0, 2000.0),
        # And then nothing is certain of one that cannot be there whole.
        ({"l1": 2000}, 1999.0, None, None, 1999.0),
    ],
)
def test_with_both_on_the_parts_are_estimates_and_nothing_is_invented(
    loads: dict[str, float],
    watts: float,
    l1: float | None,
    l2: float | None,
    rest: float,
) -> None:
    relay = Metered(**loads).tell(*BOTH_ON, (2, "power", watts))
    expected = {
        channel: (part, ESTIMATED)
        for channel, part in (("l1", l1), ("l2", l2))
        if part is not None
    }
    assert (relay.parts, relay.rest) == (expected, rest)


def test_without_a_power_nothing_is_said() -> None:
    relay = Metered().tell((0, "l1", True), (0, "l2", False))
    assert (relay.parts, relay.rest) == ({}, None)
    relay.tell((5, "power", 100.0), (6, "power", None))
    assert (relay.parts, relay.rest) == ({}, None)
    relay.tell((7, "power", 90.0))
    assert relay.parts["l1"] == (90.0, EXACT)


def test_a_power_that_is_too_old_is_none() -> None:
    relay = Metered().tell((0, "l1", True), (0, "l2", False), (5, "power", 100.0))
    parts, rest = relay.attribution.split(125.0, 120.0)
    assert parts["l1"].watts == 100.0
    assert rest == 0.0
    assert relay.attribution.split(125.1, 120.0) == ({}, None)


def test_what_was_measured_before_a_switching_says_nothing_after_it() -> None:
    """Else 2,000 W are nobody's for a second at every switch-off."""
    relay = Metered().tell((0, "l1", True), (0, "l2", False), (30, "power", 2000.0))
    relay.tell((40, "l1", False))
    assert (relay.parts, relay.rest) == ({}, None)
    relay.tell((41, "power", 0.0))
    assert (relay.parts["l1"], relay.rest) == ((0.0, EXACT), 0.0)


def test_contacts_that_become_known_late_do_not_outdate_the_power() -> None:
    relay = Metered().tell((0, "power", 100.0), (1, "l1", True), (1.5, "l2", False))
    assert relay.parts == {"l1": (100.0, EXACT), "l2": (0.0, EXACT)}
    relay.tell((2, "l2", None))  # a command was given up
    assert (relay.parts, relay.rest) == ({}, 100.0)
    relay.tell((3, "l2", False))  # and the contact is read as it was
    assert relay.parts["l1"] == (100.0, EXACT)
    relay.tell((4, "l2", None), (5, "l2", True))  # it has moved meanwhile
    assert (relay.parts, relay.rest) == ({}, None)


def test_a_state_and_a_power_of_one_structure_belong_together() -> None:
    relay = Metered().tell((0, "l1", False), (0, "l2", False), (0, "power", 0.1))
    relay.tell((200, "power", 500.0), (200, "l1", True))
    assert relay.parts["l1"] == (500.0, EXACT)
    assert relay.loads == {}  # the moment of the switching is not known


# What comes: times, contacts and powers ------------------------------------------------

reports = st.lists(
    st.tuples(
        st.floats(0.0, 90.0),
        st.one_of(
            st.tuples(
                st.just("power"),
                st.none()
                | st.floats(0.0, 20_000.0)
                | st.sampled_from([0.0, 0.1, 61.0, 300.0, 2000.0, 2300.0]),
            ),
            st.tuples(st.sampled_from(["l1", "l2"]), st.none() | st.booleans()),
        ),
    ),
    max_size=40,
)


def in_time(steps: list[tuple[float, tuple[str, float | bool | None]]]) -> list[Told]:
    told: list[Told] = []
    mono = 0.0
    for seconds, (what, value) in steps:
        mono += seconds
        told.append((mono, what, value))
    return told


@given(steps=reports)
def test_parts_and_rest_are_the_power_and_no_part_is_negative_or_more(
    steps: list[tuple[float, tuple[str, float | bool | None]]],
) -> None:
    relay = Metered()
    watts: float | None = None
    states: dict[str, bool | None] = {"l1": None, "l2": None}
    for report in in_time(steps):
        relay.tell(report)
        _, what, value = report
        if what == "power":
            watts = value
        else:
            states[what] = None if value is None else bool(value)
        parts, rest = relay.attribution.split(relay.mono)
        if rest is None:
            assert parts == {}
            continue
        assert watts is not None
        assert all(0.0 <= part.watts <= watts for part in parts.values())
        assert 0.0 <= rest <= watts
        total = sum(part.watts for part in parts.values()) + rest
        noise = watts <= IDLE_WATTS and True not in states.values()
        assert total == pytest.approx(0.0 if noise else watts)
        assert all(states[channel] is not None for channel in parts)


@given(steps=reports)
def test_no_load_is_ever_negative_or_more_than_was_measured(
    steps: list[tuple[float, tuple[str, float | bool | None]]],
) -> None:
    relay = Metered()
    most = 0.0
    for report in in_time(steps):
        relay.tell(report)
        if report[1] == "power" and report[2] is not None:
            most = max(most, report[2])
        assert all(0.0 <= load <= most for load in relay.attribution.loads.values())


@given(steps=reports)
def test_what_is_remembered_is_the_same_after_a_restart(
    steps: list[tuple[float, tuple[str, float | bool | None]]],
) -> None:
    document = Metered().tell(*in_time(steps)).attribution.dump()
    again = Attribution()
    again.load(json.loads(json.dumps(document)))
    assert again.dump() == document
