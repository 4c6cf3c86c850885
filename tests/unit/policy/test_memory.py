"""What outlives a kill, and what it must not bring about."""

from datetime import timedelta
from typing import Any

from collector.model.command import Action
from collector.model.policy import SwitchLimits
from collector.model.quantity import Quantity
from tests.unit.policy.house_rules import (
    BOILER,
    FLOOR,
    L1,
    after,
    budget,
    off_after,
    schedule,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant

AT_ONCE = threshold(for_seconds=0.0)


def latched(*rules: Any, **policies: Any) -> Plant:
    """Cut a moment ago, and what is urgent is on disk."""
    plant = Plant(*(rules or (AT_ONCE,)), **policies).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    assert not plant.is_on(L1)
    return plant


def test_a_latch_outlives_a_kill() -> None:
    plant = latched()
    plant.kill()
    assert plant.state() == "stale"
    plant.run(60, every=10)
    assert plant.state() == "latched"
    plant.run(5000, every=60)
    assert plant.sent() == [(0, "off")]


def test_a_restore_begins_its_wait_anew() -> None:
    plant = latched(threshold(for_seconds=0.0, restore=after(300.0)))
    plant.run(200, every=10)
    plant.kill(away=100)
    plant.run(250, every=10)
    assert plant.sent() == [(0, "off")]
    plant.run(100, every=10)
    assert [word for _, word in plant.sent()] == ["off", "on"]


def test_how_long_the_service_was_away_is_not_believed() -> None:
    """The clock says an hour, and was perhaps set meanwhile: the contact is spared."""
    plant = Plant(voltage(restore=after(0.0))).start()
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(20).see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(1)
    plant.wall += timedelta(hours=1)
    plant.kill()
    start = plant.seconds
    plant.relays[BOILER].volts = 230.0
    plant.report(BOILER)
    plant.run(300, every=10)
    assert [word for _, word in plant.sent()] == ["off", "on"]
    assert plant.sent()[1][0] >= start + 60


def test_a_restore_waits_for_the_first_fresh_reading() -> None:
    """It was let go before the kill: nobody holds it, and nobody knows how it is."""
    rule = voltage(restore=after(0.0))
    plant = Plant(rule).start()
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)
    plant.run(20).see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(1)
    plant.commit()
    plant.kill()
    plant.run(500, every=30)
    assert plant.sent() == [(0, "off")]
    plant.see(BOILER, Quantity.VOLTAGE, 230.0)
    plant.run(310, every=30)
    assert [word for _, word in plant.sent()] == ["off", "on"]


def test_no_rule_acts_before_its_first_fresh_reading() -> None:
    plant = Plant(AT_ONCE, schedule()).start()
    plant.relays[BOILER].watts["l1"] = 2300.0
    plant.kill()
    plant.run(100)
    assert plant.commands == []
    plant.report_power(BOILER)
    assert [word for _, word in plant.sent()] == ["off"]


def test_or_its_stale_rule_says_so() -> None:
    plant = Plant(threshold(when_stale=off_after(60.0))).start()
    plant.relays[BOILER].dead = True
    plant.kill()
    start = plant.seconds
    plant.run(179)
    assert plant.commands == []
    plant.run(20)
    assert plant.sent()[0][0] >= start + 180


def test_a_delay_goes_on_where_it_was() -> None:
    plant = Plant(threshold(for_seconds=60.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(40, every=5)
    plant.commit()
    plant.kill(away=1000)
    plant.report(BOILER)
    start = plant.seconds
    plant.run(30, every=5)
    assert plant.sent() == [(start + 20, "off")]


def test_restores_count_over_a_kill() -> None:
    rule = threshold(for_seconds=0.0, restore=after(60.0, at_most=2))
    plant = Plant(rule).start()
    plant.relays[BOILER].watts["l1"] = 2300.0
    for _ in range(8):
        plant.run(150, every=5)
        plant.kill()
    assert [word for _, word in plant.sent()] == ["off", "on", "off", "on", "off"]


def test_a_count_is_on_disk_before_the_on_is_sent() -> None:
    """What is urgent is more than what has just changed its state."""
    rule = threshold(for_seconds=0.0, restore=after(5.0))
    plant = latched(rule).run(59, every=10)
    assert plant.state() == "ok"  # let go long ago; the contact was to be spared
    plant.hold_answers = True
    plant.run(10, every=10)
    assert plant.commands[-1].on
    document = plant.saved["rule", f"overload|{BOILER}"]
    assert len(document["restores"]) == 1  # type: ignore[arg-type]


def test_a_kill_before_the_commit_forgets_and_restores_nothing() -> None:
    plant = Plant(AT_ONCE).start()
    plant.disk = False
    plant.draw(BOILER, "l1", 2300.0)
    plant.relays[BOILER].watts["l1"] = 100.0
    assert not plant.is_on(L1)
    plant.kill()
    plant.disk = True
    plant.run(5000, every=60)
    assert plant.sent() == [(0, "off")]


def test_what_the_disk_refused_is_offered_again() -> None:
    plant = Plant(AT_ONCE).start()
    plant.disk = False
    plant.draw(BOILER, "l1", 2300.0)
    assert plant.saved == {}
    plant.disk = True
    assert plant.commit(urgent=True)
    assert {kind for kind, _ in plant.saved} == {"rule", "channel"}


def test_overrides_outlive_a_kill() -> None:
    plant = Plant(schedule()).start()
    plant.run(3590, every=60)
    plant.ask(L1, Action.ON)
    plant.kill(away=100)
    plant.run(3400, every=60)
    assert [word for _, word in plant.sent()] == ["on"]
    plant.run(200, every=60)
    assert [word for _, word in plant.sent()] == ["on", "off"]


def test_switch_counters_outlive_a_kill() -> None:
    limits = SwitchLimits(switches_per_hour=1, min_off_seconds=0, cool_down_seconds=0)
    rule = threshold(for_seconds=0.0, restore=after(0.0))
    plant = latched(rule, limits=limits)
    plant.kill()
    plant.run(3000, every=60)
    assert plant.sent() == [(0, "off")]
    plant.run(700, every=60)
    assert [word for _, word in plant.sent()] == ["off", "on"]


def test_remembered_loads_outlive_a_kill() -> None:
    plant = Plant().start()
    plant.draw(BOILER, "l1", 700.0)
    plant.run(10, every=5)
    plant.commit()
    plant.kill()
    assert plant.stage.engine.meters.loads(BOILER)["l1"] == 700.0


def test_what_a_group_has_shed_outlives_a_kill() -> None:
    plant = Plant(budget(limit_w=1000.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(10, every=5)
    plant.kill()
    plant.run(5, every=2)
    assert plant.stage.policies(plant.now)[0].held == [L1]


def test_a_clock_that_was_wrong_is_clamped() -> None:
    """Dates of the future count as now: nothing is forgotten by a clock set back."""
    limits = SwitchLimits(switches_per_hour=1, min_off_seconds=0, cool_down_seconds=0)
    rule = threshold(for_seconds=0.0, restore=after(0.0, at_most=1))
    plant = latched(rule, limits=limits)
    plant.ask((FLOOR, "l1"), Action.ON)
    plant.wall -= timedelta(days=30)
    plant.kill()
    memory = plant.stage.engine.arbiter.memory(L1)
    assert memory.switches[-1][0] == plant.mono
    floor = plant.stage.engine.arbiter.memory((FLOOR, "l1"))
    assert floor.override_until == plant.mono + 7 * 86_400
    plant.run(3590, every=60)
    assert [word for _, word in plant.sent(L1)] == ["off"]


def test_a_clock_that_is_right_again_ends_what_is_over() -> None:
    plant = latched()
    plant.ask((FLOOR, "l1"), Action.ON)
    plant.wall += timedelta(days=2)
    plant.kill()
    assert not plant.stage.engine.arbiter.memory(L1).switches
    assert not plant.stage.engine.arbiter.memory((FLOOR, "l1")).overridden(plant.mono)


def test_a_rule_whose_relay_is_not_known_yet_keeps_its_memory() -> None:
    """The relay joins the network later than the first commit after the start."""
    plant = latched()
    plant.relays.pop(BOILER)
    plant.kill()
    plant.run(30, every=10)
    plant.commit()
    assert ("rule", f"overload|{BOILER}") in plant.saved
    plant.stage.joined(BOILER)
    plant.stage.engine.refresh(plant.now)
    assert plant.stage.policies(plant.now)[0].held == [L1]


def test_a_rule_that_left_the_configuration_meanwhile_owes_nothing() -> None:
    plant = latched(threshold(for_seconds=0.0, restore=after(300.0)))
    plant.settings = plant.asked_for()
    plant.kill()
    plant.run(2000, every=30)
    assert plant.sent() == [(0, "off")]
    plant.commit()
    assert [key for kind, key in plant.saved if kind == "rule"] == []


def test_nothing_is_written_that_has_not_changed() -> None:
    plant = latched().run(60, every=10)
    plant.commit()
    assert plant.stage.unsaved(plant.now) == {}
    assert plant.stage.unsaved(plant.now, urgent=True) == {}


def test_settings_that_were_written_are_kept_too() -> None:
    plant = Plant().start()
    documents = {"settings": {BOILER: {"memory": True}}}
    plant.stage.restore(documents, plant.now)
    assert all(kind != "rule" for kind, _ in plant.stage.unsaved(plant.now))
    changes: dict[tuple[str, str], dict[str, object] | None] = {
        ("settings", BOILER): {"memory": True},
        ("settings", FLOOR): None,
    }
    plant.stage.committed(changes)
    plant.stage.not_committed(changes)
