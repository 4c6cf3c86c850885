"""From a command to an open contact, step by step."""

import pytest

from collector.model.command import AttemptResult
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER, L1
from tests.unit.policy.overloads import held_up, overloaded, state_reads
from tests.unit.policy.toy_relay import COMMAND


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
    assert state_reads(plant.run(0.9)) == []


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
    assert state_reads(plant.to(0.999)) == []
    assert state_reads(plant.to(1.0)) == ["l1"]
    assert plant.outcomes() == ["confirmed"]


def test_two_read_backs_then_it_is_sent_again_until_nobody_knows() -> None:
    """Answered at once; 1 s for the report, 2 x 3 s for reads, then the pauses."""
    plant = overloaded(mute=True)
    plant.reads_answered = False
    plant.to(4.5)
    assert state_reads(plant) == ["l1", "l1"]
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
    plant.reads_answered = False
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    plant.report_state(BOILER, "l1")
    plant.run(1.5)
    plant.report_state(BOILER, "l1")
    plant.run(0.5)
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
    assert plant.run(20).outcomes() == []
    assert len(plant.commands) == 2


def test_an_attempt_whose_end_is_never_told_is_given_up_in_its_time() -> None:
    plant = held_up()
    plant.run(29)
    assert len(plant.commands) == 1
    plant.run(2)
    assert len(plant.commands) == 2
    plant.run(200)
    assert "unknown" in plant.outcomes()


def test_an_answer_of_an_unknown_command_means_nothing() -> None:
    plant = held_up()
    old = plant.commands[0]
    plant.kill()
    plant.answer(old, AttemptResult.REFUSED)
    assert plant.outcomes() == []
