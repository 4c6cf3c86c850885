"""Settings of many relays: few writes at a time, spaced, and none in monitor mode."""

from collections import defaultdict

from hypothesis import given, strategies as st

from collector.model.command import SettingWrite
from collector.pipeline.settings_keeper import (
    IN_FLIGHT,
    MOST_WRITES,
    WINDOW,
    SettingsKeeper,
)
from tests.unit.pipeline.keepers import (
    BATH,
    BOILER,
    FLOOR,
    asked,
    interlock,
    keeper,
    memory,
)


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


class House:
    """Three relays, the radio and a person, who do anything in any order."""

    def __init__(self) -> None:
        self.keeps = SettingsKeeper()
        self.mono = 0.0
        self.flying: list[SettingWrite] = []
        self.times: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.present: set[str] = set()
        self.reload("", True)

    def reload(self, ieee: str, flag: bool) -> None:
        del ieee
        self.wanted = flag
        self.keeps.configure(asked(BOILER, FLOOR, BATH, interlock=flag, memory=flag))

    def join(self, ieee: str, flag: bool) -> None:
        self.present.add(ieee)
        (self.keeps.joined if flag else self.keeps.known)(ieee)

    def leave(self, ieee: str, flag: bool) -> None:
        del flag
        self.present.discard(ieee)
        self.keeps.left(ieee)

    def read(self, ieee: str, flag: bool) -> None:
        self.keeps.interlock_read(ieee, flag, self.mono)

    def finish(self, ieee: str, flag: bool) -> None:
        for write in [each for each in self.flying if each.ieee == ieee]:
            self.flying.remove(write)
            self.keeps.finished(write, flag, self.mono)

    def wait(self, ieee: str, flag: bool) -> None:
        del ieee
        self.mono += 1000.0 if flag else 10.0

    def begin(self) -> None:
        """Begin what is due; it must be few, asked for, and of relays that are there."""
        self.mono += 1.0
        for write in self.keeps.due(self.mono):
            assert write.value is self.wanted
            assert write.ieee in self.present
            self.flying.append(write)
            self.times[write.ieee, write.setting].append(self.mono)
        assert len(self.flying) <= IN_FLIGHT
        assert len({write.ieee for write in self.flying}) == len(self.flying)
        assert self.keeps.due(self.mono) == ()


STEPS = ("join", "leave", "read", "finish", "reload", "wait")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BOILER, FLOOR, BATH]),
            st.sampled_from(STEPS),
            st.booleans(),
        ),
        max_size=80,
    )
)
def test_whatever_happens_writes_are_few_spaced_and_asked_for(
    steps: list[tuple[str, str, bool]],
) -> None:
    house = House()
    for ieee, step, flag in steps:
        getattr(house, step)(ieee, flag)
        house.begin()
    for moments in house.times.values():
        for at in moments:
            assert sum(at <= each < at + WINDOW for each in moments) <= MOST_WRITES
