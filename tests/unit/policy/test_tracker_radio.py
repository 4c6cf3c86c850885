"""A radio that comes and goes while commands are on their way."""

from collector.model.command import Action, AttemptResult, CommandOutcome
from tests.unit.policy.house_rules import BOILER, L1, L2
from tests.unit.policy.overloads import AT_ONCE, held_up, overloaded
from tests.unit.policy.plant import Plant


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
    plant = Plant(AT_ONCE).start()
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2300.0)
    for _ in range(5):
        plant.run(2)
        plant.answer(plant.commands[-1], AttemptResult.REFUSED)
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
