"""Stage 4 of the line: what it hands on, and the settings it keeps beside the rules."""

from datetime import UTC, datetime

from collector.model.clock import Now
from collector.model.command import Action, CommandOutcome, Origin, SettingWrite
from collector.model.decision import EventKind
from collector.model.frame import ChangeOrigin, Decoded
from collector.model.policy import Mode
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.pipeline.policies import PolicyStage, kind_of
from tests.unit.policy.house_rules import (
    BOILER,
    FLOOR,
    L1,
    schedule,
    threshold,
    voltage,
)
from tests.unit.policy.plant import Plant

LOCKED = {BOILER: {"interlock": True}}


def reading(
    plant: Plant, quantity: Quantity, value: float, channel: str | None = None
) -> Reading:
    return Reading(
        ieee=BOILER,
        channel=channel,
        quantity=quantity,
        value=value,
        at=plant.wall,
        mono=plant.mono,
    )


def frame(plant: Plant, *readings: Reading, origin: ChangeOrigin | None = None) -> None:
    """A decoded and believed frame comes down the line."""
    decoded = Decoded(origin=origin)
    stage, now = plant.stage, plant.now
    plant.do(stage.observe(BOILER, decoded, (readings, ()), 42.0, now))


def test_a_frame_comes_with_origin_and_energy() -> None:
    plant = Plant(schedule()).start()
    hand = ChangeOrigin(code=3, nwk=0, counter=1)
    frame(plant, reading(plant, Quantity.STATE, 0.0, "l1"), origin=hand)
    assert plant.state("hours") == "suspended"
    assert plant.stage.engine.house.relays[BOILER].energy_joules == 42.0


def test_the_interlock_is_kept_as_asked_for() -> None:
    plant = Plant(relays=LOCKED).start()
    frame(plant, reading(plant, Quantity.INTERLOCK, 0.0))
    _, writes = plant.stage.tick(plant.now)
    asked = SettingWrite(ieee=BOILER, setting="interlock", value=True)
    assert writes == (asked,)
    plant.do(plant.stage.written(asked, plant.now, done=True))
    (event,) = plant.of(EventKind.OUTCOME)
    assert event.origin is Origin.CONFIG
    assert event.reason == "interlock set to true"
    counts = plant.stage.facts(BOILER, plant.now).commands
    assert counts == {("", Origin.CONFIG, CommandOutcome.CONFIRMED): 1}


def test_a_write_that_the_relay_did_not_take_is_on_record_as_failed() -> None:
    plant = Plant(relays=LOCKED).start()
    asked = SettingWrite(ieee=BOILER, setting="interlock", value=True)
    plant.do(plant.stage.written(asked, plant.now, done=False))
    assert plant.outcomes() == ["failed"]


def test_nothing_is_written_while_the_radio_is_down() -> None:
    plant = Plant(relays=LOCKED).start()
    frame(plant, reading(plant, Quantity.INTERLOCK, 0.0))
    plant.down()
    assert plant.stage.tick(plant.now)[1] == ()


def test_the_radio_is_up_from_the_first_moment_of_the_clock_on() -> None:
    """A clock that begins at 0 is a clock."""
    plant = Plant(relays=LOCKED)
    plant.mono = 0.0
    plant.up()
    frame(plant, reading(plant, Quantity.INTERLOCK, 0.0))
    assert plant.stage.tick(plant.now)[1] != ()


def test_what_left_the_network_is_not_written_to() -> None:
    plant = Plant(relays=LOCKED).start()
    frame(plant, reading(plant, Quantity.INTERLOCK, 0.0))
    plant.stage.left(BOILER)
    assert plant.stage.tick(plant.now)[1] == ()
    plant.stage.joined(BOILER)
    frame(plant, reading(plant, Quantity.INTERLOCK, 0.0))
    assert plant.stage.tick(plant.now)[1] != ()


def test_what_was_written_is_kept_and_deleted_with_the_relay() -> None:
    told = {FLOOR: {"power_outage_memory": True}}
    plant = Plant(relays=told).start()
    asked = SettingWrite(ieee=FLOOR, setting="power_outage_memory", value=True)
    plant.stage.tick(plant.now)
    plant.do(plant.stage.written(asked, plant.now, done=True))
    plant.commit()
    assert ("settings", FLOOR) in plant.saved
    assert plant.stage.facts(FLOOR, plant.now).outage_memory is True
    plant.kill()
    assert plant.stage.facts(FLOOR, plant.now).outage_memory is True
    plant.commit()
    assert ("settings", FLOOR) in plant.saved
    plant.remove(FLOOR)
    assert plant.stage.facts(FLOOR, plant.now).outage_memory is None
    plant.commit()
    assert ("settings", FLOOR) not in plant.saved


def test_a_stage_is_made_before_anybody_knows_the_time() -> None:
    stage = PolicyStage(Plant(threshold()).settings)
    stage.known(BOILER)
    now = Now(5.0, datetime(2026, 1, 1, tzinfo=UTC))
    stage.restore({}, now)
    assert stage.facts(BOILER, now).rules["overload"].state == "stale"


def test_a_rule_shows_its_margin_and_its_reason() -> None:
    plant = Plant(threshold()).start()
    plant.draw(BOILER, "l1", 1100.0)
    assert plant.stage.facts(BOILER, plant.now).rules["overload"].margin == 0.5
    plant.draw(BOILER, "l1", 2310.0)
    status = plant.stage.facts(BOILER, plant.now).rules["overload"]
    assert (status.state, status.margin) == ("over", -0.05)
    assert status.reason.startswith("power 2310 W is above 2200 W")
    plant.run(20, every=5)
    (shown, _) = plant.stage.policies(plant.now)
    assert shown.held == [L1]


def test_a_dry_run_keeps_nothing_off() -> None:
    plant = Plant(threshold(for_seconds=0.0, mode=Mode.DRY_RUN)).start()
    plant.draw(BOILER, "l1", 2300.0)
    shown = plant.stage.policies(plant.now)[0]
    assert (shown.name, shown.mode, shown.held) == ("overload", "dry_run", [])


def test_an_attempt_that_waited_is_sent_only_if_it_is_wanted_still() -> None:
    plant = Plant(voltage()).start()
    plant.press(BOILER, "l1")
    plant.hold_answers = True
    plant.ask(L1, Action.ON)
    (command,) = plant.commands
    assert plant.stage.still_wanted(command, plant.now)
    plant.see(BOILER, Quantity.VOLTAGE, 260.0)  # cut: another command has its place
    assert not plant.stage.still_wanted(command, plant.now)


def test_an_attempt_without_an_end_is_lost_after_a_while() -> None:
    plant = Plant(threshold(for_seconds=0.0)).start()
    plant.stage.patience(7.0)
    plant.hold_answers = True
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(7.5)
    assert plant.sent() == [(0, "off"), (7.25, "off")]


def test_kinds_are_named_as_in_the_file() -> None:
    names = ["ThresholdRule", "InverseTimeRule", "EnergyBudgetRule", "RootRule"]
    assert [kind_of(name) for name in names] == [
        "threshold",
        "inverse_time",
        "energy_budget",
        "root",
    ]
