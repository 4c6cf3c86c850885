"""Timers and numbers that outlive a restart."""

from datetime import UTC, datetime

import pytest

from collector.model.clock import Now
from collector.policy.delay import Delay
from collector.policy.document import amount, number

WALL = datetime(2026, 3, 2, tzinfo=UTC)


def now(mono: float) -> Now:
    return Now(mono, WALL)


def test_it_counts_from_the_first_moment_until_it_is_stopped() -> None:
    delay = Delay()
    assert delay.run(10.0) == 10.0
    assert delay.run(15.0) == 10.0
    delay.stop()
    assert delay.run(20.0) == 20.0


def test_what_nobody_knows_does_not_count() -> None:
    delay = Delay()
    delay.run(10.0)
    delay.pause(14.0)
    delay.pause(900.0)
    assert delay.run(1_000.0) == 996.0
    delay.pause(900.0)  # before it ran again: nothing of that counts
    assert delay.run(2_000.0) == 1_996.0


def test_it_says_when_it_began_to_run() -> None:
    began = []
    delay = Delay()
    for act in (lambda: delay.run(10.0), lambda: delay.pause(14.0)):
        act()
        began.append(delay.began)
    delay.run(20.0)
    assert [*began, delay.began] == [10.0, None, 20.0]


def test_a_restart_keeps_the_time_that_it_has_run() -> None:
    delay, later = Delay(), Delay()
    delay.run(10.0)
    later.load(delay.dump(now(17.5)))
    assert later.dump(now(900.0)) == {"ran": 7.5}
    assert later.run(500.0) == 492.5
    later.stop()
    assert later.dump(now(900.0)) == {}
    assert later.run(600.0) == 600.0


def test_a_timer_that_does_not_run_leaves_nothing() -> None:
    assert Delay().dump(now(1.0)) == {}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (1, 1.0),
        (-2.5, -2.5),
        (True, None),
        ("3", None),
        (None, None),
        ([], None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
    ],
)
def test_only_a_finite_number_is_a_number(value: object, found: float | None) -> None:
    assert number(value) == found


@pytest.mark.parametrize(
    ("document", "found"),
    [({"ran": 2}, 2.0), ({"ran": -2}, 0.0), ({"ran": "2"}, 0.0), ({}, 0.0)],
)
def test_an_amount_is_never_below_zero(
    document: dict[str, object], found: float
) -> None:
    assert amount(document, "ran") == found
