"""An overload at boiler/l1 whose cut-off goes wrong in many ways."""

from typing import Any

from collector.model.policy import Rule
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER, after, threshold
from tests.unit.policy.plant import Plant

AT_ONCE = threshold(for_seconds=0.0)


def overloaded(**faults: Any) -> Plant:
    """A plant in which boiler/l1 was just found far over its limit."""
    plant = held_up()
    for name, value in faults.items():
        setattr(plant.relays[BOILER], name, value)
    plant.hold_answers = False
    plant.carry_out(plant.commands[0])
    plant.catch_up()
    return plant


def held_up() -> Plant:
    """The same, with the radio's answers in the test's hands."""
    plant = Plant(AT_ONCE).start()
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.reads.clear()
    return plant


def state_reads(plant: Plant) -> list[str | None]:
    return [channel for _, what, channel in plant.reads if what is Quantity.STATE]


def cut(*rules: Rule, watts: float = 2300.0, **policies: Any) -> Plant:
    """A plant whose boiler/l1 was just cut; the load is gone when it comes back."""
    plant = Plant(*rules, **policies).start()
    plant.draw(BOILER, "l1", watts)
    assert plant.sent() == [(0, "off")]
    plant.relays[BOILER].watts["l1"] = 100.0
    return plant


def restoring(seconds: float, at_most: int = 3, within: float = 86_400.0) -> Rule:
    return threshold(for_seconds=0.0, restore=after(seconds, at_most, within))
