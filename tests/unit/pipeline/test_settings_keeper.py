"""Which settings are written into a relay, and when: tables of moments."""

import itertools

import pytest

from collector.pipeline.settings_keeper import (
    BACK_OFF_LAST,
    MOST_WRITES,
    WINDOW,
    SettingsKeeper,
)
from tests.unit.pipeline.keepers import BOILER, asked, interlock, keeper, memory

# the interlock ----------------------------------------------------------------------


def test_an_interlock_is_not_written_before_it_was_read() -> None:
    keeps = keeper(BOILER, interlock=True)
    assert keeps.due(0.0) == ()
    assert keeps.next_due() == float("inf")
    keeps.interlock_read(BOILER, False, 1.0)
    assert keeps.next_due() <= 1.0
    assert keeps.due(1.0) == (interlock(),)


@pytest.mark.parametrize("value", [True, False])
def test_an_interlock_that_is_as_asked_for_is_left_alone(value: bool) -> None:
    keeps = keeper(BOILER, interlock=value)
    keeps.interlock_read(BOILER, value, 1.0)
    assert keeps.due(1.0) == ()


def test_an_interlock_that_nobody_asks_for_is_left_alone() -> None:
    keeps = keeper(BOILER)
    keeps.interlock_read(BOILER, True, 1.0)
    assert keeps.due(1.0) == ()
    assert keeps.interlocks == frozenset()
    assert keeper(BOILER, interlock=False).interlocks == {BOILER}


def test_a_written_interlock_is_read_back_before_anything_else() -> None:
    keeps = keeper(BOILER, interlock=True)
    keeps.interlock_read(BOILER, False, 1.0)
    (write,) = keeps.due(1.0)
    assert keeps.read_backs() == ()
    keeps.finished(write, True, 1.1)
    assert keeps.read_backs() == (BOILER,)
    assert keeps.read_backs() == ()
    assert keeps.due(1000.0) == ()  # nobody knows it before it is read
    keeps.interlock_read(BOILER, True, 1.2)
    assert keeps.due(1000.0) == ()


def test_an_interlock_that_somebody_else_changes_is_written_again() -> None:
    keeps = keeper(BOILER, interlock=True)
    keeps.interlock_read(BOILER, True, 1.0)
    keeps.interlock_read(BOILER, False, 301.0)
    assert keeps.due(301.0) == (interlock(),)


def test_a_relay_that_says_yes_and_does_nothing_is_tried_less_and_less_often() -> None:
    keeps = keeper(BOILER, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    moments = []
    for second in range(4000):
        for write in keeps.due(float(second)):
            moments.append(second)
            keeps.finished(write, True, float(second))
            keeps.interlock_read(BOILER, False, float(second))
    pauses = [b - a for a, b in itertools.pairwise(moments)]
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_write_in_vain_is_tried_again_after_30_s_and_then_ever_more_seldom() -> None:
    keeps = keeper(BOILER, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    moments = []
    for second in range(4000):
        for write in keeps.due(float(second)):
            moments.append(second)
            keeps.finished(write, False, float(second))
            # Even then it is read: the answer may have been lost on its way.
            assert keeps.read_backs() == (BOILER,)
    pauses = [b - a for a, b in itertools.pairwise(moments)]
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    assert keeps.next_due() == moments[-1] + BACK_OFF_LAST


def test_a_write_whose_answer_was_lost_is_not_repeated() -> None:
    keeps = keeper(BOILER, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    (write,) = keeps.due(0.0)
    keeps.finished(write, False, 3.0)
    keeps.interlock_read(BOILER, True, 3.1)
    assert keeps.due(1000.0) == ()


def test_pairing_resets_the_interlock_so_it_is_read_anew() -> None:
    keeps = keeper(BOILER, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    (write,) = keeps.due(0.0)
    keeps.finished(write, False, 0.1)  # a back-off begins
    keeps.joined(BOILER)
    assert keeps.due(1.0) == ()
    keeps.interlock_read(BOILER, False, 1.1)
    assert keeps.due(1.1) == (interlock(),)  # and has ended with the joining


def test_a_changed_wish_is_tried_at_once() -> None:
    keeps = keeper(BOILER, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    (write,) = keeps.due(0.0)
    keeps.finished(write, False, 0.1)
    keeps.configure(asked(BOILER, interlock=False))
    assert keeps.due(1.0) == ()  # as it is
    keeps.configure(asked(BOILER, interlock=True))
    assert keeps.due(1.0) == (interlock(),)


# the power-outage memory ------------------------------------------------------------


@pytest.mark.parametrize("value", [True, False])
def test_the_memory_is_written_once_after_joining(value: bool) -> None:
    keeps = SettingsKeeper()
    keeps.configure(asked(BOILER, memory=value))
    assert keeps.due(0.0) == ()  # not on the network
    keeps.joined(BOILER)
    assert keeps.memory(BOILER) is None
    assert keeps.due(1.0) == (memory(value=value),)
    keeps.finished(memory(value=value), True, 1.2)
    assert keeps.memory(BOILER) is value
    assert keeps.due(1e6) == ()
    keeps.joined(BOILER)
    assert keeps.due(1e6) == (memory(value=value),)


def test_a_memory_that_was_written_before_the_restart_is_not_written_again() -> None:
    before = keeper(BOILER, memory=True)
    (write,) = before.due(0.0)
    before.finished(write, True, 0.1)
    document = before.dump(BOILER)
    assert document == {"power_outage_memory": True}
    after = SettingsKeeper()
    after.load(BOILER, document)
    after.configure(asked(BOILER, memory=True))
    after.known(BOILER)
    assert after.due(1.0) == ()
    assert after.memory(BOILER) is True
    after.configure(asked(BOILER, memory=False))
    assert after.due(2.0) == (memory(value=False),)


def test_a_memory_that_may_be_lost_is_so_after_a_restart_too() -> None:
    before = keeper(BOILER, memory=True)
    (write,) = before.due(0.0)
    before.finished(write, True, 0.1)
    before.joined(BOILER)
    after = SettingsKeeper()
    after.load(BOILER, before.dump(BOILER))
    after.configure(asked(BOILER, memory=True))
    after.known(BOILER)
    assert after.due(1.0) == (memory(),)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"power_outage_memory": "yes"},
        {"power_outage_memory": None},
        {"renew": True},
    ],
)
def test_a_document_that_makes_no_sense_counts_as_never_written(
    document: dict[str, object],
) -> None:
    keeps = SettingsKeeper()
    keeps.load(BOILER, document)
    assert keeps.memory(BOILER) is None
    assert keeps.dump(BOILER) == {}
    keeps.configure(asked(BOILER, memory=True))
    keeps.known(BOILER)
    assert keeps.due(1.0) == (memory(),)


def test_of_two_steps_one_may_have_been_taken() -> None:
    keeps = keeper(BOILER, memory=True)
    (write,) = keeps.due(0.0)
    keeps.finished(write, True, 0.1)
    keeps.configure(asked(BOILER, memory=False))
    (write,) = keeps.due(1.0)
    keeps.finished(write, False, 2.0)
    assert keeps.memory(BOILER) is True  # the last that was written whole
    keeps.configure(asked(BOILER, memory=True))
    assert keeps.due(3.0) == (memory(),)  # though that is what was written last


def test_a_relay_that_joins_during_a_write_gets_another() -> None:
    keeps = keeper(BOILER, memory=True)
    (write,) = keeps.due(0.0)
    keeps.joined(BOILER)
    assert keeps.due(1.0) == ()  # one at a time
    keeps.finished(write, True, 1.5)
    assert keeps.memory(BOILER) is None
    assert keeps.due(2.0) == (memory(),)


def test_what_nobody_asks_for_any_more_is_left_as_it_is() -> None:
    keeps = keeper(BOILER, memory=True, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    keeps.configure({})
    assert keeps.due(1.0) == ()
    keeps.joined(BOILER)
    assert keeps.due(2.0) == ()


# what a person asks for ---------------------------------------------------------------


def test_a_persons_write_takes_the_relay_until_it_has_ended() -> None:
    keeps = keeper(BOILER, interlock=True, memory=True)
    keeps.interlock_read(BOILER, False, 0.0)
    assert keeps.objection(interlock(), 0.0) is None
    keeps.begin(interlock(), 0.0)
    assert "just being written" in (keeps.objection(memory(), 0.1) or "")
    assert keeps.due(0.1) == ()
    keeps.finished(interlock(), True, 0.2)
    assert keeps.objection(memory(), 0.3) is None
    assert keeps.read_backs() == (BOILER,)


def test_a_persons_writes_do_not_wear_the_memory_out() -> None:
    keeps = keeper(BOILER)
    for number in range(MOST_WRITES):
        assert keeps.objection(memory(), number) is None
        keeps.begin(memory(), number)
        keeps.finished(memory(), True, number)
    assert "memory wears" in (keeps.objection(memory(), WINDOW - 1) or "")
    assert keeps.objection(interlock(), WINDOW - 1) is None
    assert keeps.objection(memory(), WINDOW) is None
