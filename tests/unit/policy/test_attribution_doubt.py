"""A channel that opens and takes no power with it."""

import pytest

from tests.unit.policy.metered import Metered, Told


def welded() -> Metered:
    """2,000 W and 300 W side by side; l2 is switched off, and nothing changes."""
    return Metered.side_by_side(2000, 300).tell(
        (30, "l2", False), (31, "power", 2300.0)
    )


def test_power_that_does_not_fall_with_a_channel_is_not_the_others() -> None:
    relay = welded()
    assert relay.parts == {"l1": (2000.0, True), "l2": (0.0, True)}
    assert relay.rest == 300.0
    # However long it lasts, nobody's load becomes what it is not.
    relay.every(30, 2310.0, until=600)
    assert relay.loads == {"l1": 2000, "l2": 300}
    assert relay.rest == 310.0


def test_power_that_falls_late_ends_the_doubt() -> None:
    relay = welded().tell((33, "power", 2010.0))
    assert relay.parts == {"l1": (2010.0, False), "l2": (0.0, False)}
    assert relay.loads == {"l1": 2000, "l2": 290}
    assert relay.tell((60, "power", 2010.0)).loads["l1"] == 2010


def test_either_channel_may_be_the_one_that_does_not_open() -> None:
    relay = Metered.side_by_side(2000, 300).tell((30, "l1", False))
    relay.tell((31, "power", 2300.0))
    assert relay.parts == {"l2": (300.0, True), "l1": (0.0, True)}
    assert relay.rest == 2000.0


@pytest.mark.parametrize(
    "powers",
    [
        [(20, "power", 2030.0), (40, "power", 2300.0)],  # the pump has paused
        [(20, "power", 300.0), (40, "power", 2300.0)],  # the heater has
        [(20, "power", 2600.0)],  # whose are the 300 W more?
        [(61, "power", 2300.0)],  # what was in the minute between?
        [(20, "power", None)],  # nor is there a power before
    ],
)
def test_there_is_no_doubt_of_a_channel_that_may_have_paused(
    powers: list[Told],
) -> None:
    relay = Metered.side_by_side(2000, 300).tell(*powers)
    relay.tell((70, "l2", False), (71, "power", 2300.0))
    assert relay.parts == {"l1": (2300.0, False), "l2": (0.0, False)}
    assert relay.rest == 0.0


def test_a_heater_that_follows_the_mains_has_not_paused() -> None:
    relay = Metered.side_by_side(2000, 300)
    for step in range(1, 11):  # 230 V to 241 V
        relay.tell((step * 30, "power", 2300.0 + step * 20))
    relay.tell((310, "l2", False), (311, "power", 2500.0))
    assert relay.rest == 300.0


def test_there_is_no_doubt_of_loads_that_were_not_measured_side_by_side() -> None:
    """After a restart: both are on, and their sum is what is remembered."""
    relay = Metered(l1=2000, l2=300).tell((0, "l1", True), (0, "l2", True))
    relay.tell((20, "power", 2300.0), (30, "l2", False), (31, "power", 2300.0))
    assert relay.rest == 0.0


@pytest.mark.parametrize(
    ("l1", "l2"),
    [
        (2000.0, 30.0),  # lost in the scatter of l1
        (20.0, 9.0),  # too small for any verdict
    ],
)
def test_there_is_no_doubt_of_a_step_that_would_not_be_seen(
    l1: float, l2: float
) -> None:
    relay = Metered.side_by_side(l1, l2)
    relay.tell((30, "l2", False), (31, "power", l1 + l2))
    assert relay.rest == 0.0


def test_two_refrigerators_take_turns() -> None:
    """Both were measured running; l2 pauses, then l1, and l2 runs when l1 is cut."""
    relay = Metered.side_by_side(90, 90)
    relay.tell((30, "power", 91.2), (60, "power", 2.4), (90, "power", 91.2))
    relay.tell((100, "l1", False), (101, "power", 91.2))
    assert relay.parts == {"l1": (0.0, False), "l2": (91.2, False)}


@pytest.mark.parametrize("event", [("l2", True), ("l1", False)])
def test_another_switching_ends_the_doubt(event: tuple[str, bool]) -> None:
    relay = welded().tell((40, *event))
    assert relay.attribution.doubt is None


def test_a_contact_that_is_not_known_for_a_while_does_not() -> None:
    relay = welded().tell((40, "l1", None), (41, "power", 2300.0))
    assert (relay.parts, relay.rest) == ({"l2": (0.0, False)}, 2300.0)
    relay.tell((50, "l1", True), (51, "power", 2300.0))
    assert relay.rest == 300.0


def test_the_doubt_survives_a_restart() -> None:
    document = welded().attribution.dump()
    assert document == {"loads": {"l1": 2000.0, "l2": 300.0}, "doubt": ["l2", 2000.0]}
    again = Metered()
    again.attribution.load(document)
    again.tell((0, "l1", True), (0, "l2", False), (5, "power", 2305.0))
    assert again.rest == 305.0
    assert again.attribution.dump() == document


def test_a_damaged_doubt_is_none() -> None:
    again = Metered()
    again.attribution.load({"loads": {"l2": 300.0}, "doubt": ["l2", "many"]})
    assert again.attribution.doubt is None
