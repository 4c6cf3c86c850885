"""A channel that opens and takes no power with it."""

import pytest

from tests.unit.policy.metered import Metered, Told

# 2,000 W and 300 W, both on; l2 is switched off at 30 s.
OPENED: tuple[Told, ...] = (
    (0, "l1", True),
    (0, "l2", True),
    (20, "power", 2300.0),
    (30, "l2", False),
)


def welded() -> Metered:
    return Metered(l1=2000, l2=300).tell(*OPENED, (31, "power", 2300.0))


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


@pytest.mark.parametrize(
    ("loads", "before"),
    [
        ({"l1": 2000}, 2300.0),  # nothing to compare with
        ({"l2": 300}, 2300.0),
        ({"l1": 2000, "l2": 300}, 2000.0),  # l2 was at rest
        ({"l1": 2000, "l2": 300}, 2230.0),  # or half at rest
        ({"l1": 2000, "l2": 300}, 2800.0),  # l1 has grown: whose were the 300 W?
        ({"l1": 2000, "l2": 30}, 2030.0),  # lost in the scatter of l1
        ({"l1": 20, "l2": 9}, 29.0),  # too small for any verdict
    ],
)
def test_there_is_no_doubt_without_evidence(
    loads: dict[str, float], before: float
) -> None:
    relay = Metered(**loads).tell((0, "l1", True), (0, "l2", True))
    relay.tell((20, "power", before), (30, "l2", False), (31, "power", before))
    assert relay.parts == {"l1": (before, False), "l2": (0.0, False)}
    assert relay.rest == 0.0


@pytest.mark.parametrize(
    "before", [[], [(20, "power", None)], [(-50, "power", 2300.0)]]
)
def test_there_is_no_doubt_without_a_fresh_power_before(before: list[Told]) -> None:
    relay = Metered(l1=2000, l2=300).tell((-60, "l1", True), (-60, "l2", True))
    relay.tell(*before, (30, "l2", False), (31, "power", 2300.0))
    assert relay.rest == 0.0


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
