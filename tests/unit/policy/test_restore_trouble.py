"""An ON that fails, a contact that is not known, no room."""

from collector.model.policy import PolicySettings, SwitchLimits
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BOILER,
    FLOOR,
    L1,
    L2,
    budget,
)
from tests.unit.policy.overloads import cut, restoring
from tests.unit.policy.plant import Plant


def test_an_on_that_fails_is_tried_again_and_counts_once() -> None:
    plant = cut(restoring(60.0, at_most=1))
    plant.relays[BOILER].refuses = 7
    plant.run(59, every=10)
    plant.run(400, every=10)
    ons = [at for at, word in plant.sent() if word == "on"]
    # Three attempts a command, and a command a minute (cool down).
    assert ons == [60, 60.25, 60.75, 120, 120.25, 120.75, 180, 180.25]
    assert plant.is_on(L1)
    assert plant.outcomes()[1:] == ["refused", "refused", "confirmed"]
    (status,) = [
        each for each in plant.stage.policies(plant.now) if each.kind != "root"
    ]
    assert status.restores == 1


def test_an_on_that_never_works_is_bounded() -> None:
    plant = cut(restoring(60.0))
    plant.relays[BOILER].refuses = 10_000
    plant.run(3600, every=30)
    assert len({each.number for each in plant.commands}) <= 21
    hours = SwitchLimits().switches_per_hour
    assert len([each for each in plant.commands if each.on]) <= 3 * hours


def test_an_on_that_is_not_on_disk_is_not_sent() -> None:
    """A kill would forget that it counts, and it would come again and again."""
    plant = cut(restoring(60.0))
    plant.disk = False
    plant.run(100, every=10)
    assert not plant.is_on(L1)
    plant.disk = True
    plant.run(200, every=10)
    assert plant.is_on(L1)


def test_a_contact_that_is_not_known_is_read_before_it_is_restored() -> None:
    plant = cut(restoring(60.0)).run(50, every=10)
    plant.stage.engine.house.relays[BOILER].contacts["l1"].on = None
    plant.reads_answered = False
    plant.run(500, every=10)
    asked = [item for item in plant.reads if item == (BOILER, Quantity.STATE, "l1")]
    assert 3 <= len(asked) <= 8  # 5, 10, 20, 40 … s apart
    assert plant.sent() == [(0, "off")]
    plant.report_state(BOILER, "l1")
    assert plant.sent()[-1][1] == "on"


def test_somebody_was_faster() -> None:
    plant = cut(restoring(60.0)).run(50, every=10)
    plant.stage.engine.house.relays[BOILER].contacts["l1"].on = None
    plant.relays[BOILER].on["l1"] = True
    plant.report_state(BOILER, "l1")
    plant.run(300, every=10)
    assert plant.sent() == [(0, "off")]
    assert plant.stage.engine.arbiter.memory(L1).owed == set()


def test_no_restore_while_the_radio_is_down() -> None:
    plant = cut(restoring(60.0)).run(30, every=10)
    plant.down()
    plant.run(600)
    assert plant.sent() == [(0, "off")]
    plant.up()
    plant.run(100, every=10)
    assert plant.sent()[-1][1] == "on"


# room --------------------------------------------------------------------------------


def test_a_restore_waits_for_room_in_the_budget() -> None:
    """What comes back has to fit: 2,300 W remembered, 4,500 W in all."""
    rules = restoring(60.0), budget(members=(BOILER, FLOOR), shed=((FLOOR, "l1"),))
    plant = Plant(*rules).start()
    plant.relays[BOILER].watts["l1"] = 2100.0
    plant.run(30, every=5)
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 2100.0
    plant.draw(FLOOR, "l1", 3000.0)
    plant.run(300, every=5)
    assert plant.sent(L1) == [(30, "off")]
    plant.draw(FLOOR, "l1", 1000.0)
    plant.run(300, every=5)
    assert [word for _, word in plant.sent(L1)] == ["off", "on"]


def test_a_budget_sheds_and_restores_through_the_arbiter() -> None:
    plant = Plant(budget()).start()
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.relays[FLOOR].watts["l1"] = 1500.0
    plant.relays["00:15:8d:00:03:a0:00:02"].watts["l1"] = 1500.0
    plant.run(60, every=5)
    assert plant.sent() == [(5, "off")]
    assert not plant.is_on(L1)
    plant.relays[FLOOR].watts["l1"] = 200.0
    plant.run(300, every=5)
    assert [word for _, word in plant.sent(L1)] == ["off", "on"]
    assert PolicySettings().limits.min_off_seconds == 60.0
    assert not plant.is_on(L2)
