"""The same decisions, said and counted, and no command."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from collector.model.command import Action, CommandOutcome
from collector.model.decision import DecisionAction, EventKind
from collector.model.policy import Hours, Mode, Rule, SwitchLimits
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BOILER,
    ECONOMY,
    L1,
    after,
    budget,
    schedule,
    standby,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant

WOULD = CommandOutcome.WOULD_ACT


def decisions(plant: Plant) -> list[tuple[float, str | None, str | None, str]]:
    """When which rule has decided what."""
    return [
        (
            (event.at - plant.began).total_seconds(),
            event.rule,
            event.channel,
            str(event.action),
        )
        for event in plant.of(EventKind.DECISION)
    ]


def volts(*values: float) -> list[tuple[float, float]]:
    return [(60.0 * index, value) for index, value in enumerate(values)]


SCENES: list[tuple[str, Rule, list[tuple[float, float]]]] = [
    ("once", voltage(), volts(230, 260, 260, 230, 230, 230)),
    ("again and again", voltage(), volts(*[260, 230, 230, 230] * 4)),
    ("only so often", voltage(restore=after(90.0, 2)), volts(*[260, 230, 230] * 9)),
    ("for good", voltage(restore=threshold().restore), volts(*[260, 230] * 5)),
    (
        "by the hour",
        schedule(allowed=Hours(start=time(12, 2), end=time(12, 9))),
        volts(*[230] * 20),
    ),
    (
        "economy waits for min_on",
        voltage(policy_class=ECONOMY),
        volts(230, 260, 230, 260, 230, 260, 230),
    ),
]


def played(rule: Rule, scene: list[tuple[float, float]], **policies: Any) -> Plant:
    plant = Plant(rule, **policies).start()
    for at, value in scene:
        plant.to(at, every=20)
        plant.relays[BOILER].volts = value
        plant.report_power(BOILER)
    return plant.run(300, every=20)


@pytest.mark.parametrize(
    ("rule", "scene"), [scene[1:] for scene in SCENES], ids=[s[0] for s in SCENES]
)
@pytest.mark.parametrize("limits", [SwitchLimits(), SwitchLimits(min_off_seconds=200)])
def test_the_same_decisions_as_in_earnest(
    rule: Rule, scene: list[tuple[float, float]], limits: SwitchLimits
) -> None:
    earnest = played(rule, scene, limits=limits)
    dry = played(in_dry_run(rule), scene, limits=limits)
    monitor = played(rule, scene, limits=limits, monitor=True)
    assert decisions(earnest)
    assert decisions(dry) == decisions(earnest)
    assert decisions(monitor) == decisions(earnest)
    assert dry.commands == monitor.commands == []
    for plant, mode in (dry, Mode.DRY_RUN), (monitor, Mode.MONITOR):
        events = plant.of(EventKind.DECISION)
        assert {(event.mode, event.outcome) for event in events} == {(mode, WOULD)}


def in_dry_run(rule: Rule) -> Rule:
    return replace(rule, mode=Mode.DRY_RUN)


def test_a_trip_counts_once_however_long_it_lasts() -> None:
    plant = Plant(threshold(mode=Mode.DRY_RUN)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(3600, every=5)
    (event,) = plant.of(EventKind.DECISION)
    assert event.reason == "power 2300 W is above 2200 W for 10.0 s"
    assert event.inputs[0].value == 2300.0
    actions = plant.stage.facts(BOILER, plant.now).actions
    key = ("overload", "l1", DecisionAction.OFF, WOULD, Mode.DRY_RUN)
    assert actions[key] == 1
    assert plant.commands == []


def test_what_is_cut_by_somebody_else_needs_no_cut() -> None:
    plant = Plant(threshold(mode=Mode.DRY_RUN)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.press(BOILER, "l1")
    plant.see(BOILER, Quantity.POWER, 2300.0)  # of the other channel
    plant.run(60)
    assert plant.of(EventKind.DECISION) == []


def test_a_hand_that_switches_off_and_on_lets_it_be_cut_again() -> None:
    plant = Plant(threshold(mode=Mode.DRY_RUN, restore=after(60.0, 9))).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(20, every=5)
    plant.press(BOILER, "l1")
    plant.run(20, every=5)
    plant.press(BOILER, "l1")
    plant.run(20, every=5)
    assert [word for *_, word in decisions(plant)] == ["off", "off"]


def test_a_reset_switches_nothing_on_even_in_thought() -> None:
    plant = Plant(threshold(mode=Mode.DRY_RUN)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(20, every=5)
    plant.draw(BOILER, "l1", 100.0)
    plant.reset()
    plant.run(600, every=30)
    assert [word for *_, word in decisions(plant)] == ["off"]
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(20, every=5)
    assert [word for *_, word in decisions(plant)] == ["off", "off"]


def test_an_override_suspends_it_as_in_earnest() -> None:
    hours = schedule(allowed=Hours(start=time(6), end=time(12)), mode=Mode.DRY_RUN)
    plant = Plant(hours).start()
    assert [word for *_, word in decisions(plant)] == ["off"]
    plant.ask(L1, Action.ON)
    plant.run(3590, every=60)
    said = [each for each in plant.of(EventKind.DECISION) if each.rule]
    assert len(said) == 1
    plant.run(30, every=60)
    said = [each for each in plant.of(EventKind.DECISION) if each.rule]
    assert [str(each.action) for each in said] == ["off", "off"]


def test_a_protected_channel_would_not_be_cut_either() -> None:
    relays = {BOILER: {"protected": frozenset({"l1"})}}
    plant = Plant(threshold(mode=Mode.DRY_RUN), relays=relays).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(60, every=5)
    assert decisions(plant) == []


def test_a_restore_needs_room_as_in_earnest() -> None:
    rules = voltage(mode=Mode.DRY_RUN), budget(limit_w=1000.0)
    plant = Plant(*rules).start()
    plant.relays[BOILER].volts = 260.0
    plant.relays[BOILER].watts["l1"] = 900.0
    plant.report_power(BOILER)
    plant.relays[BOILER].volts = 230.0
    plant.run(900, every=30)
    assert [word for *_, word in decisions(plant)] == ["off"]
    plant.relays[BOILER].watts["l1"] = 50.0
    plant.stage.engine.meters.load(BOILER, {"loads": {"l1": 50.0}})
    plant.run(900, every=30)
    assert [word for *_, word in decisions(plant)] == ["off", "on"]


def test_an_unknown_contact_would_be_cut_and_not_restored() -> None:
    plant = Plant(voltage(mode=Mode.DRY_RUN))
    plant.up()
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(60).see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(300)
    assert [word for *_, word in decisions(plant)] == ["off"]


def test_a_group_in_monitor_mode_counts_what_it_would_have_shed_as_off() -> None:
    plant = Plant(budget(limit_w=2000.0), monitor=True).start()
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.run(600, every=10)
    words = [word for _, _, _, word in decisions(plant)]
    assert words == ["off"]
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(600, every=10)
    assert [word for *_, word in decisions(plant)] == ["off", "on"]


def test_what_another_rule_has_cut_and_restored_would_be_cut_again() -> None:
    plant = Plant(threshold(mode=Mode.DRY_RUN), voltage()).start()
    plant.relays[BOILER].volts = 230.0
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(20, every=5)
    plant.relays[BOILER].volts = 260.0
    plant.run(20, every=5)
    plant.relays[BOILER].volts = 230.0
    plant.run(200, every=5)
    dry = [str(event.action) for event in plant.of(EventKind.DECISION) if event.outcome]
    assert dry == ["off", "off"]


def test_a_rule_in_dry_run_beside_one_in_earnest() -> None:
    plant = Plant(standby(), threshold(mode=Mode.DRY_RUN)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(20, every=5)
    assert plant.commands == []
    plant.draw(BOILER, "l1", 1.0)
    plant.run(60, every=5)
    assert len(plant.commands) == 1
