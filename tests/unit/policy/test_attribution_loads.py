"""The load that is remembered of a channel: from steps, and from being alone."""

import pytest

from tests.unit.policy.metered import Metered, Told

OFF: tuple[Told, ...] = ((0, "l1", False), (0, "l2", False), (1, "power", 0.1))
# A heater of 2,000 W at l1 that has been on for a minute.
HEATED: tuple[Told, ...] = (*OFF, (10, "l1", True), (13, "power", 2000.0))


@pytest.mark.parametrize(
    ("reports", "loads"),
    [
        # AnalogInput 3 s after on.
        ([(10, "l1", True), (13, "power", 2000.0)], {"l1": 2000}),
        # It is missing, and the next poll comes later: alone, it is still the load.
        ([(10, "l1", True), (29, "power", 2000.0)], {"l1": 2000}),
        # A pump's inrush does not count …
        ([(10, "l1", True), (10.3, "power", 925.0)], {}),
        ([(10, "l1", True), (11.9, "power", 407.0)], {}),
        # … nor a meter that still shows the past: of several the last counts.
        (
            [(10, "l1", True), (12, "power", 0.1), (13, "power", 370.0)],
            {"l1": 370},
        ),
        (
            [(10, "l1", True), (12, "power", 407.0), (13, "power", 370.0)],
            {"l1": 370},
        ),
        # Nothing is connected: a measured step of none.
        ([(10, "l1", True), (13, "power", 0.09)], {"l1": 0}),
        # Switched off before it was measured.
        ([(10, "l1", True), (11, "l1", False), (12, "power", 0.0)], {}),
    ],
)
def test_one_channel_switched_on_alone_is_the_whole_power(
    reports: list[Told], loads: dict[str, float]
) -> None:
    assert Metered().tell(*OFF, *reports).loads == loads


@pytest.mark.parametrize(
    ("reports", "loads"),
    [
        # The step up, and the last reading of its ten seconds.
        ([(60, "l2", True), (63, "power", 2300.0)], {"l1": 2000, "l2": 300}),
        (
            [(60, "l2", True), (62, "power", 2600.0), (66, "power", 2310.0)],
            {"l1": 2000, "l2": 310},
        ),
        # Too late: what else has changed meanwhile?
        ([(60, "l2", True), (70.1, "power", 2300.0)], {"l1": 2000}),
        # No reading before it that is young enough.
        ([(80, "l2", True), (83, "power", 2300.0)], {"l1": 2000}),
        # Another switch in between spoils the step …
        (
            [(60, "l2", True), (61, "l1", False), (64, "power", 300.0)],
            {"l1": 2000, "l2": 300},  # alone: it is known all the same
        ),
        (
            [
                (60, "l2", True),
                (61, "l2", False),
                (61.2, "l2", True),
                (64, "power", 2300.0),
            ],
            {"l1": 2000},
        ),
        # … but not what was measured before it.
        (
            [
                (60, "l2", True),
                (63, "power", 2300.0),
                (64, "l1", False),
                (64.1, "power", 2300.0),
            ],
            {"l1": 2000, "l2": 300},
        ),
        # A sample that is none is no reading before, and no reading after.
        (
            [(59, "power", None), (60, "l2", True), (63, "power", 2300.0)],
            {"l1": 2000},
        ),
        (
            [(60, "l2", True), (63, "power", None), (65, "power", 2300.0)],
            {"l1": 2000, "l2": 300},
        ),
        # No step: within the scatter of 2,000 W.
        ([(60, "l2", True), (63, "power", 2012.0)], {"l1": 2000, "l2": 0}),
        ([(60, "l2", True), (63, "power", 1985.0)], {"l1": 2000, "l2": 0}),
        # The other load fell at the same time: this is no step at all.
        ([(60, "l2", True), (63, "power", 1500.0)], {"l1": 2000}),
    ],
)
def test_a_channel_switched_on_beside_another_is_the_step(
    reports: list[Told], loads: dict[str, float]
) -> None:
    relay = Metered().tell(*HEATED)
    assert relay.loads == {"l1": 2000}
    assert relay.tell((15, "power", 2000.0), *reports).loads == loads


@pytest.mark.parametrize(
    ("reports", "loads"),
    [
        # Both were on when the service began: the first step down tells.
        ([(30, "l2", False), (31, "power", 2000.0)], {"l1": 2000, "l2": 300}),
        ([(30, "l1", False), (31, "power", 310.0)], {"l1": 1990, "l2": 310}),
        # A poll that still shows the past is corrected by the report.
        (
            [(30, "l2", False), (30.3, "power", 2300.0), (31, "power", 2000.0)],
            {"l1": 2000, "l2": 300},
        ),
        (
            [(30, "l2", False), (30.7, "power", 2300.0), (31, "power", 2000.0)],
            {"l1": 2000, "l2": 300},
        ),
        # The report is missing: only the one that stays on is known.
        ([(30, "l2", False), (51, "power", 2000.0)], {"l1": 2000}),
        # Both off at once.
        ([(30, "l2", False), (30.1, "l1", False), (31, "power", 0.0)], {}),
    ],
)
def test_a_channel_switched_off_beside_another_is_the_step_down(
    reports: list[Told], loads: dict[str, float]
) -> None:
    relay = Metered().tell((0, "l1", True), (0, "l2", True), (20, "power", 2300.0))
    assert relay.tell(*reports).loads == loads


def test_a_step_that_is_found_late_is_not_measured() -> None:
    """A missed report: the structure shows a contact that moved long ago."""
    relay = Metered(l1=2000).tell(
        (0, "l1", True), (0, "l2", True), (20, "power", 2300.0)
    )
    relay.attribution.contact("l2", False, 30, reported=False)
    assert relay.tell((31, "power", 2300.0)).loads == {"l1": 2000}


def test_alone_the_load_follows_the_power_once_two_readings_agree() -> None:
    relay = Metered().tell(*HEATED, (40, "power", 1950.0))
    assert relay.loads == {"l1": 1950}
    relay.tell((70, "power", 800.0))  # a moment of something else
    assert relay.loads == {"l1": 1950}
    relay.tell((100, "power", 820.0))
    assert relay.loads == {"l1": 820}


def test_a_compressor_start_caught_by_a_poll_is_not_the_load() -> None:
    relay = Metered().tell((0, "l1", True), (0, "l2", False), (30, "power", 90.0))
    relay.tell((60, "power", 675.0), (90, "power", 90.0))
    assert relay.loads == {"l1": 90}


def test_the_first_reading_of_a_channel_alone_is_better_than_none() -> None:
    relay = Metered().tell((0, "l1", True), (0, "l2", False), (1, "power", 500.0))
    assert relay.loads == {}  # it may just have been switched on
    assert relay.tell((30, "power", 370.0)).loads == {"l1": 370}


def test_nothing_is_learnt_beside_a_contact_that_nobody_knows() -> None:
    relay = Metered().tell((0, "l1", True), (30, "power", 500.0), (60, "power", 500.0))
    assert relay.loads == {}


def test_a_thermostat_at_rest_keeps_its_load() -> None:
    relay = Metered(l1=2000).tell((0, "l1", True), (0, "l2", False))
    relay.tell((30, "power", 0.05), (60, "power", 0.05))
    assert relay.loads == {"l1": 2000}
    # Switched off and on again, at rest all the time, alone and beside another.
    relay.tell((70, "l1", False), (71, "power", 0.0))
    relay.tell((80, "l1", True), (83, "power", 0.07))
    assert relay.loads == {"l1": 2000}
    relay.tell((90, "l2", True), (93, "power", 300.07))
    relay.tell((100, "l1", False), (101, "power", 300.0))
    assert relay.loads == {"l1": 2000, "l2": 300}


def test_a_channel_that_was_never_seen_to_take_anything_is_unknown_not_zero() -> None:
    relay = Metered().tell((0, "l1", True), (0, "l2", False))
    relay.tell((30, "power", 0.05), (60, "power", 0.05))
    assert relay.loads == {}


def test_a_load_of_zero_is_forgotten_when_power_flows_that_nothing_explains() -> None:
    """A heater that was at rest when it was switched on, and closes its thermostat."""
    relay = Metered().tell(*OFF, (10, "l2", True), (13, "power", 300.0))
    relay.tell((20, "l1", True), (23, "power", 300.0))
    assert relay.loads == {"l1": 0, "l2": 300}
    relay.tell((50, "power", 340.0))
    assert relay.loads == {"l1": 0, "l2": 300}  # within what a load may vary by
    relay.tell((80, "power", 2300.0))
    assert relay.loads == {"l2": 300}
    assert (relay.parts, relay.rest) == ({"l2": (300.0, True)}, 2000.0)
    relay.tell((90, "l1", False), (91, "power", 300.0))
    assert relay.loads == {"l1": 2000, "l2": 300}


def test_loads_survive_a_restart() -> None:
    relay = Metered().tell(*HEATED, (20, "l2", True), (23, "power", 2300.1234))
    document = relay.attribution.dump()
    assert document == {"loads": {"l1": 2000.0, "l2": 300.123}}
    again = Metered()
    again.attribution.load(document)
    again.tell((0, "l1", True), (0, "l2", True), (1, "power", 2310.0))
    assert again.parts == {"l1": (2000.0, True), "l2": (300.123, True)}
    assert again.rest == 9.877


def test_nothing_remembered_is_an_empty_document() -> None:
    assert Metered().attribution.dump() == {}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"loads": None},
        {"loads": [1, 2]},
        {"loads": {"l1": "2000", "l2": None}},
        {"loads": {"l1": -1.0, "l2": float("nan")}},
        {"loads": {"l3": 5.0, "l1": True, "l2": float("inf")}},
        {"loads": {"l1": 10**400}},
        {"doubt": ["l1", 300.0]},
        {"doubt": "l1"},
    ],
)
def test_a_damaged_document_counts_as_nothing(document: dict[str, object]) -> None:
    relay = Metered(l1=5.0)
    loads = relay.attribution.loads
    relay.attribution.load(document)
    assert relay.attribution.dump() == {}
    assert loads is relay.attribution.loads  # whoever looks at it sees the new ones
