"""Another configuration, relays that come and go: what goes on, and what ends."""

from typing import Any

import pytest

from collector.model.command import Action, AttemptResult
from collector.model.decision import EventKind
from collector.model.policy import Limit, Mode
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BOILER,
    FLOOR,
    L1,
    after,
    budget,
    threshold,
    voltage,
    when_clear,
)
from tests.unit.policy.plant import Plant

RULE = threshold(for_seconds=0.0, restore=after(300.0))
PROTECTED: dict[str, dict[str, Any]] = {BOILER: {"protected": frozenset({"l1"})}}


def cut() -> Plant:
    plant = Plant(RULE).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(60, every=10)
    assert plant.state() == "latched"
    return plant


def test_a_rule_that_stays_the_same_goes_on_where_it_is() -> None:
    plant = cut()
    seat = plant.stage.engine.rulebook.seats["overload", BOILER]
    plant.reload(RULE, voltage())
    assert plant.stage.engine.rulebook.seats["overload", BOILER] is seat
    plant.run(240, every=10)
    assert plant.sent() == [(0, "off"), (300, "on")]


def test_a_rule_that_changes_keeps_its_latch_and_its_counts() -> None:
    plant = cut()
    plant.reload(threshold(restore=after(300.0), limit=Limit(trip=1000, clear=900)))
    assert plant.state() in {"latched", "stale"}
    plant.run(200, every=10)
    assert plant.sent() == [(0, "off")]  # its wait begins anew
    plant.run(200, every=10)
    assert [word for _, word in plant.sent()] == ["off", "on"]


def test_a_rule_that_is_gone_leaves_everything_as_it_is() -> None:
    plant = cut()
    plant.reload()
    plant.run(2000, every=30)
    assert plant.sent() == [(0, "off")]
    (event,) = plant.of(EventKind.RESET)  # the latch does not end in silence
    assert (event.ieee, event.channel, event.rule) == (*L1, "overload")
    assert "no longer configured" in event.reason
    plant.ask(L1, Action.ON)
    assert plant.is_on(L1)


def test_nor_does_anything_come_on_for_a_rule_that_waited_for_it() -> None:
    heat = threshold(
        "heat", quantity=Quantity.TEMPERATURE, for_seconds=0.0, restore=when_clear()
    )
    plant = Plant(threshold(for_seconds=0.0), heat).start()
    plant.see(BOILER, Quantity.TEMPERATURE, 2500.0)
    plant.see(BOILER, Quantity.POWER, 2300.0)
    plant.run(20).see(BOILER, Quantity.TEMPERATURE, 20.0)
    plant.run(100, every=30)
    plant.reload(heat)
    plant.run(600, every=30)
    assert plant.sent() == [(0, "off")]


def test_a_rule_that_comes_back_begins_anew() -> None:
    plant = cut()
    plant.reload()
    plant.reload(RULE)
    plant.report_power(BOILER)
    assert plant.state() == "ok"
    plant.run(2000, every=30)
    assert plant.sent() == [(0, "off")]


def test_a_rule_that_goes_into_dry_run_switches_nothing_any_more() -> None:
    plant = cut()
    plant.reload(threshold(for_seconds=0.0, restore=after(300.0), mode=Mode.DRY_RUN))
    plant.run(2000, every=30)
    assert plant.sent() == [(0, "off")]


def test_a_rule_that_leaves_dry_run_has_cut_nothing_yet() -> None:
    plant = Plant(threshold(for_seconds=0.0, mode=Mode.DRY_RUN)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.draw(BOILER, "l1", 100.0)
    assert plant.state() == "latched"
    plant.reload(threshold(for_seconds=0.0))
    assert plant.is_on(L1)
    assert plant.state() == "ok"
    plant.draw(BOILER, "l1", 2300.0)
    assert not plant.is_on(L1)


def test_a_group_that_leaves_dry_run_has_cut_nothing_yet() -> None:
    shed = ((BOILER, "l1"), ("00:15:8d:00:03:ff:ff:ff", "l1"))
    rule = budget(limit_w=1000.0, shed=shed, mode=Mode.DRY_RUN)
    plant = Plant(rule).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(60, every=5)
    plant.reload(budget(limit_w=3000.0, shed=shed))
    plant.run(60, every=5)
    assert plant.commands == []
    assert plant.state("house") == "ok"


def test_monitor_mode_ends_what_is_on_its_way() -> None:
    plant = Plant(RULE).start()
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.reload(RULE, monitor=True)
    plant.answer(plant.commands[0], AttemptResult.REFUSED)
    plant.run(600, every=10)
    assert len(plant.commands) == 1
    assert plant.outcomes() == ["unknown"]


def test_a_channel_that_becomes_protected_is_let_alone_at_once() -> None:
    plant = Plant(RULE).start()
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.told.update(PROTECTED)
    plant.reload(RULE)
    plant.answer(plant.commands[0], AttemptResult.REFUSED)
    plant.run(600, every=10)
    assert len(plant.commands) == 1


def test_limits_and_volts_are_those_of_the_new_one() -> None:
    plant = Plant(RULE).start()
    plant.reload(RULE, nominal_volts=120.0)
    assert plant.stage.engine.house.nominal_volts == 120.0


def test_a_demand_of_a_rule_that_is_gone_ends() -> None:
    """It waited for the relay to obey; nobody wants it any more."""
    plant = Plant(RULE).start()
    plant.relays[BOILER].refuses = 99
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(4)
    sent = len(plant.commands)
    plant.reload()
    plant.run(600, every=10)
    assert len(plant.commands) == sent


# relays that come and go ----------------------------------------------------------------


def test_a_relay_that_joins_gets_its_rules_with_the_next_step() -> None:
    plant = Plant(threshold(relays=None, for_seconds=0.0), addresses=(BOILER, FLOOR))
    plant.start()
    plant.stage.engine.remove(FLOOR, plant.now)
    plant.stage.joined(FLOOR)
    plant.report_state(FLOOR, "l1")
    plant.draw(FLOOR, "l1", 2300.0)
    assert plant.sent() == [(0, "off")]


def test_a_relay_that_is_removed_leaves_nothing_behind() -> None:
    plant = cut()
    plant.commit()
    assert any(BOILER in key for _, key in plant.saved)
    plant.remove(BOILER)
    plant.remove(BOILER)  # twice is no harm
    plant.commit()
    assert not any(BOILER in key for _, key in plant.saved)
    assert plant.stage.unsaved(plant.now) == {}
    facts = plant.stage.facts(BOILER, plant.now)
    assert (facts.rules, facts.commands) == ({}, {})
    plant.run(600)
    assert plant.sent() == [(0, "off")]


def test_a_relay_that_is_removed_and_joins_again_begins_anew() -> None:
    plant = cut()
    plant.commit()
    plant.remove(BOILER)
    plant.stage.joined(BOILER)
    plant.report(BOILER)
    assert plant.state() == "ok"
    plant.run(2000, every=30)
    assert plant.sent() == [(0, "off")]
    plant.commit()
    plant.kill()
    plant.report(BOILER)
    assert plant.state() == "ok"


@pytest.mark.parametrize("quantity", [Quantity.POWER, Quantity.STATE])
def test_reads_of_relays_that_are_gone_end_without_harm(quantity: Quantity) -> None:
    plant = Plant(RULE).start()
    plant.remove(BOILER)
    plant.do(plant.read_ended(BOILER, quantity))


def test_energy_of_a_relay_that_is_gone_is_nobodys() -> None:
    plant = Plant(RULE).start()
    plant.stage.energy(BOILER, 5.0)
    assert plant.stage.engine.house.relays[BOILER].energy_joules == 5.0
    plant.remove(BOILER)
    plant.stage.energy(BOILER, 6.0)
    assert BOILER not in plant.stage.engine.house.relays
