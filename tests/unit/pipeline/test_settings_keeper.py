"""Which settings are written when: tables of moments on a plain clock."""

import itertools
from collections import defaultdict

import pytest
from hypothesis import given, strategies as st

from collector.model.command import SettingWrite
from collector.model.settings import RelaySettings
from collector.pipeline.settings_keeper import (
    BACK_OFF_LAST,
    IN_FLIGHT,
    MOST_WRITES,
    WINDOW,
    SettingsKeeper,
)

BOILER, FLOOR, BATH = "boiler", "floor", "bath"


def asked(
    *ieees: str, interlock: bool | None = None, memory: bool | None = None
) -> dict[str, RelaySettings]:
    return {
        ieee: RelaySettings(
            ieee=ieee, name=ieee, interlock=interlock, power_outage_memory=memory
        )
        for ieee in ieees
    }


def keeper(
    *ieees: str, interlock: bool | None = None, memory: bool | None = None
) -> SettingsKeeper:
    """Return a keeper of relays that are on the network since the start."""
    keeps = SettingsKeeper()
    keeps.configure(asked(*ieees, interlock=interlock, memory=memory))
    for ieee in ieees:
        keeps.known(ieee)
    return keeps


def interlock(ieee: str = BOILER, value: bool = True) -> SettingWrite:
    return SettingWrite(ieee=ieee, setting="interlock", value=value)


def memory(ieee: str = BOILER, value: bool = True) -> SettingWrite:
    return SettingWrite(ieee=ieee, setting="power_outage_memory", value=value)


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


# all relays -------------------------------------------------------------------------


def test_nothing_is_written_in_monitor_mode() -> None:
    keeps = keeper(BOILER, memory=True, interlock=True)
    keeps.configure(asked(BOILER, memory=True, interlock=True), monitor=True)
    keeps.interlock_read(BOILER, False, 0.0)
    assert keeps.due(1.0) == ()
    assert keeps.next_due() == float("inf")
    keeps.configure(asked(BOILER, memory=True, interlock=True))
    assert keeps.due(2.0) == (interlock(),)


def test_one_setting_at_a_time_for_each_relay_and_the_interlock_first() -> None:
    keeps = keeper(BOILER, memory=True, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    assert keeps.due(0.0) == (interlock(),)
    assert keeps.due(1.0) == ()
    keeps.finished(interlock(), True, 1.0)
    assert keeps.due(1.0) == (memory(),)


def test_a_refused_interlock_does_not_hold_up_the_memory() -> None:
    keeps = keeper(BOILER, memory=True, interlock=True)
    keeps.interlock_read(BOILER, False, 0.0)
    (write,) = keeps.due(0.0)
    keeps.finished(write, False, 1.0)
    assert keeps.due(1.0) == (memory(),)


def test_two_hundred_relays_are_written_two_at_a_time() -> None:
    ieees = [f"relay-{index}" for index in range(200)]
    keeps = keeper(*ieees, memory=True)
    first = keeps.due(0.0)
    assert len(first) == IN_FLIGHT
    assert keeps.due(1.0) == ()
    assert keeps.next_due() == float("inf")
    written = {write.ieee for write in first}
    pending = list(first)
    for second in range(1, 300):
        if pending:
            keeps.finished(pending.pop(0), True, float(second))
        started = keeps.due(float(second))
        pending += started
        written |= {write.ieee for write in started}
    assert written == set(ieees)


def test_dead_relays_do_not_starve_a_living_one() -> None:
    ieees = [f"relay-{index}" for index in range(50)]
    keeps = keeper(*ieees, memory=True)
    pending: list[tuple[int, SettingWrite]] = []
    done: int | None = None
    for second in range(600):
        for entry in [each for each in pending if second - each[0] >= 3]:
            pending.remove(entry)
            alive = entry[1].ieee == "relay-49"
            keeps.finished(entry[1], alive, float(second))
            done = second if alive else done
        pending += [(second, write) for write in keeps.due(float(second))]
    assert done is not None
    assert done <= 50 / IN_FLIGHT * 3 + 3


def test_a_relay_that_left_is_not_written_until_it_is_back() -> None:
    keeps = keeper(BOILER, memory=True)
    keeps.left(BOILER)
    keeps.left("nobody")
    assert keeps.due(0.0) == ()
    keeps.joined(BOILER)
    assert keeps.due(1.0) == (memory(),)


def test_a_removed_relay_is_forgotten_and_still_asked_for_when_it_joins_again() -> None:
    keeps = keeper(BOILER, memory=True, interlock=True)
    (write,) = keeps.due(0.0)
    keeps.removed(BOILER)
    keeps.finished(write, True, 1.0)
    assert keeps.memory(BOILER) is None
    assert keeps.dump(BOILER) == {}
    assert keeps.due(1.0) == ()
    assert keeps.interlocks == {BOILER}
    keeps.joined(BOILER)
    assert keeps.due(2.0) == (memory(),)


def test_what_is_said_of_nobody_is_ignored() -> None:
    keeps = SettingsKeeper()
    keeps.removed("nobody")
    keeps.interlock_read("nobody", True, 0.0)
    keeps.finished(memory("nobody"), True, 0.0)
    assert keeps.memory("nobody") is None
    assert keeps.dump("nobody") == {}
    assert keeps.due(0.0) == ()


def test_a_radio_that_is_back_ends_the_back_off() -> None:
    keeps = keeper(BOILER, memory=True)
    for moment in range(3):
        (write,) = keeps.due(float(moment))
        keeps.finished(write, False, float(moment))
        assert keeps.due(moment + 1.0) == ()
        keeps.known(BOILER)


def test_two_masters_do_not_wear_out_a_relay() -> None:
    """Somebody else writes the interlock back, each time at once."""
    keeps = keeper(BOILER, interlock=True)
    moments = []
    for second in range(4 * int(WINDOW)):
        keeps.interlock_read(BOILER, False, float(second))
        for write in keeps.due(float(second)):
            moments.append(second)
            keeps.finished(write, True, float(second))
            keeps.interlock_read(BOILER, True, float(second))
    assert moments[:MOST_WRITES] == list(range(MOST_WRITES))
    for at in moments:
        assert sum(at <= each < at + WINDOW for each in moments) <= MOST_WRITES
    assert len(moments) == 4 * MOST_WRITES


STEPS = st.lists(
    st.tuples(
        st.sampled_from([BOILER, FLOOR, BATH]),
        st.sampled_from(
            ["join", "known", "left", "read", "done", "in vain", "reload", "wait"]
        ),
        st.booleans(),
    ),
    max_size=80,
)


@given(STEPS)
def test_whatever_happens_writes_are_few_spaced_and_asked_for(
    steps: list[tuple[str, str, bool]],
) -> None:
    keeps = SettingsKeeper()
    wanted: bool | None = True
    keeps.configure(asked(BOILER, FLOOR, BATH, interlock=wanted, memory=wanted))
    flying: list[SettingWrite] = []
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    present: set[str] = set()
    mono = 0.0
    for ieee, step, flag in steps:
        mono += 1.0
        mine = [write for write in flying if write.ieee == ieee]
        if step in {"join", "known"}:
            present.add(ieee)
            (keeps.joined if step == "join" else keeps.known)(ieee)
        elif step == "left":
            present.discard(ieee)
            keeps.left(ieee)
        elif step == "read":
            keeps.interlock_read(ieee, flag, mono)
        elif step in {"done", "in vain"} and mine:
            flying.remove(mine[0])
            keeps.finished(mine[0], step == "done", mono)
        elif step == "reload":
            wanted = flag
            keeps.configure(asked(BOILER, FLOOR, BATH, interlock=flag, memory=flag))
        elif step == "wait":
            mono += 100.0
        for write in keeps.due(mono):
            assert write.value is wanted
            assert write.ieee in present
            flying.append(write)
            times[write.ieee, write.setting].append(mono)
        assert len(flying) <= IN_FLIGHT
        assert len({write.ieee for write in flying}) == len(flying)
        assert keeps.due(mono) == ()
    for moments in times.values():
        for at in moments:
            assert sum(at <= each < at + WINDOW for each in moments) <= MOST_WRITES
