"""Latches over a restart: waits, counts, and dates of clocks that were wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.model.clock import Now
from collector.model.policy import Restore
from collector.policy.latch import Latch
from tests.unit.policy.stand import MANUAL, after

WALL = datetime(2026, 3, 2, 12, tzinfo=UTC)


def now(mono: float, away: float = 0.0) -> Now:
    return Now(mono, WALL + timedelta(seconds=mono + away))


def tripped(restore: Restore, at: float = 0.0) -> Latch:
    latch = Latch(restore)
    latch.trip(at)
    return latch


def cycle(latch: Latch, at: float) -> bool:
    """Trip, wait, restore; return whether it came back."""
    latch.trip(at)
    latch.rest(at + 1, clear=True)
    released = latch.rest(at + 61, clear=True)
    if released:
        latch.restored(at + 62)
    return released


def test_a_latch_that_is_not_set_leaves_nothing() -> None:
    assert Latch(MANUAL).dump(now(5.0)) == {}


def test_the_wait_begins_anew_after_a_restart() -> None:
    latch, later = tripped(after(600.0)), Latch(after(600.0))
    latch.rest(1.0, clear=True)
    later.load(latch.dump(now(590.0)), now(7.0))
    assert later.set
    later.rest(9.0, clear=True)
    assert later.due == 609.0


def test_restores_are_counted_over_a_restart_by_the_wall_clock() -> None:
    latch = Latch(after(60.0, at_most=3, within=1_000.0))
    for at in 0.0, 500.0:
        cycle(latch, at)
    latch.trip(600.0)
    later = Latch(after(60.0, at_most=3, within=1_000.0))
    later.load(latch.dump(now(600.0)), now(50.0, away=600.0))  # 50 s later
    assert later.restores == 2
    later.rest(50.0 + 413, clear=False)  # the first is 1,001 s old
    assert later.restores == 1


def test_a_release_that_a_restart_interrupted_counts_when_it_is_sent() -> None:
    latch, later = Latch(after(60.0)), Latch(after(60.0))
    cycle(latch, 0.0)
    latch.trip(100.0)
    latch.rest(101.0, clear=True)
    assert latch.rest(161.0, clear=True)  # and its ON is not sent yet
    later.load(latch.dump(now(162.0)), now(0.0, away=170.0))
    later.restored(5.0)
    assert later.restores == 2


def test_locked_stays_locked_over_a_restart() -> None:
    latch, later = Latch(after(60.0, at_most=1)), Latch(after(60.0, at_most=1))
    cycle(latch, 0.0)
    cycle(latch, 100.0)
    later.load(latch.dump(now(200.0)), now(0.0, away=1e6))
    assert later.locked
    assert not later.rest(1e6, clear=True)


def test_a_restore_of_the_future_counts_as_one_of_now() -> None:
    latch, later = (
        Latch(after(60.0, within=1_000.0)),
        Latch(after(60.0, within=1_000.0)),
    )
    cycle(latch, 0.0)
    # The clock was years ahead, and was set right before the restart.
    later.load(latch.dump(now(100.0, away=1e8)), now(100.0))
    assert later.restores == 1
    later.trip(1_099.0)
    assert later.restores == 1
    later.trip(1_101.0)
    assert later.restores == 0


def test_a_foreign_switch_on_during_a_restart_is_a_retry() -> None:
    latch, later = Latch(after(60.0)), Latch(after(60.0))
    latch.trip(0.0, closed=True)
    latch.rest(1.0, clear=True, closed=False)
    later.load(latch.dump(now(2.0)), now(0.0, away=5.0))
    later.trip(1.0, closed=True)
    assert later.restores == 1


def test_loading_twice_is_loading_once() -> None:
    latch, later = Latch(after(60.0)), Latch(after(60.0))
    cycle(latch, 0.0)
    document = latch.dump(now(100.0))
    later.load(document, now(0.0))
    later.load(document, now(0.0))
    assert later.restores == 1
    assert not later.set


@pytest.mark.parametrize(
    "restores", [None, 7, "abc", [None, "x", True, [], {}, float("nan"), 10**400]]
)
def test_what_is_damaged_counts_as_nothing(restores: object) -> None:
    latch = Latch(after(60.0))
    latch.load({"set": 1, "locked": "yes", "restores": restores}, now(0.0))
    assert not latch.set
    assert latch.restores == 0


def test_the_document_is_the_same_as_long_as_nothing_happens() -> None:
    latch = Latch(after(60.0))
    cycle(latch, 0.25)
    first = latch.dump(now(100.125))
    assert all(latch.dump(now(100.125 + 0.7 * count)) == first for count in range(100))
