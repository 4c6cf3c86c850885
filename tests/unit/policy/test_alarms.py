"""What a person must look at: said once while it lasts, and again after ten minutes."""

from itertools import pairwise
from typing import Any

from collector.model.command import Action, CommandOutcome
from collector.model.decision import DecisionAction, EventKind
from collector.model.policy import Mode, StaleAction, StaleRule
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BATH,
    BOILER,
    FLOOR,
    L1,
    budget,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant


def said(plant: Plant, rule: str) -> list[tuple[float, str]]:
    """When a rule has raised which alarm."""
    return [
        ((event.at - plant.began).total_seconds(), event.reason)
        for event in plant.of(EventKind.ALARM)
        if event.rule == rule
    ]


def helpless(**changes: Any) -> Plant:
    """Everything that the rule may switch off is off, and it is too much still."""
    plant = Plant(threshold(for_seconds=0.0, **changes)).start()
    plant.press(BOILER, "l1")
    plant.draw(BOILER, "l2", 2300.0)
    plant.press(BOILER, "l2")
    return plant


def test_too_much_and_nothing_left_to_switch_off() -> None:
    plant = helpless().run(14.9, every=2)
    assert said(plant, "overload") == []
    plant.run(0.2)
    words = "; all that it may switch off is off"
    ((at, reason),) = said(plant, "overload")
    assert at == 15
    assert reason.endswith(words)
    assert "power 2300 W is above 2200 W" in reason
    plant.run(1200, every=5)
    assert [at for at, _ in said(plant, "overload")] == [15, 615, 1215]


def test_it_counts_as_an_action_that_failed() -> None:
    plant = helpless().run(20, every=2)
    actions = plant.stage.facts(BOILER, plant.now).actions
    key = ("overload", "", DecisionAction.ALARM, CommandOutcome.FAILED, Mode.ENFORCE)
    assert actions[key] == 1


def test_it_ends_with_the_excess_and_begins_anew() -> None:
    plant = helpless().run(60, every=5)
    plant.draw(BOILER, "l2", 100.0)
    plant.run(700, every=5)
    plant.draw(BOILER, "l2", 2300.0)
    start = plant.seconds
    plant.run(60, every=5)
    assert [at for at, _ in said(plant, "overload")] == [15, start + 15]


def test_what_is_too_much_for_a_moment_is_no_alarm() -> None:
    plant = helpless()
    for _ in range(20):
        plant.run(10, every=2)
        plant.draw(BOILER, "l2", 100.0)
        plant.run(10, every=2)
        plant.draw(BOILER, "l2", 2300.0)
    assert said(plant, "overload") == []


def test_no_alarm_while_the_cut_is_under_way() -> None:
    plant = Plant(threshold(for_seconds=0.0)).start()
    plant.relays[BOILER].deaf = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(13, every=2)
    assert said(plant, "overload") == []


def test_nothing_left_to_shed() -> None:
    plant = Plant(budget(limit_w=1000.0, shed=((FLOOR, "l1"),))).start()
    plant.draw(BOILER, "l1", 2000.0)
    plant.run(100, every=5)
    ((_, reason),) = said(plant, "house")
    assert reason.endswith("; there is nothing left to switch off")


def test_a_rating_that_may_not_cut_is_an_alarm() -> None:
    plant = Plant().start()
    plant.draw(BOILER, "l1", 2600.0)
    plant.run(700, every=5)
    # A minute of it would be cut if it might; then power has its 15 s to follow.
    assert [at for at, _ in said(plant, "root")] == [75, 675]


def test_the_blindness_of_a_group_is_said_once() -> None:
    """Too much and not too much, again and again, beside a member that is silent."""
    plant = Plant(budget(limit_w=4000.0, shed=((FLOOR, "l1"),))).start()
    plant.press(BATH, "l1")
    plant.relays[BATH].dead = True
    for _ in range(6):
        plant.draw(BOILER, "l1", 1000.0)
        plant.run(60, every=10)
        plant.draw(BOILER, "l1", 4100.0)
        plant.run(30, every=10)
    blind = [reason for _, reason in said(plant, "house") if "Blind" in reason]
    assert blind == [f"Blind: power is silent: {BATH}"]


def test_the_blindness_of_an_idle_rule_is_said_once() -> None:
    stale = StaleRule(action=StaleAction.OFF, after_seconds=300.0)
    plant = Plant(threshold(when_stale=stale)).start()
    plant.relays[BOILER].dead = True
    plant.run(2000)
    blind = [at for at, reason in said(plant, "overload") if "Blind" in reason]
    assert blind == [120]


# fights ------------------------------------------------------------------------------


def reversals(plant: Plant) -> list[tuple[float, str]]:
    return [
        ((event.at - plant.began).total_seconds(), event.reason)
        for event in plant.of(EventKind.ALARM)
        if "reversals" in event.reason
    ]


def fighting() -> Plant:
    """The load is always too much, and the rule always lets it come back."""
    restore = voltage().restore
    volts = voltage("volts", restore=restore)
    return Plant(volts, threshold("watts", limit=volts.limit)).start()


def test_three_reversals_in_ten_minutes_are_an_alarm_and_it_stays_off() -> None:
    plant = fighting()
    for _ in range(20):
        plant.see(BOILER, Quantity.VOLTAGE, 260.0)
        plant.run(40, every=10)
        plant.see(BOILER, Quantity.VOLTAGE, 230.0)
        plant.run(40, every=10)
    words = [word for _, word in plant.sent()[:5]]
    times = [at for at, _ in plant.sent()[:6]]
    assert words == ["off", "on", "off", "on", "off"]
    # 60 s each, and after the third reversal the rest of ten minutes.
    assert times == [0, 60, 80, 140, 160, 760]
    at, reason = reversals(plant)[0]
    assert at == 140
    assert reason == (
        "3 reversals in ten minutes; rules of this channel: volts, watts, root"
    )
    alarms = [at for at, _ in reversals(plant)]
    assert all(after - before >= 600 for before, after in pairwise(alarms))


def test_a_person_who_plays_with_the_switch_is_no_fight() -> None:
    plant = Plant().start()
    for _ in range(5):
        plant.ask(L1, Action.OFF)
        plant.run(20)
        plant.ask(L1, Action.ON)
        plant.run(20)
    assert reversals(plant) == []


def test_a_machine_that_fights_a_rule_is_one() -> None:
    """Somebody's automation switches on over MQTT what the rule has cut."""
    plant = Plant(voltage(policy_class="economy")).start()
    for _ in range(4):
        plant.override(BOILER, 0.0)
        plant.see(BOILER, Quantity.VOLTAGE, 260.0)
        plant.run(20, every=10)
        plant.see(BOILER, Quantity.VOLTAGE, 230.0)
        plant.ask(L1, Action.ON)
        plant.run(20, every=10)
    assert len(reversals(plant)) == 1
