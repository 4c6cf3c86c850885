"""What the engine holds of the values that come together."""

import pytest

from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER
from tests.unit.policy.plant import Plant


@pytest.mark.parametrize(
    ("watts", "amperes"),
    [
        (2600.0, 12.0),  # as measured: more than 2600 W at 230 V
        (2000.0, 12.0),
        (1299.0, 1299.0 / 230),  # half of that load is gone: 12 A were the other half's
        (0.0, 0.0),
    ],
)
def test_a_measured_current_lasts_as_long_as_its_load(
    watts: float, amperes: float
) -> None:
    plant = Plant().start()
    plant.reads_answered = False  # what is told here is no toy's
    house = plant.stage.engine.house
    view = house.relays[BOILER]
    plant.structure(
        BOILER,
        {Quantity.POWER: 2600.0, Quantity.CURRENT: 12.0, Quantity.VOLTAGE: 230.0},
    )
    plant.run(5)
    plant.see(BOILER, Quantity.POWER, watts)
    assert house.current(view, plant.mono) == pytest.approx(amperes)


def test_a_current_from_before_a_contact_opened_is_of_another_load() -> None:
    plant = Plant().start()
    plant.reads_answered = False
    house = plant.stage.engine.house
    view = house.relays[BOILER]
    together = {Quantity.POWER: 2450.0, Quantity.CURRENT: 11.0, Quantity.VOLTAGE: 230.0}
    plant.see(BOILER, Quantity.STATE, 1.0, "l1")
    plant.structure(BOILER, together)
    plant.run(5)
    plant.see(BOILER, Quantity.STATE, 0.0, "l1")
    assert house.current(view, plant.mono) == pytest.approx(11.0)  # no power since
    plant.run(1)
    plant.see(BOILER, Quantity.POWER, 1450.0)  # more than half of it
    assert house.current(view, plant.mono) == pytest.approx(1450 / 230)
    plant.run(60)
    plant.structure(BOILER, {**together, Quantity.POWER: 1450.0, Quantity.CURRENT: 7.5})
    assert house.current(view, plant.mono) == pytest.approx(7.5)
