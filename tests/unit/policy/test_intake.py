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
