"""A command is on its way before the other rules judge; and a bug costs no other rule."""

from datetime import datetime, timedelta

import pytest

from collector.model.policy import ScheduleRule
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.policy.engine import Engine
from collector.policy.seen import Seen
from tests.unit.policy.house_rules import (
    BOILER,
    ECONOMY,
    KEEP,
    L1,
    budget,
    threshold,
)
from tests.unit.policy.plant import Plant

AT_ONCE = threshold(for_seconds=0.0)
SECOND = threshold("second", for_seconds=0.0, switch_off=("l2",))


def overload(plant: Plant, ieee: str = BOILER, watts: float = 2300.0) -> None:
    """A power comes as the line hands it on: the cut first."""
    reading = Reading(
        ieee=ieee,
        channel=None,
        quantity=Quantity.POWER,
        value=watts,
        at=plant.wall,
        mono=plant.mono,
    )
    engine = plant.stage.engine
    engine.observe(Seen(ieee=ieee, readings=(reading,)), plant.now, hasty=True)
    plant.do(engine.take())


def both_on() -> Plant:
    plant = Plant(AT_ONCE, SECOND).start()
    plant.press(BOILER, "l2", code=7)
    plant.hold_answers = True
    plant.reads_answered = False
    return plant


def test_the_first_cut_waits_for_no_other_rule() -> None:
    plant = both_on()
    overload(plant)
    assert [command.channel for command in plant.commands] == ["l1"]
    plant.do(plant.stage.catch_up())
    assert [command.channel for command in plant.commands] == ["l1", "l2"]
    assert plant.stage.catch_up().commands == []


def test_what_waits_judges_before_the_next_frame_and_the_next_tick() -> None:
    plant = both_on()
    overload(plant)
    overload(plant)
    assert [command.channel for command in plant.commands] == ["l1", "l2"]
    plant = both_on()
    overload(plant)
    plant.run(0.5)
    assert [command.channel for command in plant.commands] == ["l1", "l2"]


def test_without_a_command_nobody_waits() -> None:
    plant = both_on()
    overload(plant, watts=100.0)
    assert plant.stage.catch_up().commands == []
    assert plant.state("second") == "ok"


def test_protection_of_one_relay_is_asked_first() -> None:
    """Whatever the order in the file: economy and groups judge afterwards."""
    spare = threshold("spare", policy_class=ECONOMY, for_seconds=0.0)
    plant = Plant(budget(limit_w=1e4), spare, AT_ONCE).start()
    asked = plant.stage.engine.rulebook.of_relay(BOILER)
    names = [seat.name for seat in asked]
    assert names.index("overload") < names.index("house") < names.index("spare")


def test_time_does_not_fall_for_those_who_waited() -> None:
    """Between the command and their turn something else has happened."""
    plant = both_on()
    overload(plant)
    plant.move(plant.mono + 3.0)
    plant.do(plant.read_ended(BOILER, Quantity.POWER))
    plant.do(plant.stage.catch_up())
    assert plant.commands[-1].channel == "l2"
    decided = [(event.at - plant.began).total_seconds() for event in plant.events]
    assert decided[-1] == 3.0


@pytest.mark.parametrize("what", ["removed", "configured"])
def test_who_waited_and_is_gone_judges_no_more(what: str) -> None:
    plant = both_on()
    overload(plant)
    if what == "removed":
        plant.remove(BOILER)
    else:
        plant.reload(AT_ONCE)
    plant.do(plant.stage.catch_up())
    assert [command.channel for command in plant.commands] == ["l1"]


def test_an_engine_that_has_never_turned_has_nobody_waiting() -> None:
    engine = Engine()
    engine.catch_up()
    assert engine.take().events == []


# bugs -------------------------------------------------------------------------------


def each_minute(wall: datetime, second: int) -> datetime:
    """Return the first moment after `wall` at this second of a minute."""
    found = wall.replace(second=second, microsecond=0)
    return found if found > wall else found + timedelta(minutes=1)


class Broken:
    """An edge of a schedule that fails, as long as it is told to."""

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, wall: datetime) -> datetime:
        if self.fails:
            raise ZeroDivisionError
        return each_minute(wall, 30)


def broken() -> tuple[Broken, ScheduleRule]:
    edge = Broken()
    rule = ScheduleRule(
        name="broken",
        policy_class=ECONOMY,
        when_stale=KEEP,
        relays=(BOILER,),
        switch_off=("l1",),
        next_on=lambda wall: each_minute(wall, 40),
        next_off=edge,
    )
    return edge, rule


def test_a_bug_in_one_rule_is_raised_when_the_others_have_judged() -> None:
    edge, rule = broken()
    plant = Plant(rule, AT_ONCE, threshold("late", policy_class=ECONOMY)).start()
    plant.hold_answers = True
    edge.fails = True
    plant.wall += timedelta(seconds=31)  # the edge is passed
    with pytest.raises(ZeroDivisionError):
        plant.draw(BOILER, "l1", 2300.0)
    edge.fails = False
    plant.do(plant.stage.engine.take())
    assert [command.ieee for command in plant.commands] == [BOILER]
    assert plant.state("late") == "over"


def test_a_bug_in_a_tick_costs_nobody_else_and_is_tried_again() -> None:
    edge, rule = broken()
    plant = Plant(rule, threshold(for_seconds=5.0)).start()
    plant.draw(BOILER, "l1", 2300.0)
    edge.fails = True
    failures = 0
    while plant.seconds < 100:
        due = plant.stage.engine.next_due()
        plant.move(max(plant.mono + 0.1, min(due, plant.mono + 5.0)))
        try:
            plant.do(plant.stage.tick(plant.now)[0])
        except ZeroDivisionError:
            failures += 1
            plant.do(plant.stage.engine.take())
    assert not plant.is_on(L1)
    assert 2 <= failures <= 10
    edge.fails = False
    plant.run(100, every=10)
