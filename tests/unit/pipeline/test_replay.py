"""Recorded series through rules: when, for how long, and what was kept off."""

import struct
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from collector.model.decision import EventKind, PolicyEvent
from collector.model.frame import Frame
from collector.model.policy import (
    BudgetRule,
    EnergyBudgetRule,
    Hours,
    Mode,
    Period,
    PolicyClass,
    PolicySettings,
    Restore,
    RestoreKind,
    Rule,
    ScheduleRule,
    StaleAction,
    StaleRule,
)
from collector.model.quantity import Quantity
from collector.model.settings import LineSettings, RelaySettings
from collector.pipeline.replay import Replay
from collector.pipeline.replay_report import OffTime, Report
from tests.unit.policy.house_rules import BOILER, FLOOR, threshold

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEEP = StaleRule(action=StaleAction.KEEP)
AFTER = Restore(kind=RestoreKind.AFTER, after_seconds=600.0, at_most=3)


def settings(*rules: Rule) -> LineSettings:
    return LineSettings(
        relays={
            ieee: RelaySettings(ieee=ieee, name=ieee[-2:]) for ieee in (BOILER, FLOOR)
        },
        policies=PolicySettings(rules=rules),
    )


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run(powers: dict[float, float], *rules: Rule, ieee: str = BOILER) -> Report:
    """Replay one relay's power, W by second."""
    replay = Replay(settings(*rules))
    for second, watts in powers.items():
        replay.sample(at(second), ieee, Quantity.POWER, None, watts)
    return replay.finish()


def minutes(watts: float, count: int, first: int = 0) -> dict[float, float]:
    return {60.0 * minute: watts for minute in range(first, first + count)}


def spans(report: Report) -> list[tuple[str, float, float | None]]:
    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - START).total_seconds()

    return [
        (off.channel, seconds(off.start) or 0.0, seconds(off.end)) for off in report.off
    ]


def kinds(report: Report, kind: EventKind) -> list[PolicyEvent]:
    return [event for event in report.events if event.kind is kind]


def test_a_timer_fires_at_its_moment_between_two_samples() -> None:
    report = run({0.0: 1000, 60.0: 2600, 120.0: 2600}, threshold(for_seconds=10.0))
    assert spans(report) == [("l1", 70.0, None)]
    assert report.off[0].rule == "overload"
    assert report.off[0].joules == pytest.approx(2600 * 50)
    assert (report.first, report.last, report.samples) == (at(0), at(120), 3)


def test_a_restore_comes_at_its_time_and_the_overload_is_cut_again() -> None:
    report = run(
        {0.0: 1000, **minutes(2600, 16, first=1)},
        threshold(for_seconds=10.0, restore=AFTER),
    )
    # on again 600 s after the last excess; over with the next minute's sample
    assert spans(report)[0] == ("l1", 70.0, 670.0)
    assert report.off[0].joules == pytest.approx(2600 * 600)
    assert [span[0] for span in spans(report)] == ["l1", "l1"]
    assert spans(report)[1][1] == pytest.approx(730.0)


def test_every_command_is_obeyed_and_confirmed_at_once() -> None:
    report = run({0.0: 1000, 60.0: 2600}, threshold(for_seconds=0.0))
    [decision] = kinds(report, EventKind.DECISION)
    [outcome] = kinds(report, EventKind.OUTCOME)
    assert decision.at == outcome.at == at(60)
    assert outcome.latency == 0.0
    assert not [e for e in kinds(report, EventKind.ALARM) if e.rule == "overload"]


def test_silence_in_the_recording_stays_silence() -> None:
    stale = StaleRule(action=StaleAction.OFF, after_seconds=300.0)
    report = run({0.0: 1000, 3600.0: 1000}, threshold(when_stale=stale))
    [off] = report.off
    # two minutes until the power is stale, five more as the rule says
    assert off.start == at(120 + 300)


def test_states_of_the_recording_are_believed() -> None:
    replay = Replay(settings(threshold(for_seconds=0.0)))
    replay.sample(at(0), BOILER, Quantity.STATE, "l1", 0.0)
    replay.sample(at(0), BOILER, Quantity.STATE, "l2", 1.0)
    replay.sample(at(1), BOILER, Quantity.POWER, None, 3000.0)
    assert replay.finish().off == []  # l1 is off already: nothing to switch


NIGHT_OFF = ScheduleRule(
    name="night-off",
    policy_class=PolicyClass.ECONOMY,
    when_stale=KEEP,
    relays=(BOILER,),
    switch_off=("l1",),
    allowed=Hours(start=time(6), end=time(22)),
)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def night(replay: Replay) -> tuple[list[tuple[datetime, datetime | None]], list[str]]:
    """Return when l1 was kept off, and the alarms of the rule."""
    report = replay.finish()
    alarms = [e for e in kinds(report, EventKind.ALARM) if e.rule == NIGHT_OFF.name]
    return [(off.start, off.end) for off in report.off], [e.reason for e in alarms]


@pytest.mark.parametrize("told", [True, False], ids=["states told", "states assumed"])
def test_a_state_of_a_table_holds_until_its_next_row(*, told: bool) -> None:
    replay = Replay(settings(NIGHT_OFF))
    if told:
        replay.sample(MIDNIGHT, BOILER, Quantity.STATE, "l1", 1.0)
        replay.sample(MIDNIGHT, BOILER, Quantity.STATE, "l2", 0.0)
    for hour in range(25):
        moment = MIDNIGHT + timedelta(hours=hour)
        replay.sample(moment, BOILER, Quantity.POWER, None, 1000.0)
    off, alarms = night(replay)
    morning, evening = (MIDNIGHT + timedelta(hours=hour) for hour in (6, 22))
    assert off == [(MIDNIGHT, morning), (evening, None)]
    assert alarms == []


def test_a_state_of_a_capture_is_lost_as_it_was_for_the_service() -> None:
    replay = Replay(settings(NIGHT_OFF))
    replay.frame(MIDNIGHT, states(True, 1, 1))
    replay.frame(MIDNIGHT, states(False, 2, 2))
    replay.frame(MIDNIGHT + timedelta(hours=12), frame(1000, 3))
    off, alarms = night(replay)
    assert off == [(MIDNIGHT, None)]
    assert len(alarms) == 1
    assert "state is silent" in alarms[0]


def test_a_hand_in_the_recording_ends_an_off_time() -> None:
    replay = Replay(settings(threshold(for_seconds=0.0)))
    for second, quantity, value in (
        (0, Quantity.STATE, 1.0),
        (0, Quantity.POWER, 1000.0),
        (60, Quantity.POWER, 3000.0),
        (90, Quantity.STATE, 0.0),  # somebody switches off …
        (120, Quantity.STATE, 1.0),  # … and on again
        (120, Quantity.POWER, 500.0),
    ):
        channel = "l1" if quantity is Quantity.STATE else None
        replay.sample(at(second), BOILER, quantity, channel, value)
    [off] = replay.finish().off
    assert (off.start, off.end) == (at(60), at(90))


def test_a_dry_run_switches_nothing() -> None:
    report = run({0.0: 1000, 60.0: 2600}, threshold(for_seconds=0.0, mode=Mode.DRY_RUN))
    assert report.off == []
    [decision] = kinds(report, EventKind.DECISION)
    assert decision.mode is Mode.DRY_RUN


def test_energy_follows_from_the_power() -> None:
    rule = EnergyBudgetRule(
        name="daily",
        policy_class=PolicyClass.ECONOMY,
        when_stale=KEEP,
        relays=(BOILER,),
        switch_off=("l1",),
        per=Period.DAY,
        limit_joules=1000.0 * 600,
    )
    report = run(minutes(1000, 30), rule)
    [off] = report.off
    assert off.start == at(600)


def test_a_budget_of_the_house_sheds_in_order() -> None:
    rule = BudgetRule(
        name="house",
        policy_class=PolicyClass.PROTECTION,
        when_stale=KEEP,
        members=None,
        shed=((FLOOR, "l1"), (BOILER, "l1")),
        limit_w=2000.0,
    )
    replay = Replay(settings(rule))
    for ieee, watts in ((BOILER, 1500.0), (FLOOR, 300.0), (FLOOR, 900.0)):
        replay.sample(at(0), ieee, Quantity.POWER, None, watts)
    assert [(off.ieee, off.channel) for off in replay.finish().off] == [(FLOOR, "l1")]


def frame(watts: float, sequence: int) -> Frame:
    data = bytes((0x18, sequence, 0x0A, 0x55, 0x00, 0x39)) + struct.pack("<f", watts)
    return Frame(BOILER, 1, 0x000C, data)


def states(on: bool, endpoint: int, sequence: int) -> Frame:
    return Frame(
        BOILER, endpoint, 6, bytes((0x18, sequence, 0x0A, 0, 0, 0x10, int(on)))
    )


def test_frames_are_decoded_calibrated_and_judged() -> None:
    replay = Replay(settings(threshold(for_seconds=10.0)))
    for second, each in (
        (0, states(True, 1, 1)),
        (0, states(False, 2, 2)),
        (1, frame(1000, 3)),
        (2, Frame(BOILER, 1, 0x000C, b"\x18\x04\x0a")),  # cut off: passed over
        (60, frame(2600, 5)),
        (100, frame(2600, 6)),
    ):
        replay.frame(at(second), each)
    report = replay.finish()
    assert spans(report) == [("l1", 70.0, None)]
    assert report.samples == 6


def test_a_clock_that_was_set_back_in_the_recording_ages_nothing() -> None:
    report = run({60.0: 1000, 0.0: 2600, 5.0: 2600}, threshold(for_seconds=10.0))
    assert report.off == []


def test_nothing_is_no_recording() -> None:
    report = Replay(settings()).finish()
    assert report == Report()


def test_an_unlisted_relay_is_judged_by_rules_for_all() -> None:
    stranger = "00:15:8d:00:03:a0:00:77"
    report = run(
        {0.0: 1000, 60.0: 2600},
        threshold(for_seconds=0.0, relays=None),
        ieee=stranger,
    )
    [off] = report.off
    assert off == OffTime(
        ieee=stranger, channel="l1", rule="overload", start=at(60), joules=0.0
    )


def test_the_same_recording_gives_the_same_report() -> None:
    powers = {0.0: 1000, **minutes(2600, 40, first=1)}
    rules: Any = (threshold(for_seconds=10.0, restore=AFTER),)
    assert run(powers, *rules) == run(powers, *rules)
