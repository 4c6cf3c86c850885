"""policy.md 18: from a command to an open contact, step by step."""

from typing import Any

import pytest

from collector.model.command import Action, AttemptResult, CommandOutcome
from collector.model.decision import EventKind
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER, L1, L2, threshold
from tests.unit.policy.plant import Plant
from tests.unit.policy.toy_relay import COMMAND, UNKNOWN_CODE

AT_ONCE = {"for_seconds": 0.0}


def overloaded(**faults: Any) -> Plant:
    """A plant in which boiler/l1 was just found far over its limit."""
    plant = Plant(threshold(**AT_ONCE)).start()
    for name, value in faults.items():
        setattr(plant.relays[BOILER], name, value)
    plant.draw(BOILER, "l1", 2500.0)
    return plant


def held_up(**faults: Any) -> Plant:
    """The same, with the radio's answers in the test's hands."""
    plant = Plant(threshold(**AT_ONCE)).start()
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2500.0)
    return plant


def test_a_report_confirms() -> None:
    plant = overloaded()
    assert plant.sent() == [(0, "off")]
    assert plant.outcomes() == ["confirmed"]
    assert not plant.is_on(L1)
    assert plant.run(60, every=30).sent() == [(0, "off")]
    assert plant.alarms() == []


def test_the_answer_alone_confirms_nothing() -> None:
    plant = held_up()
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    assert plant.outcomes() == []
    assert plant.run(0.9).reads == []


def test_a_report_may_come_before_the_answer() -> None:
    plant = held_up()
    plant.relays[BOILER].on["l1"] = False
    plant.report_state(BOILER, "l1", code=COMMAND)
    assert plant.outcomes() == ["confirmed"]
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    plant.answer(plant.commands[0], AttemptResult.NO_ANSWER)
    assert plant.run(60).outcomes() == ["confirmed"]
    assert len(plant.commands) == 1


def test_a_structure_confirms() -> None:
    plant = held_up()
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    plant.run(0.5).see(BOILER, Quantity.STATE, 0.0, "l1")
    assert plant.outcomes() == ["confirmed"]


def test_without_a_report_the_contact_is_read() -> None:
    plant = overloaded(mute=True)
    assert plant.outcomes() == []
    assert plant.to(0.999).reads == []
    plant.to(1.0)
    assert plant.reads == [(BOILER, Quantity.STATE, "l1")]
    assert plant.outcomes() == ["confirmed"]


def test_two_read_backs_then_it_is_sent_again_until_nobody_knows() -> None:
    """Answered at once; 1 s for the report, 2 x 3 s for reads, then the pauses."""
    plant = overloaded(mute=True)
    plant.reads_answered = False
    plant.to(4.5)
    states = [item for item in plant.reads if item[1] is Quantity.STATE]
    assert len(states) == 2
    times = [0, 7.25, 14.75, 22.75, 31.75]
    assert plant.to(38).sent() == [(at, "off") for at in times]
    assert plant.outcomes() == []
    assert plant.to(38.75).outcomes() == ["unknown"]
    assert plant.stage.engine.house.relays[BOILER].contacts["l1"].on is None


def test_a_refused_command_is_sent_five_times_at_these_moments() -> None:
    plant = overloaded(refuses=99).run(3.75)
    times = [0, 0.25, 0.75, 1.75, 3.75]
    assert plant.sent() == [(at, "off") for at in times]
    assert [command.attempt for command in plant.commands] == [1, 2, 3, 4, 5]
    assert all(command.cut_off for command in plant.commands)
    assert plant.outcomes() == ["refused"]
    assert plant.alarms() == [
        "Cut-off failed: the relay refused to switch off after 5 attempts"
    ]


@pytest.mark.parametrize("refusals", range(1, 5))
def test_refused_a_few_times_then_done(refusals: int) -> None:
    plant = overloaded(refuses=refusals).run(60)
    assert len(plant.commands) == refusals + 1
    assert plant.outcomes() == ["confirmed"]
    assert plant.alarms() == []


def test_no_answer_is_sent_again_and_ends_as_unknown() -> None:
    """Each attempt takes its 2 s: 2 + 0.25, 2 + 0.5, 2 + 1, 2 + 2."""
    plant = overloaded(dead=True).to(13.75)
    times = [0, 2.25, 4.75, 7.75, 11.75]
    assert plant.sent() == [(at, "off") for at in times]
    assert plant.outcomes() == ["unknown"]
    contact = plant.stage.engine.house.relays[BOILER].contacts["l1"]
    assert contact.on is None
    assert plant.reads[-1] == (BOILER, Quantity.STATE, "l1")
    assert len(plant.alarms()) == 1


def test_given_up_and_done_after_all() -> None:
    """The relay has heard the last attempt; its state is read, nothing more is sent."""
    plant = overloaded(dead=True).to(13.7)
    plant.relays[BOILER].on["l1"] = False
    plant.relays[BOILER].dead = False
    plant.relays[BOILER].deaf = True
    plant.run(60, every=10)
    assert plant.outcomes() == ["unknown"]
    assert len(plant.commands) == 5
    assert plant.stage.engine.house.relays[BOILER].contacts["l1"].on is False


def test_a_lost_answer_does_not_matter_where_the_report_comes() -> None:
    plant = overloaded(lost_answers=True).run(60)
    assert len(plant.commands) == 1
    assert plant.outcomes() == ["confirmed"]


def test_a_contact_that_is_read_as_still_on_is_commanded_again() -> None:
    """1 s for the report, then a read that says no; then the pauses."""
    plant = overloaded(frozen={"l1"}).run(8.75)
    times = [0, 1.25, 2.75, 4.75, 7.75]
    assert plant.sent() == [(at, "off") for at in times]
    assert plant.outcomes() == ["failed"]
    assert plant.alarms() == ["Cut-off failed: the contact is not off after 5 attempts"]
    assert plant.stage.engine.house.relays[BOILER].contacts["l1"].on is True


def test_an_old_state_that_nobody_read_contradicts_nothing() -> None:
    """A structure may have been on its way when the contact opened."""
    plant = held_up()
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    plant.report_state(BOILER, "l1")
    plant.run(1.5)
    plant.see(BOILER, Quantity.STATE, 0.0, "l1")
    assert plant.outcomes() == ["confirmed"]
    assert len(plant.commands) == 1


def test_the_last_attempt_says_how_it_ended() -> None:
    """Once refused, once contradicted, then not answered: nobody knows."""
    plant = overloaded(refuses=1, frozen={"l1"}).to(2)
    plant.relays[BOILER].dead = True
    assert plant.run(30).outcomes()[0] == "unknown"


def test_unheard_and_then_refused_is_not_known_either() -> None:
    plant = overloaded(deaf=True).to(2.1)
    plant.relays[BOILER].deaf = False
    plant.relays[BOILER].refuses = 4
    plant.reads_answered = False
    plant.to(5.75)
    assert plant.outcomes() == ["refused"]
    assert plant.stage.engine.house.relays[BOILER].contacts["l1"].on is None


def test_a_relay_that_is_not_on_the_network_cannot_be_sent_to() -> None:
    plant = overloaded(away=True).to(4)
    assert len(plant.commands) == 5
    assert plant.outcomes() == ["refused"]
    assert "could not be sent after 5 attempts" in plant.alarms()[0]
    contact = plant.stage.engine.house.relays[BOILER].contacts["l1"]
    assert contact.on is True


def test_a_late_answer_of_an_earlier_attempt_means_nothing() -> None:
    plant = held_up()
    first = plant.commands[0]
    plant.answer(first, AttemptResult.NO_ANSWER)
    plant.run(0.25)
    assert len(plant.commands) == 2
    plant.answer(first, AttemptResult.REFUSED)
    assert plant.run(60).outcomes() == []
    assert len(plant.commands) == 2


def test_an_answer_of_an_unknown_command_means_nothing() -> None:
    plant = held_up()
    old = plant.commands[0]
    plant.kill()
    plant.answer(old, AttemptResult.REFUSED)
    assert plant.outcomes() == []


# the radio --------------------------------------------------------------------------


def test_a_radio_that_drops_between_attempts_sends_at_once_when_it_is_back() -> None:
    plant = held_up()
    plant.answer(plant.commands[0], AttemptResult.NO_ANSWER)
    plant.down()
    plant.run(180)
    assert len(plant.commands) == 1
    plant.up()
    assert plant.sent() == [(0, "off"), (180, "off")]
    assert plant.commands[1].attempt == 2


def test_what_the_radio_did_not_send_was_no_attempt() -> None:
    """The attempt ends with the radio that is just going down, again and again."""
    plant = held_up()
    for _ in range(8):
        plant.down()
        plant.answer(plant.commands[-1], AttemptResult.NOT_SENT)
        plant.run(30)
        plant.up()
    assert len(plant.commands) == 9
    assert plant.outcomes() == []
    plant.hold_answers = False
    plant.carry_out(plant.commands[-1])
    plant.run(1)
    assert plant.outcomes() == ["confirmed"]


def test_what_was_in_vain_while_the_radio_died_is_tried_at_once_when_it_is_back() -> (
    None
):
    """A coordinator that is gone is noticed late: every attempt is in vain until then."""
    plant = overloaded(deaf=True).run(50, every=5)
    assert len(plant.outcomes()) == 3
    plant.down()
    plant.relays[BOILER].deaf = False
    plant.run(5)
    before = len(plant.commands)
    plant.up()
    assert len(plant.commands) == before + 1
    assert plant.outcomes()[-1] == "confirmed"


def test_a_cut_that_is_decided_while_the_radio_is_down_goes_out_with_it() -> None:
    plant = Plant(threshold(**AT_ONCE)).start()
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2500.0)
    for _ in range(5):
        plant.answer(plant.commands[-1], AttemptResult.REFUSED)
        plant.run(2)
    assert plant.outcomes() == ["refused"]
    plant.down()
    sent = len(plant.commands)
    plant.run(300)
    assert len(plant.commands) == sent
    plant.up()
    assert len(plant.commands) == sent + 1


def test_a_person_is_told_at_once_that_the_radio_has_not_sent_it() -> None:
    plant = Plant().start()
    plant.hold_answers = True
    number = plant.ask(L1, Action.OFF)
    plant.answer(plant.commands[0], AttemptResult.NOT_SENT)
    result = plant.finished[number]
    assert result.outcome is CommandOutcome.REFUSED
    assert result.detail == "it could not be sent after 1 attempt"


def test_a_person_does_not_wait_for_the_radio_to_come_back() -> None:
    """Nobody expects a lamp to go on minutes after the button was pressed."""
    plant = Plant().start()
    plant.hold_answers = True
    number = plant.ask(L2, Action.ON)
    plant.answer(plant.commands[0], AttemptResult.NO_ANSWER)
    plant.down()
    assert plant.finished[number].outcome is CommandOutcome.UNKNOWN
    plant.run(180)
    plant.up()
    assert len(plant.commands) == 1


def test_a_person_whose_attempt_ends_after_the_radio_is_answered_too() -> None:
    plant = Plant().start()
    plant.hold_answers = True
    number = plant.ask(L2, Action.ON)
    plant.down()
    plant.answer(plant.commands[0], AttemptResult.NO_ANSWER)
    assert plant.finished[number].outcome is CommandOutcome.UNKNOWN
    assert "the radio is down" in plant.finished[number].detail


# other commands ---------------------------------------------------------------------


def test_a_cut_off_takes_the_place_of_an_on() -> None:
    plant = Plant(threshold(**AT_ONCE, quantity=Quantity.VOLTAGE)).start()
    plant.press(BOILER, "l1")
    plant.run(60)
    plant.hold_answers = True
    number = plant.ask(L1, Action.ON)
    plant.see(BOILER, Quantity.VOLTAGE, 2500.0)
    assert plant.sent() == [(60, "on"), (60, "off")]
    assert plant.finished[number].outcome is CommandOutcome.UNKNOWN
    assert plant.finished[number].detail == "another command took its place"
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    plant.hold_answers = False
    plant.carry_out(plant.commands[1])
    plant.run(30)
    assert plant.outcomes() == ["unknown", "confirmed"]


def test_an_off_that_is_on_its_way_becomes_a_cut_off() -> None:
    """A person's command has no priority; the overload does not wait for its end."""
    plant = Plant(threshold(**AT_ONCE)).start()
    plant.hold_answers = True
    number = plant.ask(L1, Action.OFF)
    plant.draw(BOILER, "l1", 2500.0)
    assert [(each.attempt, each.cut_off) for each in plant.commands] == [
        (1, False),
        (2, True),
    ]
    plant.hold_answers = False
    plant.carry_out(plant.commands[1])
    plant.run(20)
    assert plant.finished[number].outcome is CommandOutcome.CONFIRMED
    assert plant.outcomes() == ["confirmed"]
    (event,) = plant.of(EventKind.OUTCOME)
    assert event.rule == "overload"


@pytest.mark.parametrize("step", ["pause", "report"])
def test_it_becomes_one_at_every_step(step: str) -> None:
    plant = Plant(threshold(**AT_ONCE)).start()
    plant.hold_answers = True
    plant.ask(L1, Action.OFF)
    results = {"pause": AttemptResult.REFUSED, "report": AttemptResult.ANSWERED}
    plant.answer(plant.commands[0], results[step])
    plant.draw(BOILER, "l1", 2500.0)
    # What is answered already needs no second frame; what waits is sent.
    assert len(plant.commands) == (2 if step == "pause" else 1)
    for _ in range(4):
        plant.run(8)
        plant.answer(plant.commands[-1], AttemptResult.REFUSED)
    assert plant.commands[-1].cut_off
    assert plant.commands[-1].attempt == 5


def test_a_hand_ends_what_no_protection_wants() -> None:
    """The person at the relay knows better than the retry of a person's command."""
    plant = Plant().start()
    plant.hold_answers = True
    number = plant.ask(L2, Action.ON)
    plant.answer(plant.commands[0], AttemptResult.NO_ANSWER)
    plant.relays[BOILER].on["l2"] = True
    plant.relays[BOILER].dead = True
    plant.run(0.1)
    plant.relays[BOILER].dead = False
    number = plant.ask(L2, Action.OFF)
    plant.report_state(BOILER, "l2", code=0x03)
    assert plant.finished[number].outcome is CommandOutcome.FAILED
    assert plant.run(60).commands[-1].attempt == 1
    assert len(plant.commands) == 2


def test_a_bounce_is_answered_with_another_off() -> None:
    plant = overloaded(bounces=2).run(60, every=10)
    assert plant.sent() == [(0, "off"), (0.25, "off"), (0.75, "off")]
    assert plant.outcomes() == ["confirmed"]
    assert plant.alarms() == []
    assert not plant.is_on(L1)


def test_a_contact_that_closes_again_every_time_is_an_alarm_and_is_left_alone() -> None:
    plant = overloaded(bounces=999).run(300, every=10)
    first = plant.sent()[:5]
    assert first == [(at, "off") for at in (0, 0.25, 0.75, 1.75, 3.75)]
    assert plant.alarms() == ["Cut-off failed: the contact is not off after 5 attempts"]
    # Three rounds 2 s apart, then 30, 60, 120 s: contacts wear.
    assert len(plant.commands) <= 6 * 5
    assert plant.outcomes() == ["confirmed"] * (len(plant.commands) // 5)
    assert UNKNOWN_CODE not in [
        0x03
    ]  # an unknown origin is no person's word: nothing is suspended


def test_a_hand_right_after_the_cut_is_a_hand_and_not_a_bounce() -> None:
    plant = overloaded().run(3)
    plant.relays[BOILER].watts["l1"] = 500.0
    plant.press(BOILER, "l1")
    plant.run(60, every=10)
    assert len(plant.commands) == 1
    assert plant.state() == "latched"
    assert plant.is_on(L1)
