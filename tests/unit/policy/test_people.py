"""What people ask for: done and answered, or refused with a reason and nothing sent."""

from datetime import time
from typing import Any

import pytest

from collector.model.clock import Now
from collector.model.command import (
    Action,
    AttemptResult,
    CommandOutcome,
    Origin,
    RequestRefusedError,
)
from collector.model.decision import EventKind
from collector.model.policy import ChannelKey, Hours, PolicySettings
from collector.model.quantity import Quantity
from collector.model.settings import LineSettings
from collector.pipeline.policies import PolicyStage
from tests.unit.policy.house_rules import (
    BOILER,
    L1,
    L2,
    schedule,
    standby,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant
from tests.unit.policy.small_house import START

PROTECTED = {BOILER: {"protected": frozenset({"l2"})}}
STRANGER = "00:15:8d:00:03:ff:ff:ff"


def refusal(plant: Plant, channel: ChannelKey, action: Action) -> tuple[int, str]:
    """Return why a request is turned down; nothing is sent."""
    sent = len(plant.commands)
    with pytest.raises(RequestRefusedError) as refused:
        plant.ask(channel, action)
    assert len(plant.commands) == sent
    assert refused.value.sentence.endswith(".")
    return refused.value.status, refused.value.sentence


def test_on_off_and_toggle() -> None:
    plant = Plant().start()
    numbers = [plant.ask(L2, action) for action in (Action.ON, Action.TOGGLE)]
    numbers.append(plant.ask(L2, Action.TOGGLE))
    assert plant.sent() == [(0, "on"), (0, "off"), (0, "on")]
    assert [plant.finished[number].on for number in numbers] == [True, False, True]
    result = plant.finished[numbers[0]]
    assert result.outcome is CommandOutcome.CONFIRMED
    assert (result.attempts, result.seconds, result.detail) == (1, 0.0, "")


@pytest.mark.parametrize(
    ("channel", "action", "status", "words"),
    [
        ((STRANGER, "l1"), Action.ON, 404, "There is no relay"),
        ((BOILER, "l3"), Action.ON, 404, "There is no channel 'l3'"),
        ((BOILER, "l2"), Action.ON, 403, "l2 is protected"),
        ((BOILER, "l2"), Action.OFF, 403, "l2 is protected"),
        ((BOILER, "l2"), Action.TOGGLE, 403, "l2 is protected"),
    ],
)
def test_who_asks_for_the_impossible_is_told_why(
    channel: ChannelKey, action: Action, status: int, words: str
) -> None:
    found, sentence = refusal(Plant(relays=PROTECTED).start(), channel, action)
    assert found == status
    assert words in sentence


def test_monitor_mode_switches_nothing() -> None:
    status, sentence = refusal(Plant(monitor=True).start(), L1, Action.OFF)
    assert (status, "Monitor mode" in sentence) == (409, True)


def test_without_a_radio_nothing_can_be_switched() -> None:
    plant = Plant().start()
    plant.down()
    assert refusal(plant, L1, Action.OFF)[0] == 503


def test_a_state_that_is_not_known_cannot_be_toggled() -> None:
    plant = Plant()
    plant.up()
    status, sentence = refusal(plant, L1, Action.TOGGLE)
    assert (status, "cannot be toggled" in sentence) == (409, True)
    plant.ask(L1, Action.OFF)
    assert plant.sent() == [(0, "off")]


def test_what_a_protection_holds_is_not_switched_on() -> None:
    plant = Plant(threshold(for_seconds=0.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(30, every=5)
    status, sentence = refusal(plant, L1, Action.ON)
    assert status == 409
    assert "Policy 'overload' keeps l1 off (power 2300 W is above 2200 W)" in sentence
    plant.ask(L1, Action.OFF)  # it may be switched off
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.reset()
    plant.ask(L1, Action.ON)
    assert plant.is_on(L1)


def test_what_a_protection_is_cutting_is_not_switched_on() -> None:
    plant = Plant(voltage()).start()
    plant.hold_answers = True
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    assert refusal(plant, L1, Action.ON)[0] == 409


def test_a_latch_holds_before_the_rules_have_judged_for_the_first_time() -> None:
    """Right after the start, before the first tick: the latch is known already."""
    plant = Plant(threshold(for_seconds=0.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.kill()
    plant.report_state(BOILER, "l1")
    assert refusal(plant, L1, Action.ON)[0] == 409


def test_what_an_economy_rule_holds_is_switched_on() -> None:
    plant = Plant(standby()).start()
    plant.run(40, every=5)
    assert not plant.is_on(L1)
    plant.ask(L1, Action.ON)
    plant.draw(BOILER, "l1", 100.0)
    plant.run(600, every=30)
    assert plant.is_on(L1)
    plant.override(BOILER, 0.0)
    assert plant.state("standby") == "ok"  # its latch ended with the person's word


def test_nor_does_an_economy_rule_end_a_second_attempt() -> None:
    plant = Plant(schedule(allowed=Hours(start=time(6), end=time(12)))).start()
    assert not plant.is_on(L1)
    plant.relays[BOILER].refuses = 1
    plant.ask(L1, Action.ON)
    plant.run(1)
    assert plant.is_on(L1)


def test_a_rule_in_dry_run_refuses_nobody() -> None:
    plant = Plant(threshold(for_seconds=0.0, mode="dry_run")).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.ask(L1, Action.ON)
    assert plant.is_on(L1)


def test_refusals_are_on_record() -> None:
    plant = Plant(relays=PROTECTED).start()
    refusal(plant, L2, Action.ON)
    refusal(plant, L2, Action.TOGGLE)
    refusal(plant, (STRANGER, "l1"), Action.ON)
    first, second = plant.of(EventKind.DECISION)
    assert (first.action, second.action) == ("on", None)
    assert first.outcome is CommandOutcome.REFUSED
    counts = plant.stage.facts(BOILER, plant.now).commands
    assert counts == {("l2", Origin.API, CommandOutcome.REFUSED): 2}


# joined ------------------------------------------------------------------------------


def test_the_same_wish_while_it_is_on_its_way_shares_the_command() -> None:
    plant = Plant().start()
    plant.hold_answers = True
    first = plant.ask(L1, Action.OFF)
    second = plant.ask(L1, Action.OFF, Origin.MQTT)
    assert first == second
    assert len(plant.commands) == 1
    plant.answer(plant.commands[0], AttemptResult.NOT_SENT)
    assert plant.finished[first].outcome is CommandOutcome.REFUSED


def test_who_joins_a_policys_command_is_answered_too() -> None:
    plant = Plant(voltage()).start()
    plant.hold_answers = True
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    number = plant.ask(L1, Action.OFF)
    assert len(plant.commands) == 1
    plant.hold_answers = False
    plant.carry_out(plant.commands[0])
    plant.run(1)
    assert plant.finished[number].outcome is CommandOutcome.CONFIRMED


def test_the_opposite_takes_its_place_and_both_are_answered() -> None:
    plant = Plant().start()
    plant.hold_answers = True
    first = plant.ask(L1, Action.OFF)
    second = plant.ask(L1, Action.ON)
    assert first != second
    assert plant.finished[first].outcome is CommandOutcome.UNKNOWN
    plant.hold_answers = False
    plant.carry_out(plant.commands[1])
    plant.run(1)
    assert plant.finished[second].outcome is CommandOutcome.CONFIRMED


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ({}, "confirmed"),
        ({"refuses": 99}, "refused"),
        ({"dead": True}, "unknown"),
        ({"deaf": True}, "unknown"),
        ({"frozen": {"l1"}}, "failed"),
        ({"away": True}, "refused"),
        ({"lost_answers": True}, "confirmed"),
        ({"mute": True}, "confirmed"),
        ({"bounces": 9}, "confirmed"),
    ],
)
def test_an_answer_always_comes(faults: dict[str, Any], outcome: str) -> None:
    plant = Plant().start()
    for name, value in faults.items():
        setattr(plant.relays[BOILER], name, value)
    number = plant.ask(L1, Action.OFF)
    plant.run(30)
    assert str(plant.finished[number].outcome) == outcome
    assert (plant.finished[number].detail == "") is (outcome == "confirmed")
    assert all(not command.cut_off for command in plant.commands)
    assert len(plant.commands) <= 3


def test_a_removed_relay_answers_too() -> None:
    plant = Plant().start()
    plant.hold_answers = True
    number = plant.ask(L1, Action.OFF)
    plant.remove(BOILER)
    assert plant.finished[number].detail == "the relay was removed"
    plant.answer(plant.commands[0], AttemptResult.ANSWERED)
    assert plant.run(60).outcomes() == ["unknown"]


def test_an_unknown_policy_cannot_be_reset() -> None:
    with pytest.raises(RequestRefusedError, match="There is no policy 'x'") as refused:
        Plant().start().reset("x")
    assert refused.value.status == 404


def test_before_the_coordinator_was_there_nobody_knows_the_relays() -> None:
    rules = PolicySettings(rules=(threshold(for_seconds=0.0),))
    stage = PolicyStage(LineSettings(policies=rules))
    now = Now(0.0, START)
    asked = (
        lambda: stage.people.switch(L1, Action.OFF, Origin.API, now),
        lambda: stage.people.reset("overload", Origin.API, now),
        lambda: stage.people.override(BOILER, 60.0, Origin.API, now),
    )
    for ask in asked:
        with pytest.raises(RequestRefusedError, match="The radio is down") as refused:
            ask()
        assert refused.value.status == 503
