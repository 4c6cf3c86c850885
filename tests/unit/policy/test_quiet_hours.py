"""Other limits at other hours: at their edges, over midnight, over the clock's own changes."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.model.decision import RuleState
from collector.model.policy import Hours, Limit
from collector.policy.threshold import Threshold
from tests.unit.policy.stand import IEEE, Stand, threshold

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(start=time(22), end=time(6))


def berlin(text: str, fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return local.astimezone(UTC)


def stand(at: datetime, hours: Hours = NIGHT, for_seconds: float = 10.0) -> Stand:
    """2200 W by day, 1500 W in the quiet hours."""
    rule = replace(
        threshold(for_seconds=for_seconds), quiet=(hours, Limit(trip=1500, clear=1300))
    )
    return Stand(Threshold(rule, IEEE), wall=at, zone=BERLIN)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-03-02 21:59:59", RuleState.OK),
        ("2026-03-02 22:00:00", RuleState.OVER),
        ("2026-03-03 00:00:00", RuleState.OVER),
        ("2026-03-03 05:59:59", RuleState.OVER),
        ("2026-03-03 06:00:00", RuleState.OK),
        # summer time begins: the night has 7 hours
        ("2026-03-28 22:00:00", RuleState.OVER),
        ("2026-03-29 01:59:59", RuleState.OVER),
        ("2026-03-29 03:00:00", RuleState.OVER),
        ("2026-03-29 05:59:59", RuleState.OVER),
        ("2026-03-29 06:00:00", RuleState.OK),
        # and it ends: 9 hours
        ("2026-10-24 22:00:00", RuleState.OVER),
        ("2026-10-25 05:59:59", RuleState.OVER),
        ("2026-10-25 06:00:00", RuleState.OK),
    ],
)
def test_quiet_limits_hold_from_the_start_until_before_the_end(
    moment: str, state: RuleState
) -> None:
    assert stand(berlin(moment)).tell(1600.0).state is state


def test_time_counts_from_the_edge_not_from_what_was_allowed_before() -> None:
    rule = stand(berlin("2026-03-02 21:59:00"))
    rule.tell(1600.0)
    assert rule.due == 60.0
    assert rule.to(60).state is RuleState.OVER
    assert not rule.cuts()
    assert rule.to_cut() == 70.0


def test_what_is_above_both_limits_runs_on_over_the_edge() -> None:
    rule = stand(berlin("2026-03-02 21:59:55"))
    rule.tell(2300.0)
    assert rule.to_cut() == 10.0


def test_what_was_over_is_let_go_at_the_end_of_the_hours() -> None:
    rule = stand(berlin("2026-03-03 05:59:30"))
    rule.tell(1600.0)
    assert rule.to_cut() == 10.0
    assert rule.due == 30.0
    rule.to(30)
    assert not rule.cuts()
    assert rule.state() is RuleState.LATCHED


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-02", 8), ("2026-03-28", 7), ("2026-10-24", 9)],
)
def test_a_night_has_its_real_length(evening: str, hours: int) -> None:
    rule = stand(berlin(f"{evening} 21:00"), for_seconds=1e6)
    quiet = 0
    for minute in range(12 * 60):
        rule.to(60.0 * minute)
        quiet += rule.tell(1600.0).state is RuleState.OVER
    assert quiet == hours * 60


def test_a_clock_that_is_set_is_judged_by_where_it_is_now() -> None:
    rule = stand(berlin("2026-03-02 12:00"))
    rule.tell(1600.0)
    rule.to(60)
    rule.set_wall(berlin("2026-03-02 23:00"))
    assert rule.state() is RuleState.OVER
    assert not rule.cuts()  # the jump itself ages nothing
    rule.set_wall(berlin("2026-03-02 12:05"))
    assert rule.state() is RuleState.OK
    rule.set_wall(berlin("2026-03-02 23:00"))
    assert rule.to_cut() == 70.0


def test_the_zone_may_change_with_the_configuration() -> None:
    rule = stand(berlin("2026-03-02 22:30"))
    assert rule.tell(1600.0).state is RuleState.OVER
    rule.house.zone = ZoneInfo("Europe/London")
    assert rule.ask().state is RuleState.OK
    assert rule.due == pytest.approx(timedelta(minutes=2).total_seconds())  # age of W
