"""Never both contacts of an interlocked relay, by us."""

import pytest

from collector.model.command import Action, AttemptResult, RequestRefusedError
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER, L1, L2, voltage
from tests.unit.policy.plant import Plant
from tests.unit.policy.toy_relay import COMMAND

LOCKED = {BOILER: {"interlock": True}}
BOTH = voltage(switch_off=("l1", "l2"))


def refused(plant: Plant, action: Action = Action.ON) -> str:
    with pytest.raises(RequestRefusedError) as refusal:
        plant.ask(L2, action)
    assert refusal.value.status == 409
    assert plant.sent(L2) == []
    return refusal.value.sentence


def test_a_person_cannot_close_the_second_one() -> None:
    plant = Plant(relays=LOCKED).start()
    assert refused(plant).startswith("Interlock: the other channel is not known")
    assert refused(plant, Action.TOGGLE).startswith("Interlock")
    plant.ask(L1, Action.OFF)
    plant.ask(L2, Action.ON)
    assert plant.is_on(L2)
    assert not plant.is_on(L1)


def test_what_the_relay_says_of_itself_counts_too() -> None:
    plant = Plant().start()
    plant.see(BOILER, Quantity.INTERLOCK, 1.0)
    assert refused(plant)
    plant.see(BOILER, Quantity.INTERLOCK, 0.0)
    plant.ask(L2, Action.ON)
    assert plant.is_on(L2)


def test_off_is_confirmed_or_it_is_not_off() -> None:
    plant = Plant(relays=LOCKED).start()
    plant.hold_answers = True
    plant.ask(L1, Action.OFF)
    assert refused(plant)
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    assert refused(plant)
    plant.relays[BOILER].on["l1"] = False
    plant.report_state(BOILER, "l1", code=COMMAND)
    plant.ask(L2, Action.ON)
    assert plant.sent(L2) == [(0, "on")]


def test_an_unknown_state_is_not_off_and_is_asked_for() -> None:
    plant = Plant(relays=LOCKED)
    plant.up()
    plant.reads_answered = False
    assert refused(plant)
    assert plant.reads[-1] == (BOILER, Quantity.STATE, "l1")
    plant.see(BOILER, Quantity.STATE, 0.0, "l1")
    plant.ask(L2, Action.ON)
    assert plant.sent(L2) == [(0, "on")]


def test_what_was_off_before_an_outage_may_be_on() -> None:
    plant = Plant(relays=LOCKED).start()
    plant.ask(L1, Action.OFF)
    plant.run(30)
    plant.down()
    plant.run(30)
    plant.up()
    assert refused(plant)
    plant.ask(L2, Action.ON)  # meanwhile it was read
    assert plant.is_on(L2)


def test_what_was_off_long_ago_may_be_on() -> None:
    plant = Plant(relays=LOCKED).start()
    plant.ask(L1, Action.OFF)
    plant.reads_answered = False
    plant.run(599)
    plant.ask(L2, Action.ON)
    plant = Plant(relays=LOCKED).start()
    plant.ask(L1, Action.OFF)
    plant.reads_answered = False
    plant.run(600)
    assert refused(plant)


def test_while_one_closes_the_other_stays_open() -> None:
    plant = Plant(relays=LOCKED).start()
    plant.ask(L1, Action.OFF)
    plant.hold_answers = True
    plant.ask(L1, Action.ON)
    assert refused(plant)


def test_an_on_that_was_countermanded_may_have_been_heard() -> None:
    plant = Plant(relays=LOCKED).start()
    plant.ask(L1, Action.OFF)
    plant.hold_answers = True
    plant.reads_answered = False
    plant.ask(L1, Action.ON)
    plant.ask(L1, Action.OFF)
    assert refused(plant)


def test_an_on_that_was_given_up_may_have_been_heard() -> None:
    plant = Plant(relays=LOCKED).start()
    plant.ask(L1, Action.OFF)
    plant.relays[BOILER].deaf = True
    plant.reads_answered = False
    plant.ask(L1, Action.ON)
    plant.run(30)
    assert plant.outcomes()[-1] == "unknown"
    assert refused(plant)


def test_an_on_is_not_repeated_once_the_other_has_closed() -> None:
    plant = Plant(relays=LOCKED).start()
    plant.ask(L1, Action.OFF)
    plant.hold_answers = True
    number = plant.ask(L2, Action.ON)
    plant.answer(plant.commands[-1], AttemptResult.REFUSED)
    plant.press(BOILER, "l1")
    plant.run(10)
    assert plant.sent(L2) == [(0, "on")]
    assert "interlock" in plant.finished[number].detail


def test_two_restores_of_one_relay_are_one() -> None:
    """Both were cut from ON (set wrongly by somebody); one comes back."""
    plant = Plant(BOTH, relays=LOCKED).start()
    plant.press(BOILER, "l2", code=COMMAND)
    plant.relays[BOILER].volts = 260.0
    plant.report_power(BOILER)
    assert len(plant.commands) == 2
    plant.relays[BOILER].volts = 230.0
    plant.run(2000, every=30)
    assert [command.channel for command in plant.commands if command.on] == ["l1"]
    assert not plant.is_on(L2)


def test_a_restore_waits_until_the_other_is_off() -> None:
    plant = Plant(voltage(), relays=LOCKED).start()
    plant.relays[BOILER].volts = 260.0
    plant.report_power(BOILER)
    plant.press(BOILER, "l2")
    plant.relays[BOILER].volts = 230.0
    plant.run(900, every=30)
    assert plant.sent() == [(0, "off")]
    plant.press(BOILER, "l2")
    assert plant.sent()[-1] == (900, "on")
    assert plant.is_on(L1)


def test_without_interlock_both_come_back() -> None:
    plant = Plant(BOTH).start()
    plant.press(BOILER, "l2", code=COMMAND)
    plant.relays[BOILER].volts = 260.0
    plant.report_power(BOILER)
    plant.relays[BOILER].volts = 230.0
    plant.run(100, every=30)
    assert plant.is_on(L1)
    assert plant.is_on(L2)
