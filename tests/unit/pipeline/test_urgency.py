"""Reads that a protection waits for, on a plain clock."""

import itertools
from collections.abc import Iterable

from collector.model.frame import ReadRequest, Urgency
from collector.model.quantity import Quantity
from collector.model.settings import PollingSettings
from collector.pipeline.polling import INTERLOCK, POWER, STATES, Polling
from collector.pipeline.urgency import OLD_CHIP_PLACES, PAUSE, PLACES

L1, L2 = STATES


def polling(relays: int = 1, *, fresh: bool = True) -> Polling:
    """Return a poller; `fresh`: everything was read at 0 s."""
    polls = Polling(PollingSettings())
    for index in range(relays):
        polls.add(f"relay-{index}", 0.0)
        for item in (POWER, INTERLOCK, *STATES) if fresh else ():
            polls.read(f"relay-{index}", item, 0.0)
    return polls


def items(requests: Iterable[ReadRequest]) -> list[tuple[Quantity, str | None]]:
    return [(each.quantity, each.channel) for each in requests]


def high(requests: Iterable[ReadRequest]) -> list[str]:
    return [each.ieee for each in requests if each.urgency is Urgency.HIGH]


def test_it_waits_neither_for_the_budget_nor_for_a_place_of_the_routine() -> None:
    polls = polling(50, fresh=False)
    routine = polls.due(0.0) + polls.due(1.0)
    assert len(routine) == 3
    assert polls.due(1.0) == ()
    polls.want("relay-40", L1)
    (request,) = polls.due(1.0)
    assert request == ReadRequest(
        ieee="relay-40", quantity=Quantity.STATE, channel="l1", urgency=Urgency.HIGH
    )
    # And it costs the routine nothing.
    for each in routine:
        polls.finished(each, answered=True, mono=1.5)
    assert len(polls.due(2.0)) == 3


def test_it_does_not_wait_for_the_back_off_of_the_routine() -> None:
    polls = polling(1)
    (request,) = polls.due(30.0)
    polls.finished(request, answered=False, mono=32.0)
    assert polls.due(33.0) == ()
    polls.want("relay-0", POWER)
    assert high(polls.due(33.0)) == ["relay-0"]


def test_one_relay_is_read_every_two_seconds_whatever_is_wanted() -> None:
    polls = polling(1)
    polls.want("relay-0", POWER)
    polls.want("relay-0", L1)
    polls.want("relay-0", L2)
    polls.want("relay-0", POWER)  # asked again: it keeps its place
    asked = []
    for tick in range(40):
        for request in polls.due(tick / 4):
            asked.append((tick / 4, *items([request])))
            polls.finished(request, answered=True, mono=tick / 4)
            polls.read("relay-0", (request.quantity, request.channel), tick / 4)
    assert asked == [(0.0, POWER), (PAUSE, L1), (2 * PAUSE, L2)]


def test_never_two_at_once_of_one_relay() -> None:
    polls = polling(1)
    polls.want("relay-0", POWER)
    polls.want("relay-0", L1)
    (request,) = polls.due(0.0)
    assert polls.due(100.0) == ()
    assert polls.next_due() != 0.0 + PAUSE
    polls.finished(request, answered=True, mono=100.0)
    assert items(polls.due(100.0)) == [L1]


def test_what_the_routine_reads_just_now_is_not_read_twice() -> None:
    polls = polling(1)
    (routine,) = polls.due(30.0)
    assert items([routine]) == [POWER]
    polls.want("relay-0", POWER)
    assert polls.due(30.5) == ()
    polls.want("relay-0", L1)  # but something else is
    assert items(polls.due(30.5)) == [L1]
    polls.read("relay-0", POWER, 31.0)  # the routine's answer is as good
    polls.finished(routine, answered=True, mono=31.0)
    polls.finished(
        ReadRequest(
            ieee="relay-0", quantity=Quantity.STATE, channel="l1", urgency=Urgency.HIGH
        ),
        answered=True,
        mono=31.0,
    )
    assert high(polls.due(50.0)) == []


def test_the_routine_waits_while_a_relay_is_read_urgently() -> None:
    polls = polling(1)
    polls.want("relay-0", L1)
    assert items(polls.due(29.0)) == [L1]
    assert polls.due(30.0) == ()  # power is due


def test_first_asked_first_read_and_four_at_a_time() -> None:
    polls = polling(10)
    for index in reversed(range(10)):
        polls.want(f"relay-{index}", POWER)
    first = polls.due(1.0)
    assert high(first) == ["relay-9", "relay-8", "relay-7", "relay-6"]
    assert len(first) == PLACES
    assert polls.due(1.5) == ()
    polls.finished(first[1], answered=True, mono=1.6)
    assert high(polls.due(1.6)) == ["relay-5"]


def test_an_old_chip_is_asked_two_things_at_a_time() -> None:
    polls = polling(10)
    polls.old_chip = True
    assert polls.old_chip
    for index in range(10):
        polls.want(f"relay-{index}", POWER)
    assert len(polls.due(1.0)) == OLD_CHIP_PLACES


def test_a_relay_that_does_not_answer_is_asked_less_and_less_often() -> None:
    """Though somebody asks for it in every tick."""
    polls = polling(1)
    began = []
    flying: list[tuple[float, ReadRequest]] = []
    for tick in range(4 * 400):
        now = tick / 4
        for entry in [each for each in flying if now - each[0] >= 2.0]:
            flying.remove(entry)
            polls.finished(entry[1], answered=False, mono=now)
        polls.want("relay-0", POWER)
        for request in polls.due(now):
            flying.append((now, request))
            if request.urgency is Urgency.HIGH:
                began.append(now)
    pauses = [b - a for a, b in itertools.pairwise(began)]
    assert pauses[:8] == [2.0, 2.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
    assert set(pauses[8:]) == {60.0}
    polls.heard("relay-0")  # it speaks: as if nothing had been
    polls.want("relay-0", POWER)
    assert polls.next_due() <= began[-1] + PAUSE


def test_after_a_calm_time_a_silent_relay_is_asked_at_once() -> None:
    polls = polling(1)
    for second in range(0, 20, 2):
        polls.want("relay-0", POWER)
        for request in polls.due(float(second)):
            polls.finished(request, answered=False, mono=second + 1.0)
    for request in polls.due(900.0):  # what was still wanted
        polls.finished(request, answered=False, mono=902.0)
    polls.want("relay-0", POWER)
    assert high(polls.due(1000.0)) == ["relay-0"]


def test_two_hundred_dead_relays_are_no_flood_and_do_not_hold_up_a_living_one() -> None:
    polls = polling(201)
    living = "relay-200"
    polls.read(living, POWER, 150.0)  # the others were heard for the last time at 0 s
    began: list[float] = []
    waits: list[float] = []
    flying: list[tuple[float, ReadRequest]] = []
    wanted_at: float | None = None
    for tick in range(4 * 150, 4 * 450):
        now = tick / 4
        for index in range(200):
            polls.want(f"relay-{index}", POWER)
        if tick % 20 == 7:
            polls.want(living, POWER)
            wanted_at = now
        for entry in [each for each in flying if now - each[0] >= 2.0]:
            flying.remove(entry)
            polls.finished(entry[1], answered=False, mono=now)
        for request in polls.due(now):
            if request.ieee != living:
                flying.append((now, request))
                began.append(now)
                continue
            polls.finished(request, answered=True, mono=now)
            polls.read(living, (request.quantity, request.channel), now)
            if wanted_at is not None:
                waits.append(now - wanted_at)
                wanted_at = None
        assert sum(each.urgency is Urgency.HIGH for _, each in flying) <= PLACES
    assert len(waits) == 300 / 5
    assert max(waits) == 0.0
    # Three places of the routine and two of the urgent ones, 2 s each.
    assert len(began) <= 300 * 5 / 2 + 5


def test_dead_relays_that_nobody_has_asked_yet_have_their_turn() -> None:
    polls = polling(60)
    asked: set[str] = set()
    flying: list[tuple[float, ReadRequest]] = []
    for second in range(60):
        for entry in [each for each in flying if second - each[0] >= 2]:
            flying.remove(entry)
            polls.finished(entry[1], answered=False, mono=float(second))
        for index in range(60):
            polls.want(f"relay-{index}", POWER)
        for request in polls.due(float(second)):
            flying.append((second, request))
            if request.urgency is Urgency.HIGH:
                asked.add(request.ieee)
    assert len(asked) == 60


def test_an_urgent_read_in_vain_begins_the_back_off_of_the_routine_once() -> None:
    polls = polling(1)
    polls.want("relay-0", POWER)
    for second in (1, 3, 5, 7):
        (request,) = polls.due(float(second))
        polls.finished(request, answered=False, mono=second + 1.0)
    assert polls.due(37.0) == ()  # due at 30 s, and left alone for 30 s from 8 s
    (routine,) = polls.due(38.0)
    assert routine.urgency is Urgency.LOW


def test_an_answer_without_a_value_is_not_asked_for_again_by_itself() -> None:
    polls = polling(1)
    polls.want("relay-0", POWER)
    (request,) = polls.due(1.0)
    polls.finished(request, answered=True, mono=1.1)
    assert polls.due(29.0) == ()
    # It counts for the routine, too: or it would be asked for ever.
    assert polls.due(30.0) == ()


def test_an_urgent_read_that_began_before_the_relay_joined_anew_says_nothing() -> None:
    polls = polling(1)
    polls.want("relay-0", POWER)
    (request,) = polls.due(1.0)
    polls.add("relay-0", 1.5)
    for item in (POWER, INTERLOCK, *STATES):
        polls.read("relay-0", item, 1.5)
    polls.finished(request, answered=False, mono=2.0)
    assert polls.due(2.5) == ()
    polls.want("relay-0", POWER)
    assert high(polls.due(2.5)) == ["relay-0"]


def test_a_lost_radio_frees_the_places_and_forgives_the_silence() -> None:
    polls = polling(PLACES)
    for index in range(PLACES):
        polls.want(f"relay-{index}", POWER)
    requests = polls.due(0.0)
    polls.abandon()
    for request in requests:
        polls.finished(request, answered=False, mono=1.0)
    for index in range(PLACES):
        polls.want(f"relay-{index}", POWER)
    assert len(polls.due(2.0)) == PLACES


def test_a_relay_that_nobody_knows_is_not_read() -> None:
    polls = polling(1)
    polls.want("nobody", POWER)
    polls.heard("nobody")
    polls.read("nobody", POWER, 0.0)
    polls.refresh("nobody", POWER)
    assert polls.due(1.0) == ()
    polls.want("relay-0", POWER)
    polls.remove("relay-0")
    assert polls.due(2.0) == ()
    assert polls.next_due() == float("inf")


def test_the_next_moment_is_that_of_the_urgent_read() -> None:
    polls = polling(1)
    assert polls.next_due() == 30.0
    polls.want("relay-0", POWER)
    assert polls.next_due() < 0.0  # at once
    (request,) = polls.due(1.0)
    polls.finished(request, answered=True, mono=1.1)
    polls.want("relay-0", L2)
    assert polls.next_due() == 1.0 + PAUSE
