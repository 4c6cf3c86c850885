"""What a cut-off waits for, and what it never waits for."""

from datetime import time

import pytest

from collector.model.command import Action
from collector.model.decision import EventKind
from collector.model.policy import Hours, PolicyClass, SwitchLimits
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BOILER,
    ECONOMY,
    L1,
    PROTECTION,
    schedule,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant

NEVER_AGAIN = SwitchLimits(
    min_on_seconds=9e9,
    min_off_seconds=9e9,
    cool_down_seconds=9e9,
    switches_per_hour=1,
    switches_per_day=1,
)
AT_ONCE = threshold(for_seconds=0.0)


def test_no_limit_meant_for_restores_holds_a_cut_off() -> None:
    """Switched on this very moment, many times, and over its limit: off."""
    plant = Plant(AT_ONCE, limits=NEVER_AGAIN).start()
    for index in range(30):
        plant.reset()
        if index:
            plant.draw(BOILER, "l1", 0.0)
            plant.ask(L1, Action.ON)
        plant.draw(BOILER, "l1", 2300.0)
        assert not plant.is_on(L1)
    assert plant.outcomes().count("confirmed") == len(plant.commands)


@pytest.mark.parametrize("min_on", [0.0, 10.0, 45.0])
def test_min_on_holds_the_cut_of_an_economy_rule(min_on: float) -> None:
    limits = SwitchLimits(min_on_seconds=min_on)
    hours = Hours(start=time(6), end=time(12))
    plant = Plant(schedule(allowed=hours), limits=limits).start()
    plant.sent()
    plant.run(20)
    plant.commands.clear()
    plant.times.clear()
    plant.press(BOILER, "l1", code=0x0D)  # no person's word
    plant.run(100)
    assert plant.sent(L1) == [(20 + min_on, "off")]


def test_a_protected_channel_is_never_switched() -> None:
    protected = {BOILER: {"protected": frozenset({"l1"})}}
    plant = Plant(AT_ONCE, relays=protected).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(60, every=5)
    assert plant.commands == []
    assert any("is above" in alarm for alarm in plant.alarms())


def test_a_protected_channel_does_not_keep_the_line_busy() -> None:
    """What is decided of it is decided: nothing is due because of it."""
    protected = {BOILER: {"protected": frozenset({"l1"})}}
    plant = Plant(AT_ONCE, relays=protected).start()
    plant.press(BOILER, "l1")
    assert plant.stage.engine.next_due() > plant.mono


def test_protection_comes_first_in_reason_and_priority() -> None:
    spares = threshold("spares", policy_class=ECONOMY, for_seconds=0.0)
    plant = Plant(spares, AT_ONCE).start()
    plant.draw(BOILER, "l1", 2300.0)
    (command,) = plant.commands
    assert command.cut_off
    decided = [event.rule for event in plant.of(EventKind.DECISION)]
    assert decided == ["overload", "spares"]
    (outcome,) = plant.of(EventKind.OUTCOME)
    assert outcome.rule == "overload"


def test_one_command_for_all_who_want_the_same() -> None:
    rules = [threshold(f"rule {index}", for_seconds=0.0) for index in range(5)]
    plant = Plant(*rules).start()
    plant.draw(BOILER, "l1", 2300.0)
    assert len(plant.commands) == 1
    decisions = plant.of(EventKind.DECISION)
    assert {event.rule for event in decisions} == {rule.name for rule in rules}
    assert {event.command for event in decisions} == {1}
    assert all(event.inputs and event.reason for event in decisions)


def test_a_contact_that_is_open_already_is_left_alone() -> None:
    plant = Plant(voltage()).start()
    plant.press(BOILER, "l1")
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    assert plant.run(60).commands == []


def test_a_contact_that_nobody_knows_is_switched_off() -> None:
    plant = Plant(AT_ONCE)
    plant.up()
    plant.see(BOILER, Quantity.POWER, 2300.0)
    assert plant.sent() == [(0, "off")]


@pytest.mark.parametrize(("closes", "cut"), [(1.0, 5), (4.0, 5), (5.0, 5), (40.0, 40)])
def test_too_much_and_the_contact_is_said_to_be_open_it_is_read(
    closes: float, cut: float
) -> None:
    """A report was lost: the contact has closed, and nobody has told."""
    plant = Plant(AT_ONCE).start()
    plant.press(BOILER, "l1")
    plant.run(closes)
    plant.relays[BOILER].on["l1"] = True
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.report_power(BOILER)
    plant.run(4.5)
    assert (BOILER, Quantity.STATE, "l1") in plant.reads
    assert plant.sent() == [(cut, "off")]


def test_it_is_read_every_thirty_seconds_while_it_is_too_much() -> None:
    plant = Plant(AT_ONCE).start()
    plant.press(BOILER, "l1")
    plant.draw(BOILER, "l2", 2300.0)
    plant.press(BOILER, "l2")
    plant.run(300, every=10)
    asked = [item for item in plant.reads if item[1] is Quantity.STATE]
    assert 9 <= len(asked) <= 11


@pytest.mark.parametrize("policy_class", [PROTECTION, ECONOMY])
def test_after_an_outage_what_was_open_is_read_before_it_is_believed(
    policy_class: PolicyClass,
) -> None:
    plant = Plant(voltage(policy_class=policy_class)).start()
    plant.relays[BOILER].volts = 260.0
    plant.report_power(BOILER)
    assert plant.sent() == [(0, "off")]
    plant.run(30)
    plant.down()
    plant.relays[BOILER].on["l1"] = True  # by a hand, unheard
    plant.run(60)
    plant.up()
    plant.report_power(BOILER)
    min_on = 0 if policy_class is PROTECTION else 10
    plant.run(min_on + 1)
    assert plant.sent()[-1] == (90 + min_on, "off")
