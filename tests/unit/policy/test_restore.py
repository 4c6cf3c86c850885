"""When a channel comes back, and what it waits for."""

import pytest

from collector.model.command import Action
from collector.model.decision import EventKind
from collector.model.policy import SwitchLimits
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BOILER,
    L1,
    after,
    threshold,
    voltage,
    when_clear,
)
from tests.unit.policy.overloads import cut, restoring
from tests.unit.policy.plant import Plant

FREE = SwitchLimits(min_on_seconds=0, min_off_seconds=0, cool_down_seconds=0)


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        (FREE, 10.0),  # the watch of the cut
        (SwitchLimits(), 60.0),
        (SwitchLimits(min_off_seconds=90), 90.0),
        (SwitchLimits(min_off_seconds=0, cool_down_seconds=75), 75.0),
        (SwitchLimits(min_off_seconds=90, cool_down_seconds=120), 120.0),
    ],
)
def test_a_restore_waits_for_each_limit(limits: SwitchLimits, seconds: float) -> None:
    plant = cut(restoring(0.0), limits=limits).run(300, every=10)
    assert plant.sent() == [(0, "off"), (seconds, "on")]


def test_a_restore_comes_when_the_rule_says_so() -> None:
    plant = cut(restoring(600.0)).run(900, every=30)
    assert plant.sent() == [(0, "off"), (600, "on")]
    assert plant.outcomes() == ["confirmed", "confirmed"]
    assert plant.is_on(L1)


def test_so_many_switchings_in_an_hour_and_no_restore_more() -> None:
    """Six commands in an hour: off on off on off on off, and then it waits."""
    limits = SwitchLimits(
        min_on_seconds=0, min_off_seconds=0, cool_down_seconds=0, switches_per_hour=2
    )
    plant = cut(restoring(0.0, at_most=99), limits=limits)
    plant.run(5000, every=30)
    times = [at for at, _ in plant.sent()]
    assert times == [0, 10]
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    start = plant.seconds
    plant.run(60, every=5)
    assert plant.sent()[2:] == [(start, "off"), (start + 10, "on")]
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(4000, every=30)
    *_, (off_at, off), (on_at, on) = plant.sent()
    assert (off, on) == ("off", "on")
    # Two in the hour before: the ON waits until only one of them counts.
    assert on_at == pytest.approx(start + 10 + 3600)
    assert off_at == start + 60


def test_so_many_in_a_day() -> None:
    limits = SwitchLimits(
        min_off_seconds=0, cool_down_seconds=0, switches_per_hour=99, switches_per_day=1
    )
    plant = cut(restoring(0.0), limits=limits).run(86_000, every=300)
    assert plant.sent() == [(0, "off")]
    assert plant.run(800, every=300).sent() == [(0, "off"), (86_400, "on")]


def test_an_on_goes_only_to_what_this_rule_has_cut_from_on() -> None:
    """It was off when the voltage rose: nobody has cut it, nobody restores it."""
    plant = Plant(voltage()).start()
    plant.press(BOILER, "l1")
    plant.relays[BOILER].volts = 260.0
    plant.run(120, every=30)
    plant.relays[BOILER].volts = 230.0
    assert plant.run(600, every=30).commands == []


def test_what_was_unknown_when_it_was_cut_stays_off() -> None:
    plant = Plant(voltage())
    plant.up()
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    assert plant.sent() == [(0, "off")]
    plant.relays[BOILER].volts = 230.0
    assert plant.run(600, every=30).sent() == [(0, "off")]


def test_two_hold_it_and_the_last_lets_go() -> None:
    plant = Plant(
        voltage(),
        threshold(
            "heat", quantity=Quantity.TEMPERATURE, for_seconds=0.0, restore=when_clear()
        ),
    ).start()
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(5).see(BOILER, Quantity.TEMPERATURE, 2500.0)
    plant.run(100).see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(100)
    assert plant.sent() == [(0, "off")]
    plant.see(BOILER, Quantity.TEMPERATURE, 50.0)
    assert plant.sent() == [(0, "off"), (205, "on")]


# people ------------------------------------------------------------------------------


def test_a_reset_sends_nothing_and_clears_latch_and_debt() -> None:
    plant = cut(threshold(for_seconds=0.0)).run(100, every=30)
    assert plant.state() == "latched"
    plant.reset()
    assert plant.state() == "ok"
    plant.run(600, every=30)
    assert plant.sent() == [(0, "off")]
    assert plant.stage.engine.arbiter.memory(L1).owed == set()
    (event,) = plant.of(EventKind.RESET)
    assert event.rule == "overload"
    plant.ask(L1, Action.ON)
    assert plant.is_on(L1)


def test_a_reset_of_one_lets_the_other_owe_nothing() -> None:
    """Else the reset would switch on, through another rule that has let go before."""
    heat = threshold(
        "heat", quantity=Quantity.TEMPERATURE, for_seconds=0.0, restore=when_clear()
    )
    plant = Plant(threshold(for_seconds=0.0), heat).start()
    plant.see(BOILER, Quantity.TEMPERATURE, 2500.0)
    plant.see(BOILER, Quantity.POWER, 2300.0)
    plant.run(20).see(BOILER, Quantity.TEMPERATURE, 20.0)
    plant.report_power(BOILER)
    plant.run(100, every=30)
    plant.reset()
    assert plant.run(600, every=30).sent() == [(0, "off")]


def test_a_reset_begins_the_count_of_restores_anew() -> None:
    plant = cut(restoring(60.0, at_most=1)).run(70, every=10)
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(1000, every=30)
    assert [word for _, word in plant.sent()] == ["off", "on", "off"]
    plant.reset()
    plant.ask(L1, Action.ON)
    plant.run(100, every=30)
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(1000, every=30)
    words = [word for _, word in plant.sent()]
    assert words == ["off", "on", "off", "on", "off", "on"]


@pytest.mark.parametrize("who", ["hand", "api", "stranger"])
def test_who_switches_off_while_it_is_owed_is_obeyed(who: str) -> None:
    plant = cut(restoring(300.0)).run(30)
    if who == "api":
        plant.ask(L1, Action.OFF)
    else:
        plant.press(BOILER, "l1", code=0x03 if who == "hand" else 0x07)
        plant.press(BOILER, "l1", code=0x03 if who == "hand" else 0x07)
    sent = len(plant.commands)
    plant.run(2000, every=30)
    assert [each.on for each in plant.commands[sent:]] == []
    assert not plant.is_on(L1)


# how often ---------------------------------------------------------------------------


def test_so_many_restores_and_then_a_person_must_come() -> None:
    plant = Plant(restoring(120.0, at_most=3)).start()
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.run(4000, every=10)
    assert [word for _, word in plant.sent()] == ["off", "on"] * 3 + ["off"]
    assert plant.state() == "latched"
    (status,) = [
        each for each in plant.stage.policies(plant.now) if each.kind != "root"
    ]
    assert status.restores == 3
    assert status.held == [L1]


def test_restores_count_for_their_window() -> None:
    plant = Plant(restoring(120.0, at_most=1, within=1800.0)).start()
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.run(130, every=10)
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(1800, every=10)
    assert [word for _, word in plant.sent()] == ["off", "on", "off"]
    plant.reset()
    plant.ask(L1, Action.ON)
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(300, every=10)
    assert [word for _, word in plant.sent()][-2:] == ["off", "on"]


def test_who_switches_on_what_a_protection_holds_is_cut_again_and_counts() -> None:
    """By the normal stages, and as a retry."""
    plant = Plant(threshold(for_seconds=10.0, restore=after(3000.0, 2))).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(11, every=2)
    assert plant.sent() == [(10, "off")]
    for _ in range(2):
        plant.run(30, every=2)
        start = plant.seconds
        plant.press(BOILER, "l1")
        plant.run(30, every=2)
        assert plant.sent()[-1] == (start + 10, "off")
    assert plant.state() == "latched"
    plant.run(20_000, every=60)
    assert "on" not in [word for _, word in plant.sent()]
