"""Silence, and our own blindness, which is not the meters'."""

from collector.model.decision import EventKind
from collector.model.policy import StaleAction, StaleRule
from collector.model.quantity import Quantity
from collector.model.reading import Reason
from tests.unit.policy.house_rules import BOILER, L1, off_after, threshold
from tests.unit.policy.plant import Plant

LIMIT = 120.0  # s after which a power is stale


def many(seconds: float, count: int = 50) -> Plant:
    """So many relays, each with a rule that cuts for silence, all of them drawing."""
    addresses = tuple(f"00:15:8d:00:03:a1:00:{index:02x}" for index in range(count))
    rule = threshold(relays=None, when_stale=off_after(seconds))
    plant = Plant(rule, addresses=addresses)
    for relay in plant.relays.values():
        relay.watts["l1"] = 500.0
    return plant.start()


def blind(plant: Plant, rule: str = "overload") -> list[str]:
    return [
        event.reason
        for event in plant.of(EventKind.ALARM)
        if event.rule == rule and event.reason.startswith("Blind")
    ]


def test_a_coordinator_that_is_away_for_three_minutes_cuts_nothing() -> None:
    plant = many(60.0).run(30)
    plant.down()
    plant.run(180)
    assert plant.commands == []
    plant.up()
    plant.run(100)
    assert plant.commands == []
    for ieee in plant.relays:
        plant.report_power(ieee)
    plant.run(119, every=30)
    assert plant.commands == []
    assert blind(plant) == []


def test_away_for_a_day_and_silent_afterwards_counts_from_the_return() -> None:
    plant = many(60.0, count=1)
    (ieee,) = plant.relays
    plant.down()
    plant.run(86_400)
    plant.relays[ieee].dead = True
    plant.up()
    start = plant.seconds
    plant.run(LIMIT + 59)
    assert plant.commands == []
    assert len(blind(plant)) == 1
    plant.run(15)
    assert plant.sent()[0][0] >= start + LIMIT + 60


def test_a_radio_that_comes_and_goes_never_adds_its_gaps_up() -> None:
    plant = many(60.0)
    for _ in range(20):
        plant.down()
        plant.run(100)
        plant.up()
        plant.run(100)
    assert plant.commands == []


def test_before_it_is_cut_a_read_is_tried() -> None:
    plant = many(30.0, count=1)
    (ieee,) = plant.relays
    plant.relays[ieee].dead = True
    plant.to(LIMIT)
    plant.reads.clear()
    plant.to(LIMIT + 29.9)
    assert (ieee, Quantity.POWER, None) in plant.reads
    assert plant.commands == []
    plant.to(LIMIT + 30.1)
    assert [word for _, word in plant.sent()] == ["off"]


def test_a_read_that_is_answered_saves_it() -> None:
    """The relay lives, and has only not reported: its power does not change."""
    plant = many(30.0).run(1200)
    assert plant.commands == []


def test_off_at_once_still_means_after_one_read() -> None:
    plant = many(0.0, count=1)
    (ieee,) = plant.relays
    plant.relays[ieee].dead = True
    plant.to(LIMIT)
    assert plant.commands == []
    plant.to(LIMIT + 3)
    assert plant.sent() == [(LIMIT + 2, "off")]


def test_the_alarm_is_at_once_and_once() -> None:
    plant = many(600.0, count=1)
    (ieee,) = plant.relays
    plant.relays[ieee].dead = True
    plant.to(LIMIT - 1)
    assert blind(plant) == []
    plant.to(LIMIT)
    assert len(blind(plant)) == 1
    plant.run(500)
    assert len(blind(plant)) == 1
    plant.relays[ieee].dead = False
    plant.report_power(ieee)
    plant.relays[ieee].dead = True
    plant.run(LIMIT + 1)
    assert len(blind(plant)) == 2


def test_keep_keeps() -> None:
    plant = Plant(threshold()).start()
    plant.relays[BOILER].dead = True
    plant.run(86_400)
    assert plant.commands == []
    assert plant.state() == "stale"


def test_an_assumed_overload_runs_its_delay() -> None:
    stale = StaleRule(action=StaleAction.ASSUME_OVERLOAD)
    plant = Plant(threshold(for_seconds=40.0, when_stale=stale)).start()
    plant.relays[BOILER].dead = True
    plant.to(LIMIT + 39)
    assert plant.commands == []
    plant.to(LIMIT + 45)
    assert plant.sent()[0][1] == "off"


def test_a_sleeping_meter_is_silence_and_not_no_load() -> None:
    """0 W of a meter that does not measure: the rule takes its stale path."""
    plant = Plant(threshold(when_stale=off_after(30.0))).start()
    for _ in range(10):
        plant.reject(BOILER, Quantity.POWER, Reason.NOT_MEASURED)
        plant.run(5)
        plant.reads_answered = False
    assert plant.sent(L1)[0][1] == "off"
    assert blind(plant)
    assert plant.stage.engine.house.relays[BOILER].held[Quantity.POWER].value == 0.0


def test_a_rejected_sample_of_one_that_was_never_heard() -> None:
    plant = Plant(threshold())
    plant.up()
    plant.reject(BOILER, Quantity.POWER, Reason.NEGATIVE)
    assert plant.state() == "stale"
    plant.see(BOILER, Quantity.POWER, 100.0)
    assert plant.state() == "ok"


def test_a_sample_of_a_channel_that_is_rejected_is_nobodys() -> None:
    plant = Plant(threshold()).start()
    plant.reject(BOILER, Quantity.STATE, Reason.OUT_OF_RANGE, channel="l1")
    assert plant.state() == "ok"


def test_values_are_not_judged_while_the_radio_is_down() -> None:
    """Held above the limit when the radio went: nobody knows what flows now."""
    plant = Plant(threshold(for_seconds=60.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    plant.run(10)
    plant.down()
    plant.relays[BOILER].watts["l1"] = 100.0
    plant.run(300)
    plant.up()
    assert plant.commands == []
    plant.report_power(BOILER)
    assert plant.run(100, every=30).commands == []
