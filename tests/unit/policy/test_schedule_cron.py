"""kind: schedule by cron lines: the last edge says what is allowed now."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from collector.model.policy import NextEdge
from collector.policy.edges import Edges
from tests.unit.policy.hours import BERLIN, berlin, cron, run, stand

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


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        ("2026-01-16 12:00", 10.0),
        ("2026-01-16 22:00", 24.0),
        ("2026-03-28 22:00", 23.0),
    ],
)
def test_it_is_looked_at_again_at_the_next_edge_of_either(
    moment: str, hours: float
) -> None:
    edges = Edges(cron(WEEKDAYS[0]), cron(WEEKDAYS[1]))
    _, left = edges.look(berlin(moment), BERLIN)
    assert left == hours * 3600.0


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
