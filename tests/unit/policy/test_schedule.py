"""kind: schedule: allowed hours by window and by cron, over clock changes and jumps."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.model.decision import RuleState
from collector.model.policy import Hours, NextEdge, PolicyClass, ScheduleRule, StaleRule
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.edges import Edges
from collector.policy.schedule import Schedule
from collector.scheduler import cron_edge
from tests.unit.policy.stand import IEEE, KEEP, L1, L2, OFF, OVERLOAD, Stand

BERLIN = ZoneInfo("Europe/Berlin")
WINTER = "2026-01-15 12:00"  # a Thursday


def berlin(text: str, fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return local.astimezone(UTC)


def cron(line: str) -> NextEdge:
    """Return what `app` hands in: the first firing after a moment."""
    return cron_edge(line, BERLIN)


def stand(
    allowed: str = "06:00-22:00",
    *,
    at: str = WINTER,
    lines: tuple[str, str] | None = None,
    when_stale: StaleRule = KEEP,
    switch_off: tuple[str, ...] = ("l1",),
) -> Stand:
    start, end = allowed.split("-")
    rule = ScheduleRule(
        name="night-off",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=(IEEE,),
        switch_off=switch_off,
        allowed=None
        if lines
        else Hours(start=time.fromisoformat(start), end=time.fromisoformat(end)),
        next_on=cron(lines[0]) if lines else None,
        next_off=cron(lines[1]) if lines else None,
    )
    return Stand(Schedule(rule, IEEE), wall=berlin(at), zone=BERLIN)


def run(rule: Stand, until: datetime, *, step: float = 300.0) -> list[tuple[str, bool]]:
    """Return the changes, in local time, of a channel that obeys."""
    changes: list[tuple[str, bool]] = []
    contact = rule.view.contacts["l1"]
    rule.contact(True)
    while rule.now.wall < until:
        rule.contact(not (rule.cuts() or rule.holds()))
        ahead = min(rule.now.mono + step, rule.verdict.next_due)
        rule.to(ahead - 1_000.0)
        if (rule.cuts() or rule.holds()) is contact.on:
            local = rule.now.wall.astimezone(BERLIN)
            changes.append((f"{local:%d. %H:%M %Z}", not contact.on))
    return changes


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


# cron ---------------------------------------------------------------------------------

WEEKDAYS = ("0 6 * * mon-fri", "0 22 * * *")


@pytest.mark.parametrize(
    ("moment", "cuts"),
    [
        ("2026-01-16 05:59:59", True),  # a Friday
        ("2026-01-16 06:00:00", False),
        ("2026-01-16 21:59:59", False),
        ("2026-01-16 22:00:00", True),
        ("2026-01-17 12:00:00", True),  # Saturday: the last edge was off
        ("2026-01-18 23:00:00", True),
        ("2026-01-19 06:00:00", False),
    ],
)
def test_the_last_edge_says_what_is_allowed_now(moment: str, cuts: bool) -> None:
    rule = stand(at=moment, lines=WEEKDAYS)
    rule.contact(True)
    assert rule.cuts() is cuts


def test_cron_edges_come_without_a_reading() -> None:
    rule = stand(at="2026-01-16 21:00", lines=WEEKDAYS)
    assert run(rule, berlin("2026-01-20 00:00")) == [
        ("16. 22:00 CET", False),
        ("19. 06:00 CET", True),
        ("19. 22:00 CET", False),
    ]
    assert rule.reason() == "outside of the allowed hours"


def test_jumps_are_judged_by_the_edge_before_where_the_clock_is() -> None:
    rule = stand(at="2026-01-16 12:00", lines=WEEKDAYS)
    rule.contact(True)
    for moment, cuts in (
        ("2026-01-17 12:00", True),
        ("2026-01-16 12:00", False),
        ("2027-06-01 12:00", False),
        ("2020-02-29 12:00", True),
        ("2026-01-16 22:00", True),
        ("2026-01-16 21:59", False),
    ):
        rule.set_wall(berlin(moment))
        assert rule.cuts() is cuts, moment


def plain(line: str) -> tuple[NextEdge, Callable[[], int]]:
    """Return a series that counts how often it is asked."""
    asked = 0
    series = cron(line)

    def following(wall: datetime) -> datetime:
        nonlocal asked
        asked += 1
        return series(wall)

    return following, lambda: asked


@pytest.mark.parametrize(
    ("on", "off", "moment", "allowed"),
    [
        # the first looks far back: yearly
        ("0 0 1 1 *", "0 0 1 7 *", "2026-06-30 23:00", True),
        ("0 0 1 1 *", "0 0 1 7 *", "2026-07-01 00:00", False),
        ("0 0 1 1 *", "0 0 1 7 *", "2026-12-31 23:59", False),
        # monthly
        ("0 0 1 * *", "0 0 20 * *", "2026-02-19 12:00", True),
        ("0 0 1 * *", "0 0 20 * *", "2026-02-28 12:00", False),
        # every minute, and never since 400 days
        ("* * * * *", "0 0 29 2 *", "2026-02-28 12:00", True),
        ("0 0 29 2 *", "* * * * *", "2026-02-28 12:00", False),
        ("0 0 29 2 *", "0 0 29 2 *", "2026-02-28 12:00", True),
        # both at once: off wins
        ("0 12 * * *", "0 12 * * *", "2026-02-28 13:00", False),
    ],
)
def test_the_last_edge_is_found_however_long_ago(
    on: str, off: str, moment: str, allowed: bool
) -> None:
    edges = Edges(cron(on), cron(off))
    assert edges.look(berlin(moment), BERLIN)[0] is allowed


def test_series_are_asked_once_for_each_edge() -> None:
    (on, on_asked), (off, off_asked) = plain("0 6 * * *"), plain("* * * * *")
    edges = Edges(on, off)
    wall = berlin("2026-01-16 12:00")
    edges.look(wall, BERLIN)
    first = on_asked() + off_asked()
    assert first < 80
    for seconds in range(600):
        edges.look(wall + timedelta(seconds=seconds), BERLIN)
    assert on_asked() + off_asked() == first + 9


def test_a_series_that_does_not_move_on_does_not_hold_up_the_line() -> None:
    def stuck(wall: datetime) -> datetime:
        return wall.replace(second=0, microsecond=0)

    edges = Edges(stuck, cron("0 22 * * *"))
    assert edges.look(berlin("2026-01-16 12:00:30"), BERLIN)[0]


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
