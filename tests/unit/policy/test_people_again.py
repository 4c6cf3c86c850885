"""Requests that meet a command whose outcome was told already."""

import pytest

from collector.model.command import Action, CommandOutcome
from tests.unit.policy.house_rules import BOILER, L1
from tests.unit.policy.plant import Plant


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3])
def test_an_off_after_a_bounce_has_an_outcome_of_its_own(seconds: float) -> None:
    plant = Plant()
    relay = plant.relays[BOILER]
    relay.on["l1"] = True
    plant.start()
    relay.bounces = 1
    first = plant.ask(L1, Action.OFF)
    assert plant.finished[first].outcome is CommandOutcome.CONFIRMED
    assert plant.is_on(L1)  # it has closed again by itself
    plant.run(seconds)

    second = plant.ask(L1, Action.OFF)
    plant.run(60)

    assert plant.finished[second].outcome is CommandOutcome.CONFIRMED
    assert second != first
    assert not plant.is_on(L1)
