"""Who waits for a place, who is left alone, and no flood."""

from datetime import time
from typing import Any

import pytest

from collector.model.command import Action
from collector.model.policy import Hours, Limit, PolicyClass
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BATH,
    BOILER,
    ECONOMY,
    FLOOR,
    L1,
    L2,
    PROTECTION,
    budget,
    off_after,
    schedule,
    standby,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant

AT_ONCE = threshold(for_seconds=0.0)


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
    for ieee, relay in plant.relays.items():
        plant.draw(ieee, "l1", 100.0)
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


def test_who_waits_for_silence_passes_once_it_is_known() -> None:
    """A budget over its limit by what is assumed of one, then by what another takes."""
    *dead, alive = houses(8)
    rules = (
        threshold(relays=tuple(dead), when_stale=off_after(0.0)),
        budget(limit_w=3000.0, members=(dead[0], alive), shed=((alive, "l1"),)),
    )
    plant = Plant(*rules, addresses=houses(8)).start()
    for ieee in dead:
        plant.relays[ieee].dead = True
    plant.run(140)
    plant.draw(alive, "l1", 1000.0)
    assert in_flight(plant) == 4
    assert plant.stage.facts(alive, plant.now).rules["house"].state == "over"
    assert plant.is_on((alive, "l1"))
    plant.draw(alive, "l1", 3200.0)
    assert not plant.is_on((alive, "l1"))


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


def test_a_relay_that_is_removed_gives_its_place_away() -> None:
    plant = silent(6).run(181)
    tried = list(dict.fromkeys(command.ieee for command in plant.commands))
    assert len(tried) == 4
    plant.remove(tried[0])
    tried = list(dict.fromkeys(command.ieee for command in plant.commands))
    assert len(tried) == 5


def test_a_relay_that_is_removed_while_it_waits_is_not_missed() -> None:
    plant = silent(6).run(181)
    waiting = set(plant.relays) - {command.ieee for command in plant.commands}
    gone = waiting.pop()
    plant.remove(gone)
    plant.run(60)
    assert {command.ieee for command in plant.commands} == set(plant.relays) - {gone}


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
    assert len(rounds(plant)) <= 10


def test_failures_of_an_economy_rule_hold_no_protection() -> None:
    hours = Hours(start=time(6), end=time(12))
    plant = Plant(schedule(allowed=hours), AT_ONCE)
    plant.relays[BOILER].refuses = 9
    plant.start()
    plant.run(20, every=5)
    assert plant.outcomes() == ["refused"] * 3
    before = len(plant.commands)
    plant.draw(BOILER, "l1", 2300.0)
    assert len(plant.commands) == before + 1
    assert not plant.is_on(L1)


def test_failures_of_what_was_assumed_hold_nothing_that_is_known() -> None:
    """For minutes it was cut in vain because its meter is silent; now that tells."""
    guessed = threshold("guessed", for_seconds=600.0, when_stale=off_after(60.0))
    plant = Plant(guessed, AT_ONCE).start()
    plant.relays[BOILER].deaf = True
    plant.reads_answered = False
    while len(rounds(plant)) < 4:
        plant.run(30)
        plant.see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(10)
    assert len(rounds(plant)) == 4  # the fifth comes after half a minute
    plant.draw(BOILER, "l1", 2300.0)
    assert len(rounds(plant)) == 5


@pytest.mark.parametrize("policy_class", [PROTECTION, ECONOMY])
def test_failures_of_a_person_hold_nobody(policy_class: PolicyClass) -> None:
    plant = Plant(threshold(for_seconds=0.0, policy_class=policy_class)).start()
    plant.relays[BOILER].refuses = 3
    plant.reads_answered = False
    plant.ask(L1, Action.OFF)
    plant.override(BOILER, 0.0)
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
