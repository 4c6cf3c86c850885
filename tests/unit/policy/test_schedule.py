"""kind: schedule: allowed hours by window and by cron, over clock changes and jumps."""

import pytest

from collector.model.decision import RuleState
from collector.model.policy import PolicyClass, ScheduleRule, StaleRule
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.schedule import Schedule
from tests.unit.policy.hours import berlin, run, stand
from tests.unit.policy.stand import IEEE, KEEP, L1, L2, OFF, OVERLOAD, Stand

# a window -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "cuts"),
    [
        ("2026-01-15 05:59:59", True),
        ("2026-01-15 06:00:00", False),
        ("2026-01-15 21:59:59", False),
        ("2026-01-15 22:00:00", True),
        ("2026-01-16 00:00:00", True),
    ],
)
def test_it_is_off_outside_of_the_allowed_hours(moment: str, cuts: bool) -> None:
    rule = stand(at=moment)
    rule.contact(True)
    assert rule.cuts() is cuts
    assert rule.state() is (RuleState.OVER if cuts else RuleState.OK)
    assert rule.reason() == ("outside of the allowed hours 06:00-22:00" if cuts else "")


def test_the_edge_comes_without_a_reading() -> None:
    rule = stand(at="2026-01-15 21:55")
    rule.contact(True)
    assert rule.due == 300.0
    assert rule.to_cut() == 300.0


def test_a_channel_that_is_off_at_night_is_nothing_to_complain_of() -> None:
    rule = stand(at="2026-01-15 21:55", switch_off=("l1", "l2"))
    rule.contact(True, "l1")
    rule.contact(True, "l2")
    rule.to(300)
    assert rule.cut() == (L1, L2)
    rule.contact(False, "l1")
    assert rule.cut() == (L2,)
    rule.contact(False, "l2")
    assert rule.cut() == ()
    assert rule.hold() == (L1, L2)
    assert rule.state() is RuleState.LATCHED
    rule.contact(True, "l1")  # by hand: again and again
    assert rule.cut() == (L1,)
    assert rule.state() is RuleState.OVER


def test_it_lets_go_every_morning() -> None:
    rule = stand(at="2026-01-15 21:00")
    assert run(rule, berlin("2026-01-18 12:00")) == [
        ("15. 22:00 CET", False),
        ("16. 06:00 CET", True),
        ("16. 22:00 CET", False),
        ("17. 06:00 CET", True),
        ("17. 22:00 CET", False),
        ("18. 06:00 CET", True),
    ]


@pytest.mark.parametrize(
    ("at", "until", "changes"),
    [
        (
            "2026-03-28 21:00",
            "2026-03-29 12:00",
            [("28. 22:00 CET", False), ("29. 06:00 CEST", True)],
        ),
        (
            "2026-10-24 21:00",
            "2026-10-25 12:00",
            [("24. 22:00 CEST", False), ("25. 06:00 CET", True)],
        ),
    ],
)
@pytest.mark.parametrize("lines", [None, ("0 6 * * *", "0 22 * * *")])
def test_the_nights_of_the_clock_changes(
    at: str, until: str, changes: list[tuple[str, bool]], lines: tuple[str, str] | None
) -> None:
    assert run(stand(at=at, lines=lines), berlin(until)) == changes


def test_hours_that_summer_time_skips_begin_with_the_change() -> None:
    rule = stand("02:30-05:00", at="2026-03-29 00:00")
    assert run(rule, berlin("2026-03-29 12:00")) == [
        ("29. 03:00 CEST", True),
        ("29. 05:00 CEST", False),
    ]


def test_the_hour_that_comes_twice_is_judged_by_the_clock_on_the_wall() -> None:
    rule = stand("02:30-05:00", at="2026-10-25 02:15")
    assert run(rule, berlin("2026-10-25 12:00")) == [
        ("25. 02:30 CEST", True),
        ("25. 02:00 CET", False),
        ("25. 02:30 CET", True),
        ("25. 05:00 CET", False),
    ]


def test_a_clock_that_jumps_is_judged_by_where_it_is() -> None:
    rule = stand()
    rule.contact(True)
    rule.set_wall(berlin("2026-01-15 23:00"))
    assert rule.cuts()
    rule.set_wall(berlin("2026-01-15 12:00"))
    assert not rule.cuts()
    assert not rule.holds()
    rule.set_wall(berlin("2025-01-15 03:00"))
    assert rule.cuts()


def test_without_hours_it_is_always_allowed() -> None:
    rule = ScheduleRule(
        name="always",
        policy_class=PolicyClass.ECONOMY,
        when_stale=KEEP,
        relays=None,
        switch_off=("l1",),
    )
    assert not Stand(Schedule(rule, IEEE)).contact(True).cut


# silence ------------------------------------------------------------------------------


def test_a_state_that_is_not_known_is_no_reason_to_switch() -> None:
    rule = stand(at="2026-01-15 23:00")
    assert rule.state() is RuleState.STALE
    rule.to(100)
    rule.contact(True, "l2")  # another one
    assert not rule.cuts()
    rule.to(1e6)
    assert not rule.cuts()
    assert rule.reason() == "state is silent; kept as it is"


@pytest.mark.parametrize("when_stale", [OFF, OVERLOAD])
def test_silence_at_night_can_mean_off(when_stale: StaleRule) -> None:
    rule = stand(at="2026-01-15 23:00", when_stale=when_stale)
    assert rule.to_cut() == 610.0  # 600 s, and a read that nobody makes
    assert rule.blind()


def test_a_state_taken_for_on_is_judged_by_the_hour() -> None:
    rule = stand(at="2026-01-15 21:00", when_stale=OVERLOAD)
    rule.to(3599)
    assert not rule.cuts()
    rule.read_in_vain()
    assert rule.to_cut() == 3600.0
    assert rule.verdict.reason.startswith("state is silent; taken for on")


def test_off_by_day_is_silence_too() -> None:
    rule = stand(when_stale=OFF, switch_off=("l1", "l2"))
    rule.contact(True, "l1")
    rule.to(500)
    rule.contact(True, "l2")  # l1 was heard longest ago
    assert rule.to_cut() == 610.0


def test_a_state_from_before_the_radio_went_is_not_silent_at_once() -> None:
    rule = stand(when_stale=OFF)
    rule.contact(True)
    rule.radio(up=False)
    rule.to(1000)
    rule.radio(up=True)
    assert rule.to_cut() == 1610.0


def test_kept_is_kept_over_the_edge() -> None:
    rule = stand(at="2026-01-16 05:50")
    rule.contact(True)
    assert rule.cuts()
    rule.to(3600)
    assert rule.cuts()
    rule.contact(False)
    assert not rule.holds()


def test_the_inputs_are_the_states_of_the_contacts() -> None:
    rule = stand(switch_off=("l1", "l2"))
    rule.contact(True, "l1")
    rule.to(5)
    told = rule.judge.inputs(rule.house, rule.now)
    assert [(each.quantity, each.value, each.age, each.quality) for each in told] == [
        (Quantity.STATE, 1.0, 5.0, Quality.FRESH),
        (Quantity.STATE, None, None, Quality.STALE),
    ]
    rule.to(600)
    told = rule.judge.inputs(rule.house, rule.now)
    assert told[0].quality is Quality.STALE


# restarts -----------------------------------------------------------------------------


@pytest.mark.parametrize(("away", "holds"), [(3600.0, True), (8 * 3600.0, False)])
def test_after_a_restart_the_hour_decides(away: float, holds: bool) -> None:
    rule = stand(at="2026-01-15 23:00")
    rule.contact(True)
    assert rule.cuts()
    later = rule.restarted(stand(at="2026-01-15 23:00").judge, away=away)
    assert later.holds()  # until something is known
    later.contact(False)
    assert later.holds() is holds
