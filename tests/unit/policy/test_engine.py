"""What the engine makes of frames, ticks and its own memory."""

from datetime import time
from typing import Any

import pytest

from collector.model.command import Action, AttemptResult, CommandOutcome, Origin
from collector.model.decision import EventKind
from collector.model.policy import Hours, Rule
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.policy.engine import Engine
from collector.policy.rules import seats_for
from collector.policy.seen import Seen
from collector.policy.view import House, RelayView
from tests.unit.policy.house_rules import (
    BATH,
    BOILER,
    FLOOR,
    KEEP,
    L1,
    L2,
    after,
    budget,
    schedule,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant

AT_ONCE = threshold(for_seconds=0.0)


def structure(plant: Plant, **values: float) -> None:
    """Several values come in one frame."""
    readings = tuple(
        Reading(
            ieee=BOILER,
            channel=name if name in {"l1", "l2"} else None,
            quantity=Quantity.STATE if name in {"l1", "l2"} else Quantity(name),
            value=value,
            at=plant.wall,
            mono=plant.mono,
        )
        for name, value in values.items()
    )
    plant.observe(Seen(ieee=BOILER, readings=readings, energy_joules=7.0))


def test_an_engine_of_its_own_does_nothing() -> None:
    engine = Engine()
    assert engine.next_due() == float("inf")
    assert engine.take().commands == []


def test_a_structure_with_everything_is_one_step() -> None:
    plant = Plant(AT_ONCE)
    plant.up()
    structure(plant, l1=1.0, l2=0.0, power=2300.0, power_factor=0.9, voltage=230.0)
    assert plant.sent() == [(0, "off")]
    assert plant.events[0].kind is EventKind.DECISION
    view = plant.stage.engine.house.relays[BOILER]
    assert view.energy_joules == 7.0
    assert view.loaded_factor == (0.9, 2300.0)


def test_the_power_factor_of_an_idle_meter_is_not_divided_by() -> None:
    plant = Plant()
    plant.up()
    structure(plant, power=5.0, power_factor=0.02)
    assert plant.stage.engine.house.relays[BOILER].loaded_factor is None
    structure(plant, power=500.0, power_factor=0.8)
    plant.run(5).see(BOILER, Quantity.POWER, 1000.0)
    # That factor is of another moment.
    assert plant.stage.engine.house.relays[BOILER].loaded_factor == (0.8, 500.0)


def test_the_same_factor_again_is_the_same_one() -> None:
    plant = Plant()
    plant.up()
    structure(plant, power=500.0, power_factor=0.8)
    first = plant.stage.engine.house.relays[BOILER].loaded_factor
    structure(plant, power=500.0, power_factor=0.8)
    assert plant.stage.engine.house.relays[BOILER].loaded_factor is first


def test_a_frame_of_a_relay_that_nobody_has_introduced() -> None:
    plant = Plant(threshold(relays=None, for_seconds=0.0), addresses=(BOILER,))
    plant.start()
    plant.relays[FLOOR] = type(plant.relays[BOILER])(FLOOR)
    plant.see(FLOOR, Quantity.POWER, 2300.0)
    assert [command.ieee for command in plant.commands] == [FLOOR]


def test_nothing_is_due_that_is_past() -> None:
    """Else the line would turn without an end."""
    plant = Plant(AT_ONCE, budget(), schedule(), voltage()).start()
    for watts in (0.0, 2300.0, 4800.0, 10.0):
        plant.draw(BOILER, "l1", watts)
        plant.draw(FLOOR, "l1", watts)
        plant.run(700, every=30)  # asserts it at every step


def test_two_processes_decide_in_the_same_order() -> None:
    """Sets of words have an order of their own in each process: nothing rests on it."""
    rules = [threshold(f"r{i}", relays=None, switch_off=("l2", "l1")) for i in range(3)]
    plant = Plant(*rules, threshold(relays=None, for_seconds=0.0)).start()
    for ieee in (BOILER, FLOOR, BATH):
        plant.press(ieee, "l2", code=7)
        plant.draw(ieee, "l2", 2300.0)
    plant.run(20, every=5)
    sent = [(command.ieee, command.channel) for command in plant.commands]
    relays = [BOILER, FLOOR, BATH]
    expected = [(ieee, "l1") for ieee in relays] + [
        (ieee, name) for ieee in relays for name in ("l2",)
    ]
    assert sent == expected


# cut-offs given up ---------------------------------------------------------------------


def test_what_was_not_cut_is_not_held() -> None:
    """The cut failed, the load went by itself, and the contact is found closed."""
    plant = Plant(AT_ONCE).start()
    plant.relays[BOILER].deaf = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(14)
    plant.draw(BOILER, "l1", 100.0)
    plant.run(30)
    assert plant.state() == "latched"
    plant.report_state(BOILER, "l1")
    assert plant.state() == "ok"
    assert plant.is_on(L1)
    memory = plant.stage.engine.arbiter.memory(L1)
    assert not memory.in_vain
    assert memory.owed == set()


def test_what_was_cut_after_all_is_held() -> None:
    plant = Plant(AT_ONCE).start()
    plant.relays[BOILER].deaf = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(14)
    plant.relays[BOILER].on["l1"] = False
    plant.report_state(BOILER, "l1")
    plant.report_power(BOILER)
    assert plant.state() == "latched"
    assert not plant.stage.engine.arbiter.memory(L1).in_vain


def test_a_welded_contact_stays_one_over_a_reconnect() -> None:
    plant = Plant(threshold(for_seconds=30.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].stuck.add("l1")
    plant.run(60, every=5)
    memory = plant.stage.engine.arbiter.memory(L1)
    assert memory.still_draws
    plant.down()
    plant.run(5)
    plant.up()
    assert memory.still_draws
    sent = len(plant.commands)
    plant.report_power(BOILER)
    plant.run(60, every=5)
    assert len(plant.commands) > sent


def test_an_on_is_not_repeated_once_a_rule_keeps_it_off() -> None:
    """12:01:00 the restore is refused, and 0.1 s later the allowed hours end."""
    hours = schedule(allowed=Hours(start=time(6), end=time(12, 1, 0, 100_000)))
    plant = Plant(voltage(restore=after(0.0)), hours).start()
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(5).see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.relays[BOILER].refuses = 1
    plant.run(120, every=10)
    assert plant.sent() == [(0, "off"), (60, "on")]
    assert plant.of(EventKind.OUTCOME)[-1].reason.endswith(": hours keeps it off")


# memory of the arbiter ------------------------------------------------------------------


def test_switchings_are_forgotten_after_a_day() -> None:
    plant = Plant().start()
    for _ in range(3):
        plant.ask(L1, Action.OFF)
        plant.run(50_000)
    memory = plant.stage.engine.arbiter.memory(L1)
    assert [round(at - 1000) for at, _ in memory.switches] == [50_000, 100_000]


def test_their_number_is_bounded() -> None:
    plant = Plant().start()
    for _ in range(1100):
        plant.ask(L1, Action.TOGGLE)
        plant.run(0.5)
    assert len(plant.stage.engine.arbiter.memory(L1).switches) == 1000


def test_a_removed_relay_is_not_marked_any_more() -> None:
    plant = Plant(AT_ONCE).start()
    plant.disk = False
    plant.draw(BOILER, "l1", 2300.0)
    plant.remove(BOILER)
    plant.disk = True
    plant.commit(urgent=True)
    assert not any(BOILER in key for _, key in plant.saved)


def test_what_the_disk_refused_of_who_is_gone_is_nobodys() -> None:
    plant = Plant(AT_ONCE).start()
    changes: Any = {("rule", "gone|x"): {}, ("loads", BOILER): {}}
    plant.stage.not_committed(changes)
    assert plant.stage.unsaved(plant.now, urgent=True) == {}


# rules ----------------------------------------------------------------------------------


def test_budgets_in_a_circle_end_where_it_closes() -> None:
    """The configuration refuses them; nothing must hang all the same."""
    rules: tuple[Rule, ...] = (
        budget("a", members=(BOILER,), parent="b"),
        budget("b", members=(FLOOR,), parent="a"),
    )
    plant = Plant(*rules).start()
    assert plant.stage.engine.rulebook.named("a")
    assert plant.stage.engine.rulebook.named("b")


def test_a_rule_for_a_relay_that_does_not_exist_waits_for_it() -> None:
    house = House()
    house.relays[FLOOR] = RelayView(FLOOR)
    plant = Plant(threshold(relays=(BOILER, FLOOR)))
    seats = seats_for(plant.settings.policies, house, {}, plant.now)
    assert [seat.key for seat in seats] == [("overload", FLOOR), ("root", FLOOR)]


# what is shown --------------------------------------------------------------------------


def test_actions_and_commands_are_counted_by_their_labels() -> None:
    plant = Plant(AT_ONCE, threshold("more", for_seconds=0.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    facts = plant.stage.facts(BOILER, plant.now)
    assert facts.commands == {("l1", Origin.POLICY, CommandOutcome.CONFIRMED): 1}
    rules = {rule: count for (rule, *_), count in facts.actions.items()}
    assert rules == {"overload": 1, "more": 1}


def test_policies_are_shown_in_the_order_of_the_file_and_root_last() -> None:
    plant = Plant(voltage(), AT_ONCE, schedule(relays=(BOILER, FLOOR))).start()
    shown = plant.stage.policies(plant.now)
    assert [(each.name, each.kind) for each in shown] == [
        ("volts", "threshold"),
        ("overload", "threshold"),
        ("hours", "schedule"),
        ("root", "root"),
    ]
    assert [*shown[2].relays] == [BOILER, FLOOR]
    assert shown[0].policy_class == "protection"


@pytest.mark.parametrize("channel", [L1, L2])
def test_every_decision_has_inputs_and_ages(channel: tuple[str, str]) -> None:
    plant = Plant(threshold(switch_off=(channel[1],), when_stale=KEEP)).start()
    plant.press(BOILER, "l2", code=7)
    plant.draw(BOILER, "l1", 2300.0)
    plant.reads_answered = False
    plant.run(11)
    (event,) = plant.of(EventKind.DECISION)
    assert event.channel == channel[1]
    assert [(each.value, each.age) for each in event.inputs] == [(2300.0, 10.0)]
    outcome = plant.of(EventKind.OUTCOME)[0]
    assert (outcome.command, outcome.latency) == (event.command, 0.0)


def test_an_answer_for_a_relay_that_is_not_known_is_nobodys() -> None:
    plant = Plant(AT_ONCE).start()
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.remove(BOILER)
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    assert BOILER not in plant.stage.engine.house.relays
    assert L1 not in plant.stage.engine.arbiter.channels
