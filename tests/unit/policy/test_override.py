"""A person's word stands above economy rules, for a while."""

from datetime import time
from typing import Any

import pytest

from collector.model.command import Action, Origin, RequestRefusedError
from collector.model.decision import EventKind
from collector.model.policy import Hours, SwitchLimits
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BATH,
    BOILER,
    ECONOMY,
    FLOOR,
    L1,
    L2,
    schedule,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant
from tests.unit.policy.toy_relay import COMMAND, HAND, UNKNOWN_CODE

FORBIDDEN = Hours(start=time(6), end=time(12))  # since the start of the tests


def night(*more: Any, **policies: Any) -> Plant:
    """A plant whose boiler/l1 is off: it is outside of its hours."""
    plant = Plant(schedule(allowed=FORBIDDEN), *more, **policies).start()
    plant.run(30)
    assert plant.sent(L1) == [(0, "off")]
    return plant


def cuts(plant: Plant) -> list[float]:
    return [at for at, word in plant.sent(L1) if word == "off"][1:]


@pytest.mark.parametrize("origin", [Origin.API, Origin.MQTT, Origin.CLI])
def test_a_persons_command_suspends_economy_rules(origin: Origin) -> None:
    plant = night()
    plant.ask(L1, Action.ON, origin)
    assert plant.is_on(L1)
    assert plant.state("hours") == "suspended"
    plant.run(3600 - 1, every=60)
    assert cuts(plant) == []
    plant.run(3, every=60)
    assert cuts(plant) == [3630]
    assert plant.state("hours") != "suspended"


@pytest.mark.parametrize(
    ("code", "suspended"),
    [(HAND, True), (COMMAND, False), (0x0D, False), (UNKNOWN_CODE, False)],
)
def test_only_a_hand_is_a_persons_word(code: int, suspended: bool) -> None:
    plant = night()
    plant.press(BOILER, "l1", code=code)
    plant.run(60, every=10)
    assert cuts(plant) == ([] if suspended else [40])  # 10 s: min_on
    assert (plant.state("hours") == "suspended") is suspended
    (event,) = plant.of(EventKind.FOREIGN)
    assert event.channel == "l1"
    assert ("at the relay" in event.reason) is suspended


def test_a_hand_that_switches_off_counts_too() -> None:
    plant = Plant(schedule()).start()
    plant.run(60)
    plant.press(BOILER, "l1")
    assert plant.state("hours") == "suspended"


def test_a_change_without_an_origin_is_foreign_and_no_override() -> None:
    plant = night()
    plant.relays[BOILER].on["l1"] = True
    plant.report_state(BOILER, "l1")
    plant.run(60, every=10)
    assert cuts(plant) == [40]
    assert plant.of(EventKind.FOREIGN)[0].reason == "switched on by something else"


def test_our_own_command_is_not_foreign() -> None:
    plant = night()
    assert plant.of(EventKind.FOREIGN) == []


def test_nor_is_its_fifth_attempt() -> None:
    """The relay hears us late: what moves then is our doing, and stays owed."""
    plant = Plant(voltage()).start()
    plant.relays[BOILER].deaf = True
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(11)
    plant.relays[BOILER].deaf = False
    plant.run(20)
    assert not plant.is_on(L1)
    assert plant.of(EventKind.FOREIGN) == []
    plant.see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(100, every=10)
    assert plant.is_on(L1)


def test_nor_is_what_follows_when_it_was_given_up() -> None:
    """14 s after the first attempt, 2 s after the last: it was ours all the same."""
    plant = Plant(voltage()).start()
    plant.relays[BOILER].frozen.add("l1")
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(8.75)
    assert plant.outcomes() == ["failed"]
    plant.hold_answers = True
    plant.run(1.9)
    plant.relays[BOILER].on["l1"] = False
    plant.report_state(BOILER, "l1")
    assert plant.of(EventKind.FOREIGN) == []


def test_a_report_that_repeats_an_old_origin_is_nobodys_word() -> None:
    plant = Plant(schedule()).start()
    plant.run(60)
    plant.report_state(BOILER, "l1", code=HAND)
    assert plant.state("hours") == "ok"


def test_a_hand_on_a_contact_that_was_given_up_is_one() -> None:
    plant = Plant(schedule(allowed=FORBIDDEN)).start()
    plant.hold_answers = True
    engine = plant.stage.engine
    engine.house.relays[BOILER].contacts["l1"].on = None
    plant.report_state(BOILER, "l1", code=HAND)
    assert plant.state("hours") == "suspended"


def test_protection_acts_all_the_same() -> None:
    plant = night(threshold(for_seconds=0.0))
    plant.ask(L1, Action.ON)
    plant.run(60, every=10)
    plant.draw(BOILER, "l1", 2300.0)
    assert not plant.is_on(L1)
    assert plant.state("overload") == "latched"


def test_an_economy_threshold_is_suspended_too() -> None:
    plant = Plant(threshold(policy_class=ECONOMY, for_seconds=0.0)).start()
    plant.ask(L1, Action.ON)
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(600, every=60)
    assert plant.is_on(L1)
    assert plant.state() == "suspended"


def test_override_seconds_are_the_configurations() -> None:
    plant = night(limits=SwitchLimits(override_seconds=600.0))
    plant.ask(L1, Action.ON)
    plant.run(700, every=30)
    assert cuts(plant) == [630]


def test_each_command_begins_it_anew() -> None:
    plant = night(limits=SwitchLimits(override_seconds=600.0))
    plant.ask(L1, Action.ON)
    plant.run(500, every=30)
    plant.ask(L1, Action.ON)
    plant.run(500, every=30)
    assert plant.is_on(L1)
    plant.run(200, every=30)
    assert cuts(plant) == [1130]


def test_other_channels_and_relays_are_not_concerned() -> None:
    rule = schedule(allowed=FORBIDDEN, relays=(FLOOR,))
    plant = night(rule_of_l2(), rule)
    plant.ask(L1, Action.ON)
    assert plant.state("l2") != "suspended"
    assert plant.state("hours", BOILER) == "suspended"
    assert not plant.is_on((FLOOR, "l1"))


def rule_of_l2() -> Any:
    return schedule("l2", switch_off=("l2",), relays=(BOILER, BATH))


# an override by itself ----------------------------------------------------------------


def test_an_override_suspends_both_channels_of_a_relay_and_sends_nothing() -> None:
    plant = Plant(schedule()).start()
    plant.run(3000, every=60)
    plant.override(BOILER, 1200.0)
    plant.run(1150, every=60)  # beyond 13:00
    assert plant.commands == []
    plant.run(60, every=60)
    assert plant.sent() == [(4200, "off")]
    (event,) = plant.of(EventKind.OVERRIDE)
    assert event.reason == "economy rules stand back for 1200 s"


def test_an_override_of_nothing_ends_it() -> None:
    plant = night()
    plant.ask(L1, Action.ON)
    plant.run(60, every=10)
    plant.override(BOILER, 0.0)
    assert cuts(plant) == [90]


def test_it_lasts_a_week_at_most() -> None:
    plant = Plant(schedule()).start()
    plant.override(BOILER, 1e12)
    memory = plant.stage.engine.arbiter.memory(L2)
    assert memory.override_until == plant.mono + 7 * 86_400


def test_an_unknown_relay_has_no_override() -> None:
    plant = Plant().start()
    with pytest.raises(RequestRefusedError, match="There is no relay 'x'") as refused:
        plant.override("x", 60.0)
    assert refused.value.status == 404


def test_it_is_urgent() -> None:
    plant = Plant(schedule()).start()
    plant.commit()
    plant.override(BOILER, 600.0)
    assert ("channel", f"{BOILER}/l1") in plant.saved


def test_a_hand_is_urgent_too() -> None:
    plant = Plant(schedule()).start()
    plant.commit()
    plant.press(BOILER, "l1")
    assert "override_until" in plant.saved["channel", f"{BOILER}/l1"]


def test_the_end_of_an_override_ends_with_the_debt_too() -> None:
    """What a protection has cut comes back during an override, an economy cut not."""
    plant = night(voltage(), limits=SwitchLimits(override_seconds=600.0))
    plant.ask(L1, Action.ON)
    plant.run(30, every=10)
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(30).see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(120, every=10)
    assert [word for _, word in plant.sent()] == ["off", "on", "off", "on"]
    plant.run(500, every=10)
    assert not plant.is_on(L1)
