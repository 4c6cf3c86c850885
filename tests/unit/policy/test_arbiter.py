"""policy.md 12, 15, 17: what a cut-off waits for, and what it never waits for."""

from datetime import time
from typing import Any

import pytest

from collector.model.command import Action
from collector.model.decision import EventKind
from collector.model.policy import Hours, Limit, SwitchLimits
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BATH,
    BOILER,
    FLOOR,
    L1,
    L2,
    off_after,
    schedule,
    standby,
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
    plant = Plant(schedule(allowed=Hours(start=time(6), end=time(12))), AT_ONCE)
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.up()
    plant.hold_answers = True
    plant.report_power(BOILER)
    plant.report_state(BOILER, "l1")
    plant.run(1)
    assert plant.commands[-1].cut_off
    decided = [event.rule for event in plant.of(EventKind.DECISION)]
    assert set(decided) == {"overload", "hours"}
    pending = plant.stage.engine.arbiter.tracker.get(L1)
    assert pending is not None
    assert pending.order.rules == ("overload", "hours")


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


def test_too_much_and_the_contact_is_said_to_be_open_it_is_read() -> None:
    """A report was lost: the contact has closed, and nobody has told."""
    plant = Plant(AT_ONCE).start()
    plant.press(BOILER, "l1")
    plant.run(40)
    plant.relays[BOILER].on["l1"] = True
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.report_power(BOILER)
    assert (BOILER, Quantity.STATE, "l1") in plant.reads
    assert plant.sent() == [(40, "off")]


def test_it_is_read_every_thirty_seconds_while_it_is_too_much() -> None:
    plant = Plant(AT_ONCE).start()
    plant.press(BOILER, "l1")
    plant.draw(BOILER, "l2", 2300.0)
    plant.press(BOILER, "l2")
    plant.run(300, every=10)
    asked = [item for item in plant.reads if item[1] is Quantity.STATE]
    assert 9 <= len(asked) <= 11


def test_after_an_outage_what_was_open_is_read_before_it_is_believed() -> None:
    plant = Plant(voltage()).start()
    plant.relays[BOILER].volts = 260.0
    plant.report_power(BOILER)
    assert plant.sent() == [(0, "off")]
    plant.run(30)
    plant.down()
    plant.relays[BOILER].on["l1"] = True  # by a hand, unheard
    plant.run(60)
    plant.up()
    plant.report_power(BOILER)
    assert plant.sent()[-1] == (90, "off")


# places in flight --------------------------------------------------------------------


def houses(count: int) -> tuple[str, ...]:
    return tuple(f"00:15:8d:00:03:a1:00:{index:02x}" for index in range(count))


def silent(count: int, **changes: Any) -> Plant:
    """So many relays that fall silent after the start; each has a stale rule."""
    addresses = houses(count)
    rule = threshold(relays=None, when_stale=off_after(60.0), **changes)
    plant = Plant(rule, addresses=addresses).start()
    for relay in plant.relays.values():
        relay.dead = True
    return plant


def in_flight(plant: Plant) -> int:
    return sum(1 for _ in plant.stage.engine.arbiter.tracker.moving())


def test_four_cut_offs_for_silence_are_on_their_way_at_most() -> None:
    plant = silent(20)
    most = 0
    for _ in range(400):
        plant.run(1)
        most = max(most, in_flight(plant))
    assert most == 4
    tried = {command.ieee for command in plant.commands}
    assert len(tried) == 20


def test_the_same_for_economy_rules() -> None:
    addresses = houses(20)
    rule = standby(relays=None, when_stale=off_after(60.0))
    plant = Plant(rule, addresses=addresses).start()
    for relay in plant.relays.values():
        relay.dead = True
    most = 0
    for _ in range(300):
        plant.run(1)
        most = max(most, in_flight(plant))
    assert most == 4


def test_what_is_over_its_limit_passes_those_who_wait_for_silent_relays() -> None:
    plant = silent(20, for_seconds=0.0)
    plant.run(190)
    assert in_flight(plant) == 4
    late = plant.stage.engine.house.relays[houses(20)[19]]
    plant.relays[late.ieee].dead = False
    before = len(plant.commands)
    plant.draw(late.ieee, "l1", 2300.0)
    assert len(plant.commands) == before + 1
    assert plant.commands[-1].ieee == late.ieee
    assert not plant.is_on((late.ieee, "l1"))


def test_forty_over_limits_at_once_are_cut_at_once() -> None:
    """An over-voltage hits the whole house in one moment."""
    addresses = houses(40)
    plant = Plant(voltage(relays=None), addresses=addresses).start()
    plant.hold_answers = True
    for ieee in addresses:
        plant.see(ieee, Quantity.VOLTAGE, 260.0)
    assert len(plant.commands) == 40
    assert plant.times == [0.0] * 40


def test_economy_rules_leave_places_to_others() -> None:
    addresses = houses(20)
    rule = schedule(relays=None, allowed=Hours(start=time(6), end=time(12)))
    plant = Plant(rule, addresses=addresses)
    plant.hold_answers = True
    plant.start()
    plant.run(20)
    assert len(plant.commands) == 12
    plant.hold_answers = False
    for command in list(plant.commands):
        plant.carry_out(command)
    plant.run(20)
    assert {command.ieee for command in plant.commands} == set(addresses)


def test_who_waited_in_vain_does_not_hold_the_place() -> None:
    """The relays that waited are back before their turn: the others get theirs."""
    plant = silent(12)
    plant.run(181)
    for ieee in list(plant.relays)[4:8]:
        plant.relays[ieee].dead = False
        plant.report(ieee)
    plant.run(60)
    tried = {command.ieee for command in plant.commands}
    assert tried == {*list(plant.relays)[:4], *list(plant.relays)[8:]}


# cut-offs in vain --------------------------------------------------------------------


def rounds(plant: Plant) -> list[float]:
    """When each command was sent first."""
    return [
        round(at)
        for at, command in zip(plant.times, plant.commands, strict=True)
        if command.attempt == 1
    ]


def test_after_three_failures_a_relay_is_left_alone_longer_and_longer() -> None:
    plant = Plant(AT_ONCE).start()
    plant.relays[BOILER].refuses = 10_000
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(1500, every=5)
    # Five attempts take 3.75 s; then 2, 2, 30, 60, 120, 240, 300, 300 s.
    assert rounds(plant)[:9] == [0, 6, 12, 45, 109, 233, 476, 780, 1084]
    assert len([alarm for alarm in plant.alarms() if "Cut-off" in alarm]) == 3


def test_a_relay_that_is_heard_again_is_tried_at_once() -> None:
    plant = silent(1, for_seconds=0.0)
    ieee = houses(1)[0]
    plant.run(700)
    assert len(rounds(plant)) >= 5
    plant.relays[ieee].dead = False
    plant.relays[ieee].on["l1"] = True
    plant.draw(ieee, "l1", 2300.0)
    assert plant.outcomes()[-1] == "confirmed"
    assert not plant.is_on((ieee, "l1"))


def test_a_relay_that_talks_and_does_not_obey_is_left_alone_all_the_same() -> None:
    plant = Plant(AT_ONCE).start()
    plant.relays[BOILER].deaf = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(1500, every=5)
    assert len(rounds(plant)) <= 9


def test_failures_of_an_economy_rule_hold_no_protection() -> None:
    hours = Hours(start=time(6), end=time(12))
    plant = Plant(schedule(allowed=hours), AT_ONCE)
    plant.relays[BOILER].refuses = 9
    plant.start()
    plant.run(40, every=5)
    assert plant.outcomes() == ["refused"] * 3
    before = len(plant.commands)
    plant.draw(BOILER, "l1", 2300.0)
    assert len(plant.commands) == before + 1
    assert not plant.is_on(L1)


def test_failures_of_a_person_hold_nobody() -> None:
    plant = Plant(AT_ONCE).start()
    plant.relays[BOILER].refuses = 3
    plant.ask(L1, Action.OFF)
    plant.run(0.75)
    assert plant.outcomes() == ["refused"]
    plant.draw(BOILER, "l1", 2300.0)
    assert plant.outcomes() == ["refused", "confirmed"]


def test_two_hundred_dead_relays_are_no_flood() -> None:
    plant = silent(200)
    plant.run(180)
    start = len(plant.commands), len(plant.events), len(plant.reads)
    minutes = []
    for _ in range(20):
        plant.run(60)
        now = len(plant.commands), len(plant.events), len(plant.reads)
        minutes.append([b - a for a, b in zip(start, now, strict=True)])
        start = now
    # Four in flight, five attempts of 2 s and their pauses each.
    assert max(commands for commands, _, _ in minutes) <= 4 * 5 * 60 / 13 + 4
    assert max(events for _, events, _ in minutes) <= 450
    later = minutes[5:]
    assert max(events for _, events, _ in later) <= 80
    assert max(reads for _, _, reads in later) <= 200 * 6


def test_the_two_of_a_relay_are_two() -> None:
    plant = Plant(threshold(for_seconds=0.0, switch_off=("l1", "l2"))).start()
    plant.press(BOILER, "l2")
    plant.draw(BOILER, "l2", 2300.0)
    assert [each.channel for each in plant.commands] == ["l1", "l2"]
    assert not plant.is_on(L2)


def test_other_relays_are_not_concerned() -> None:
    limit = Limit(trip=2200.0, clear=2000.0)
    plant = Plant(threshold(relays=None, for_seconds=0.0, limit=limit)).start()
    plant.draw(FLOOR, "l1", 2300.0)
    assert {each.ieee for each in plant.commands} == {FLOOR}
    assert plant.is_on((BATH, "l1"))
