"""A contact that nobody knows any more has no power of its own."""

from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER, threshold
from tests.unit.policy.plant import Plant


def test_a_channel_whose_command_was_given_up_takes_nobody_knows_what() -> None:
    plant = Plant(threshold(for_seconds=0.0)).start()
    plant.draw(BOILER, "l1", 1500)
    plant.run(5)
    assert plant.stage.facts(BOILER, plant.now).channel_power["l1"].watts == 1500
    plant.relays[BOILER].deaf = True
    plant.draw(BOILER, "l1", 2600)
    plant.relays[BOILER].dead = True
    plant.run(30)
    assert set(plant.outcomes()) == {"unknown"}
    assert plant.stage.engine.house.relays[BOILER].held[Quantity.POWER].value == 2600
    assert "l1" not in plant.stage.facts(BOILER, plant.now).channel_power
