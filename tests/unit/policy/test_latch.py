"""What stays off, for how long, and how often it may come back."""

import pytest

from collector.model.policy import Restore
from collector.policy.latch import WHEN_ITS_TIME_COMES, Latch
from collector.policy.threshold import Threshold
from tests.unit.policy.stand import (
    IEEE,
    L1,
    MANUAL,
    Stand,
    after,
    threshold,
    when_clear,
)

DAY = 86_400.0


def tripped(restore: Restore, at: float = 0.0) -> Latch:
    latch = Latch(restore)
    latch.trip(at)
    return latch


# each way back ------------------------------------------------------------------------


def test_nothing_is_held_before_it_trips() -> None:
    latch = Latch(MANUAL)
    assert not latch.set
    assert not latch.locked
    assert not latch.rest(1.0, clear=True)
    assert latch.due == float("inf")


def test_manual_is_held_until_a_person_comes() -> None:
    latch = tripped(MANUAL)
    assert latch.set
    assert latch.locked
    assert not latch.rest(1e9, clear=True)
    assert latch.due == float("inf")
    latch.reset()
    assert not latch.set


def test_after_lets_go_so_long_after_the_condition_has_ended() -> None:
    latch = tripped(after(600.0), at=10.0)
    latch.trip(700.0)  # the cut does not work for a while
    assert latch.due == float("inf")
    assert not latch.rest(710.0, clear=True)
    assert latch.due == 1_310.0
    assert not latch.rest(1_309.9, clear=True)
    assert latch.rest(1_310.0, clear=False)
    assert not latch.set
    assert not latch.rest(1_311.0, clear=True)  # it lets go once


def test_a_condition_that_comes_back_begins_the_wait_anew() -> None:
    latch = tripped(after(600.0))
    latch.rest(10.0, clear=True)
    latch.trip(300.0)
    assert latch.due == float("inf")
    latch.rest(310.0, clear=True)
    assert latch.due == 910.0


def test_when_clear_lets_go_when_it_is_clear() -> None:
    latch = tripped(when_clear())
    assert not latch.rest(10.0, clear=False)
    assert latch.due == float("inf")
    assert latch.rest(20.0, clear=True)


def test_a_rule_of_the_hour_lets_go_every_time() -> None:
    latch = Latch(WHEN_ITS_TIME_COMES)
    for day in range(1_000):
        latch.trip(day * DAY)
        assert latch.rest(day * DAY + 1, clear=True)
        latch.restored(day * DAY + 2)
    assert latch.restores <= 1


# how often ----------------------------------------------------------------------------


def cycle(latch: Latch, at: float) -> bool:
    """Trip, wait, restore; return whether it came back."""
    latch.trip(at)
    latch.rest(at + 1, clear=True)
    released = latch.rest(at + 61, clear=True)
    if released:
        latch.restored(at + 62)
    return released


@pytest.mark.parametrize("at_most", [1, 3])
def test_after_so_many_restores_it_is_locked(at_most: int) -> None:
    latch = Latch(after(60.0, at_most=at_most))
    came_back = [cycle(latch, 100.0 * count) for count in range(at_most + 3)]
    assert came_back == [True] * at_most + [False] * 3
    assert latch.locked
    assert latch.due == float("inf")
    latch.reset()
    assert latch.restores == 0
    assert cycle(latch, 10_000.0)


def test_restores_count_within_their_window_only() -> None:
    latch = Latch(after(60.0, at_most=2, within=1_000.0))
    assert all(cycle(latch, 600.0 * count) for count in range(50))


def test_what_is_locked_stays_so_when_the_window_is_over() -> None:
    latch = Latch(after(60.0, at_most=1, within=1_000.0))
    assert cycle(latch, 0.0)
    assert not cycle(latch, 100.0)
    assert not latch.rest(1e6, clear=True)
    assert latch.locked


def test_one_release_is_one_restore_however_many_commands_it_takes() -> None:
    latch = Latch(after(60.0))
    cycle(latch, 0.0)
    latch.restored(70.0)
    latch.restored(80.0)
    assert latch.restores == 1
    cycle(latch, 100.0)
    assert latch.restores == 2


def test_a_cut_that_did_not_happen_holds_nothing_and_counts_nothing() -> None:
    latch = tripped(after(60.0))
    latch.withdraw()
    assert not latch.set
    assert latch.restores == 0
    assert latch.due == float("inf")


# somebody else switches on ------------------------------------------------------------


def test_a_foreign_switch_on_that_is_cut_again_is_a_retry() -> None:
    latch = Latch(after(600.0, at_most=2))
    latch.trip(0.0, closed=True)
    latch.rest(1.0, clear=True, closed=False)
    assert latch.restores == 0
    for count in range(1, 3):
        latch.rest(100.0 * count, clear=True, closed=True)  # on, and not yet too much
        assert latch.restores == count - 1
        latch.trip(100.0 * count + 10, closed=True)
        assert latch.restores == count
        latch.trip(100.0 * count + 11, closed=True)  # the same, still
        assert latch.restores == count
        latch.rest(100.0 * count + 12, clear=True, closed=False)
    assert latch.locked


def test_a_condition_that_flickers_while_the_command_is_on_its_way_is_no_retry() -> (
    None
):
    latch = Latch(after(600.0))
    for seconds in range(0, 20, 2):
        latch.trip(seconds, closed=True)
        latch.rest(seconds + 1, clear=True, closed=True)
    assert latch.restores == 0


def test_a_condition_that_comes_back_with_all_channels_open_is_no_retry() -> None:
    latch = Latch(after(600.0))
    latch.trip(0.0, closed=True)
    for seconds in range(1, 20, 2):
        latch.rest(seconds, clear=True, closed=False)
        latch.trip(seconds + 1, closed=False)
    assert latch.restores == 0


def test_a_contact_that_nobody_knows_is_neither_open_nor_closed() -> None:
    latch = Latch(after(600.0))
    latch.trip(0.0, closed=None)
    latch.rest(1.0, clear=True, closed=None)
    latch.trip(2.0, closed=True)  # known at last: it was never seen open
    assert latch.restores == 0


def test_a_foreign_switch_on_while_the_condition_lasts_is_a_retry_too() -> None:
    latch = Latch(after(600.0))
    latch.trip(0.0, closed=True)
    latch.trip(1.0, closed=False)
    latch.trip(2.0, closed=True)
    assert latch.restores == 1


def test_a_rule_counts_what_somebody_switches_on_again() -> None:
    rule = Stand(Threshold(threshold(restore=after(600.0, at_most=2)), IEEE))
    rule.contact(True)
    rule.tell(2300.0)
    for count in range(2):
        rule.to_cut()
        rule.contact(False)
        rule.tell(0.0)
        assert rule.judge.latch.restores == count
        assert not rule.judge.latch.locked
        rule.to(rule.seconds + 60)
        rule.contact(True)  # by hand
        rule.tell(2300.0)
        assert rule.hold() == (L1,)
        assert not rule.cuts()  # by the normal stages
    rule.to_cut()
    assert rule.judge.latch.locked
