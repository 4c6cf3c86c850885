"""A contact that is reported open and still carries power."""

import pytest
from hypothesis import given, settings, strategies as st

from tests.frames.vectors import vector
from tests.unit.policy.metered import Metered, Told
from tests.unit.policy.test_attribution import in_time, reports

OFF: tuple[Told, ...] = ((0, "l1", False), (0, "l2", False))


def both_off(*reports: Told, **loads: float) -> Metered:
    return Metered(**loads).tell(*OFF, *reports)


@pytest.mark.parametrize(
    ("seconds", "until", "found"),
    [
        (30, 120, False),  # five readings, but the last one 90 s after the first
        (30, 150, True),  # 120 s and five readings
        (31, 150, False),
        (5, 120, False),  # many readings, and not 120 s
        (5, 125, True),
        (60, 240, False),  # 180 s, and only four readings
        (60, 300, True),
        (299, 1494, False),
        (299, 1495, True),
        (301, 6000, False),  # what was between two of them is not known
    ],
)
def test_it_takes_five_readings_and_two_minutes(
    seconds: float, until: float, found: bool
) -> None:
    relay = both_off(l1=60).every(seconds, 61.481, until=until)
    assert relay.faults == ({"l1"} if found else set())


@pytest.mark.parametrize(("watts", "found"), [(10.0, False), (10.1, True)])
def test_so_little_is_no_fault(watts: float, found: bool) -> None:
    relay = both_off(l1=12).every(30, watts, until=600)
    assert relay.faults == ({"l1"} if found else set())


def test_one_reading_without_the_power_begins_it_anew() -> None:
    relay = both_off(l1=60).every(30, 61.0, until=120)
    relay.tell((130, "power", 0.1)).every(30, 61.0, until=250)
    assert relay.faults == set()
    assert relay.every(30, 61.0, until=280).faults == {"l1"}


def test_a_sample_that_is_none_neither_counts_nor_clears() -> None:
    relay = both_off(l1=60).every(30, 61.0, until=120)
    relay.tell((130, "power", None), (149, "power", None))
    assert relay.faults == set()
    assert relay.tell((150, "power", 61.0)).faults == {"l1"}


def test_a_switching_begins_it_anew() -> None:
    relay = both_off(l1=60).every(30, 61.0, until=120)
    relay.tell((125, "l2", True), (126, "l2", False))
    assert relay.every(30, 61.0, until=270).faults == set()
    assert relay.every(30, 61.0, until=300).faults == {"l1"}


def test_a_contact_that_nobody_knows_is_not_judged() -> None:
    relay = Metered(l1=60).tell((0, "l1", False)).every(30, 61.0, until=600)
    assert relay.fault.faults == {"l1": False}  # and of l2 nothing is said
    relay = Metered(l1=2000, l2=300).tell((0, "l2", False))
    assert relay.every(30, 2300.0, until=600).faults == set()


def test_one_structure_with_both_contacts_open_and_61_watts_is_no_fault() -> None:
    """Seen on a real relay of firmware 36 (234.34 V, 0.2626 A); nobody knows why."""
    relay = both_off(l1=60).tell((239, "power", 0.07))
    relay.tell((240, "l1", False), (240, "l2", False), (240, "power", 61.481))
    assert relay.rest == 61.481
    relay.tell((242, "power", 0.07)).every(30, 0.07, until=900)
    assert relay.faults == set()


@pytest.mark.parametrize(
    "name", ["ff01-fw36-smartthings", "ff01-fw46-zha881", "ff01-fw46-zha811"]
)
def test_a_real_idle_relay_has_neither_a_rest_nor_a_fault(name: str) -> None:
    structure = vector(name)["struct"]
    relay = Metered(l1=60).tell(
        (0, "l1", bool(structure["100"])), (0, "l2", bool(structure["101"]))
    )
    relay.every(30, structure["152"], until=600)
    assert relay.rest == 0.0
    assert relay.fault.faults == {"l1": False, "l2": False}


@pytest.mark.parametrize(
    ("loads", "watts", "faults"),
    [
        # The load that fits best …
        ({"l1": 2000, "l2": 300}, 310.0, {"l2"}),
        ({"l1": 2000, "l2": 300}, 1900.0, {"l1"}),
        # … even where none does: a part of a heater rather than fourteen lamps.
        ({"l1": 50, "l2": 2000}, 700.0, {"l2"}),
        ({"l1": 2000, "l2": 50}, 61.481, {"l2"}),
        # Both only where their sum fits and neither load does.
        ({"l1": 800, "l2": 1000}, 1790.0, {"l1", "l2"}),
        ({"l1": 2000, "l2": 60}, 2060.0, {"l1"}),
        # Of one something is known: it, or else the other.
        ({"l1": 60}, 61.481, {"l1"}),
        ({"l1": 60}, 500.0, {"l2"}),
        ({"l1": 60, "l2": 0}, 500.0, {"l1"}),
        # A load of next to nothing explains no power: as if it were not known.
        ({"l1": 3.8, "l2": 500}, 61.481, {"l2"}),
    ],
)
def test_the_channel_whose_load_fits_best_is_at_fault(
    loads: dict[str, float], watts: float, faults: set[str]
) -> None:
    assert both_off(**loads).every(30, watts, until=150).faults == faults


@pytest.mark.parametrize("loads", [{}, {"l1": 3.8, "l2": 0}])
def test_without_loads_it_is_the_channel_switched_off_last(
    loads: dict[str, float],
) -> None:
    relay = Metered(**loads).tell((0, "l1", True), (0, "l2", True))
    relay.tell((1, "l2", False), (2, "l1", False)).every(30, 61.0, until=152)
    assert relay.faults == {"l1"}


def test_without_loads_or_a_switching_nobody_is_accused() -> None:
    relay = both_off().every(30, 61.0, until=600)
    assert relay.fault.faults == {"l1": False, "l2": False}
    assert relay.rest == 61.0  # it is told all the same


def test_no_second_contact_is_blamed_while_one_is_at_fault() -> None:
    relay = both_off(l1=2000, l2=300).every(30, 300.0, until=150)
    assert relay.every(30, 2000.0, until=600).faults == {"l2"}


def test_it_clears_when_the_channel_is_on_again() -> None:
    relay = both_off(l1=60).every(30, 61.0, until=150)
    assert relay.tell((151, "l2", True)).faults == {"l1"}
    assert relay.tell((152, "l1", True)).faults == set()


def test_it_clears_after_three_readings_without_the_power() -> None:
    relay = both_off(l1=60).every(30, 61.0, until=150)
    relay.tell((160, "power", 0.1), (170, "power", 0.1))
    assert relay.faults == {"l1"}
    relay.tell((180, "power", 61.0), (190, "power", 0.1), (200, "power", 0.1))
    assert relay.faults == {"l1"}  # three in a row
    assert relay.tell((210, "power", 0.1)).faults == set()


def test_a_read_is_asked_for_at_once_and_every_twenty_seconds() -> None:
    relay = both_off(l1=60).every(5, 61.0, until=130)
    assert relay.wanted == [5, 25, 45, 65, 85, 105]
    relay.every(5, 61.0, until=300)
    assert relay.wanted[6:] == []  # it is decided
    assert both_off().every(5, 0.1, until=300).wanted == []


# One off, the other on -----------------------------------------------------------------


def opened(after: float) -> Metered:
    """l1 stays on; l2 is switched off at 30 s, and the power is `after`."""
    return Metered.side_by_side(2000, 300).tell((30, "l2", False), (31, "power", after))


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (2300.0, True),
        (2255.1, True),  # 15 % of the 300 W less
        (2254.9, False),
        (2345.0, True),
        (2345.1, False),
        (2150.0, False),  # fallen by half
        (2000.0, False),
        (2600.0, False),
    ],
)
def test_beside_a_channel_that_is_on_the_missing_step_tells(
    after: float, found: bool
) -> None:
    relay = opened(after).every(30, after, until=150)
    assert relay.faults == set()
    relay.every(30, after, until=151)
    assert relay.faults == ({"l2"} if found else set())


def test_a_small_load_may_differ_by_ten_watts() -> None:
    relay = Metered.side_by_side(200, 40)
    relay.tell((30, "l2", False)).every(24, 231.0, until=174)
    assert relay.faults == {"l2"}


def test_once_the_power_has_fallen_a_growing_load_is_no_fault() -> None:
    """l1 takes exactly as much more as l2 had: a contact does not weld while open."""
    relay = opened(2000.0).every(30, 2000.0, until=300)
    assert relay.every(30, 2300.0, until=900).faults == set()


def test_a_fault_beside_clears_when_the_step_has_come() -> None:
    relay = opened(2300.0).every(30, 2300.0, until=151)
    assert relay.faults == {"l2"}
    relay.tell((160, "power", 2000.0), (170, "power", 2000.0))
    assert relay.faults == {"l2"}
    assert relay.tell((180, "power", 2000.0)).faults == set()


def test_a_fault_beside_stays_through_what_the_other_channel_does() -> None:
    relay = opened(2300.0).every(30, 2300.0, until=151)
    relay.tell((160, "l1", False), (161, "power", 300.0)).every(30, 300.0, until=400)
    assert relay.faults == {"l2"}
    relay.tell((410, "l1", True)).every(30, 2300.0, until=600)
    assert relay.faults == {"l2"}
    relay.tell((610, "l1", False)).every(30, 0.1, until=671)
    assert relay.faults == {"l2"}
    assert relay.every(30, 0.1, until=700).faults == set()


def test_what_is_believed_again_after_a_restart_needs_two_minutes_again() -> None:
    before = opened(2300.0)
    relay = Metered()
    relay.attribution.load(before.attribution.dump())
    relay.tell((0, "l1", True), (0, "l2", False)).every(30, 2300.0, until=149)
    assert relay.faults == set()
    assert relay.every(30, 2300.0, until=150).faults == {"l2"}


# Whatever comes ------------------------------------------------------------------------

Steps = list[tuple[float, tuple[str, float | bool | None]]]

# Mostly open contacts and power, so that faults do come about.
suspicious = st.lists(
    st.tuples(
        st.floats(5.0, 60.0),
        st.one_of(
            *[st.tuples(st.just("power"), st.sampled_from([61.0, 2300.0]))] * 8,
            st.tuples(st.just("power"), st.sampled_from([None, 0.1, 2000.0])),
            st.tuples(st.sampled_from(["l1", "l2"]), st.none() | st.booleans()),
        ),
    ),
    min_size=10,
    max_size=40,
).map(lambda steps: [(0.0, ("l1", False)), (0.0, ("l2", False)), *steps])
LOADS = st.dictionaries(
    st.sampled_from(["l1", "l2"]), st.sampled_from([0.0, 61.0, 300.0, 2000.0])
)


@given(loads=LOADS, steps=reports | suspicious)
@settings(max_examples=300)
def test_no_input_makes_a_fault_within_two_minutes(
    loads: dict[str, float], steps: Steps
) -> None:
    relay = Metered(**loads)
    closed = {"l1": 0.0, "l2": 0.0}  # s, when it was last on, or not known
    explained = 0.0  # s, when there last was no power to explain
    found: set[str] = set()
    states: dict[str, float | bool | None] = {"l1": None, "l2": None}
    for mono, what, value in in_time(steps):
        relay.tell((mono, what, value))
        if what == "power":
            if value is not None and value <= 10.0:
                explained = mono
        elif states[what] is not value:
            states[what] = value
            explained = mono
        for channel, state in states.items():
            if state is not False:
                closed[channel] = mono
        for channel in relay.faults - found:
            assert mono - max(closed[channel], explained) >= 120.0
        found = relay.faults
        assert all(states[channel] is not True for channel in found)


@given(watts=st.floats(10.1, 5000.0), loads=LOADS)
def test_power_through_two_open_contacts_is_always_somebodys(
    watts: float, loads: dict[str, float]
) -> None:
    relay = Metered(**loads).tell((0, "l1", True), (0, "l2", False))
    relay.tell((0.1, "l1", False)).every(30, watts, until=160)
    assert relay.faults
    assert len(relay.faults) == 1 or watts > max(loads.values())
