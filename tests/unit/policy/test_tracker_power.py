"""After the contact has opened, the power has to go."""

from itertools import pairwise

import pytest

from collector.model.command import Action
from collector.model.decision import EventKind
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import BOILER, L1, L2, schedule, threshold
from tests.unit.policy.plant import Plant
from tests.unit.policy.toy_relay import COMMAND

WELDED = (
    "Cut-off failed: the contact is reported open, and the power has not fallen with "
    "it within 10 s"
)


def known_load(watts: float = 2300.0, **l2: float) -> Plant:
    """A plant that has seen what boiler/l1 takes; its rule is at its limit."""
    plant = Plant(threshold(for_seconds=30.0)).start()
    plant.relays[BOILER].watts.update(l2)
    if l2:
        plant.press(BOILER, "l2")
        plant.run(5).report_power(BOILER)
        plant.run(5)
    plant.relays[BOILER].watts["l1"] = watts
    plant.relays[BOILER].on["l1"] = False
    plant.report_state(BOILER, "l1", code=COMMAND)
    plant.run(5).report_power(BOILER)
    plant.run(5).press(BOILER, "l1", code=COMMAND)
    plant.run(3).report_power(BOILER)
    plant.run(3).report_power(BOILER)
    loads = plant.stage.engine.meters.loads(BOILER)
    assert loads["l1"] == pytest.approx(watts, abs=20)
    return plant


def power_reads(plant: Plant) -> int:
    return sum(what is Quantity.POWER for _, what, _ in plant.reads)


def test_the_power_falls_and_all_is_well() -> None:
    plant = known_load().run(60, every=5)
    assert plant.outcomes() == ["confirmed"]
    assert plant.alarms() == []


def test_a_welded_contact_is_an_alarm_and_is_commanded_again_and_again() -> None:
    plant = known_load()
    plant.relays[BOILER].stuck.add("l1")
    plant.run(1200, every=5)
    times = [at for at, _ in plant.sent(L1)]
    gaps = [round(b - a) for a, b in pairwise(times)]
    # 10 s of watching, and then 2, 2, 30, 60, 120, 240 and 300 s.
    assert gaps[:7] == [12, 12, 40, 70, 130, 250, 310]
    assert set(plant.outcomes()) == {"confirmed"}
    failed = [reason for reason in plant.alarms() if "Cut-off" in reason]
    assert failed == [WELDED, WELDED]  # said again after ten minutes


def test_a_contact_that_comes_free_is_not_commanded_any_more() -> None:
    plant = known_load()
    relay = plant.relays[BOILER]
    relay.stuck.add("l1")
    plant.run(60, every=5)
    relay.stuck.clear()
    plant.run(90, every=5)
    sent = len(plant.commands)
    assert plant.run(600, every=5).sent()[sent:] == []
    plant.report_state(BOILER, "l1")
    assert not plant.stage.engine.arbiter.memory(L1).in_vain


def test_nor_is_it_while_something_else_is_too_much() -> None:
    """The rule still wants it off, and it is; the other channel takes all of it."""
    plant = known_load()
    plant.relays[BOILER].stuck.add("l1")
    plant.run(60, every=5)
    plant.relays[BOILER].stuck.clear()
    plant.relays[BOILER].watts["l2"] = 2400.0
    plant.press(BOILER, "l2")
    plant.run(100, every=5)
    sent = len(plant.commands)
    plant.run(900, every=5)
    assert plant.state() == "over"
    assert plant.sent()[sent:] == []


@pytest.mark.parametrize("stuck", [True, False])
def test_two_reads_ask_what_is_left(stuck: bool) -> None:
    """2.5 s and 6 s after the contact has opened; none once the power has fallen."""
    plant = known_load(1900.0)
    plant.run(30)
    plant.relays[BOILER].stuck |= {"l1"} if stuck else set()
    plant.reads.clear()
    plant.ask(L1, Action.OFF)
    counts = [power_reads(plant.run(step)) for step in (2.4, 0.2, 3.3, 0.2, 3.8)]
    more = [after - before for before, after in pairwise(counts)]
    assert more == ([1, 0, 1, 0] if stuck else [0, 0, 0, 0])


def test_without_a_reading_nothing_is_said() -> None:
    """Nobody knows whether it has fallen; that is no welded contact."""
    plant = known_load()
    plant.relays[BOILER].stuck.add("l1")
    plant.run(24.4)
    plant.reads_answered = False
    plant.run(20)
    assert plant.outcomes() == ["confirmed"]
    assert [alarm for alarm in plant.alarms() if "Cut-off" in alarm] == []


def test_an_idle_load_has_nothing_to_fall() -> None:
    """A thermostat at rest: 2,300 W are remembered, and 0.4 W flow."""
    plant = known_load()
    plant.reload(schedule())
    plant.draw(BOILER, "l1", 0.4)
    plant.ask(L1, Action.OFF)
    plant.run(60, every=2)
    assert plant.outcomes() == ["confirmed"]
    assert plant.alarms() == []


def test_the_idle_load_beside_one_that_draws() -> None:
    plant = known_load(2300.0, l2=400.0)
    plant.draw(BOILER, "l1", 0.0)
    plant.ask(L1, Action.OFF)
    plant.run(60, every=2)
    assert plant.outcomes()[-1] == "confirmed"
    assert plant.alarms() == []


def test_the_other_channel_draws_on() -> None:
    plant = known_load(1900.0, l2=400.0)
    plant.ask(L1, Action.OFF)
    plant.run(60, every=2)
    assert plant.outcomes() == ["confirmed"]
    assert plant.alarms() == []


def test_welded_beside_a_channel_that_draws() -> None:
    plant = known_load(1900.0, l2=400.0)
    plant.relays[BOILER].stuck.add("l1")
    plant.ask(L1, Action.OFF)
    plant.run(60, every=2)
    assert WELDED in plant.alarms()


def test_beside_a_load_that_nobody_knows_nothing_is_expected() -> None:
    plant = known_load(1900.0)
    plant.relays[BOILER].watts["l2"] = 1950.0
    plant.relays[BOILER].on["l2"] = True
    plant.see(BOILER, Quantity.STATE, 1.0, "l2")
    plant.relays[BOILER].watts["l1"] = 0.0
    plant.report_power(BOILER)
    plant.ask(L1, Action.OFF)
    plant.run(30, every=2)
    assert plant.alarms() == []


def test_when_the_other_channel_moves_the_step_proves_nothing() -> None:
    plant = known_load(1900.0)
    plant.relays[BOILER].watts["l2"] = 1900.0
    plant.ask(L1, Action.OFF)
    plant.run(1).press(BOILER, "l2")
    plant.run(30, every=2)
    assert plant.outcomes() == ["confirmed"]
    assert plant.alarms() == []


def test_an_old_power_is_not_compared_with() -> None:
    """The relay was silent for long: what it took then says nothing of now."""
    plant = known_load(1900.0)
    plant.run(400)
    plant.relays[BOILER].stuck.add("l1")
    plant.ask(L1, Action.OFF)
    plant.run(30)
    assert plant.outcomes() == ["confirmed"]
    assert [alarm for alarm in plant.alarms() if "Cut-off" in alarm] == []


def test_a_persons_off_that_does_not_open_is_an_alarm_but_not_repeated() -> None:
    """Nobody demands it any more; the person has the alarm."""
    plant = known_load(1900.0)
    plant.relays[BOILER].stuck.add("l1")
    plant.ask(L1, Action.OFF)
    plant.run(300, every=5)
    assert len(plant.sent(L1)) == 1
    assert plant.alarms()[0] == WELDED
    assert plant.of(EventKind.ALARM)[0].rule is None


def test_another_command_ends_the_watch() -> None:
    plant = known_load(1900.0)
    plant.relays[BOILER].stuck.add("l1")
    plant.ask(L1, Action.OFF)
    plant.run(5).ask(L1, Action.ON)
    plant.run(30, every=5)
    assert plant.outcomes() == ["confirmed", "confirmed"]
    assert plant.alarms() == []


def test_both_channels_cut_at_once() -> None:
    """One opens and the other with it: neither is blamed for the other's power."""
    plant = Plant(threshold(for_seconds=0.0, switch_off=("l1", "l2"))).start()
    relay = plant.relays[BOILER]
    relay.watts.update(l1=1200.0, l2=1100.0)
    plant.press(BOILER, "l2", code=COMMAND)
    plant.run(60, every=5)
    assert plant.outcomes() == ["confirmed", "confirmed"]
    assert {each.channel for each in plant.commands} == {"l1", "l2"}
    assert plant.alarms() == []
    assert not plant.is_on(L1)
    assert not plant.is_on(L2)
