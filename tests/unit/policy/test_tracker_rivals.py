"""Commands that meet other commands, hands, and contacts that bounce."""

import pytest

from collector.model.command import Action, AttemptResult, CommandOutcome
from collector.model.decision import EventKind
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER, L1, L2, threshold
from tests.unit.policy.overloads import AT_ONCE, overloaded
from tests.unit.policy.plant import Plant
from tests.unit.policy.toy_relay import HAND


def test_a_cut_off_takes_the_place_of_an_on() -> None:
    plant = Plant(threshold(for_seconds=0.0, quantity=Quantity.VOLTAGE)).start()
    plant.press(BOILER, "l1")
    plant.run(60)
    plant.hold_answers = True
    number = plant.ask(L1, Action.ON)
    plant.see(BOILER, Quantity.VOLTAGE, 2300.0)
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
    plant = Plant(AT_ONCE).start()
    plant.hold_answers = True
    number = plant.ask(L1, Action.OFF)
    plant.draw(BOILER, "l1", 2300.0)
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
    plant = Plant(AT_ONCE).start()
    plant.hold_answers = True
    plant.ask(L1, Action.OFF)
    results = {"pause": AttemptResult.REFUSED, "report": AttemptResult.ANSWERED}
    plant.answer(plant.commands[0], results[step])
    plant.draw(BOILER, "l1", 2300.0)
    # What is answered already needs no second frame; what waits is sent.
    assert len(plant.commands) == (2 if step == "pause" else 1)
    for _ in range(5 - len(plant.commands)):
        plant.answer(plant.commands[-1], AttemptResult.REFUSED)
        plant.run(2)
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
    plant.report_state(BOILER, "l2", code=HAND)
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
    # An unknown origin is no person's word: nothing is suspended.
    assert plant.stage.engine.arbiter.memory(L1).override_until < plant.mono


def test_a_hand_right_after_the_cut_is_a_hand_and_not_a_bounce() -> None:
    plant = overloaded().run(3)
    plant.relays[BOILER].watts["l1"] = 500.0
    plant.press(BOILER, "l1")
    plant.run(60, every=10)
    assert len(plant.commands) == 1
    assert plant.state() == "latched"
    assert plant.is_on(L1)
