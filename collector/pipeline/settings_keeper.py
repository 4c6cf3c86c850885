"""Which settings are written into which relay, and when.

The interlock can be read: what the configuration asks for is kept so, whoever changes
it. The power-outage memory cannot: it is written after joining, which may have reset
it, and where the configuration differs from what was written last.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from collector.model.command import SettingWrite
from collector.model.settings import RelaySettings

INTERLOCK = "interlock"
POWER_OUTAGE_MEMORY = "power_outage_memory"

BACK_OFF_FIRST = 30.0  # s after the first write in vain
BACK_OFF_LAST = 900.0  # s, the longest pause between tries
IN_FLIGHT = 2  # writes at a time, of all relays
MOST_WRITES = 10  # of one setting of one relay in WINDOW: its memory wears
WINDOW = 3600.0  # s
NEVER = float("-inf")

_RENEW = "renew"  # key of the document: the memory may be lost


@dataclass(slots=True)
class Kept:
    """One setting of one relay."""

    wanted: bool | None = None  # by the configuration; None: left as it is
    # The interlock as last read, None: not since joining or a write. The memory as
    # last written, None: never.
    actual: bool | None = None
    renew: bool = False  # the memory: what was written may be lost
    unproved: bool = False  # the interlock: written, and not read back yet
    back_off: float = 0.0  # s
    not_before: float = NEVER  # mono, s
    writes: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_WRITES))

    @property
    def earliest(self) -> float:
        """When it may be written, mono, s."""
        if len(self.writes) < MOST_WRITES:
            return self.not_before
        return max(self.not_before, self.writes[0] + WINDOW)

    def want(self, value: bool | None) -> None:
        """Take what the configuration says; a change is tried at once."""
        if value != self.wanted:
            self.wanted = value
            self.forgive()

    def forgive(self) -> None:
        """Earlier failures say nothing any more."""
        self.back_off, self.not_before = 0.0, NEVER

    def failed(self, mono: float) -> None:
        """Wait before the next try, longer each time."""
        self.back_off = min(max(BACK_OFF_FIRST, self.back_off * 2), BACK_OFF_LAST)
        self.not_before = mono + self.back_off


@dataclass(slots=True)
class KeptRelay:
    """The settings of one relay."""

    interlock: Kept = field(default_factory=Kept)
    memory: Kept = field(default_factory=Kept)
    on_network: bool = False
    writing: SettingWrite | None = None
    void: bool = False  # it has joined anew since the write began

    @property
    def due(self) -> tuple[str, ...]:
        """The settings that are to be written, as far as is known."""
        interlock, memory = self.interlock, self.memory
        unlike = interlock.actual is not None and interlock.actual != interlock.wanted
        lost = memory.renew or memory.actual != memory.wanted
        settings = []
        if interlock.wanted is not None and unlike:
            settings.append(INTERLOCK)
        if memory.wanted is not None and lost:
            settings.append(POWER_OUTAGE_MEMORY)
        return tuple(settings)

    def kept(self, setting: str) -> Kept:
        """Return one of the settings."""
        return self.interlock if setting == INTERLOCK else self.memory


class SettingsKeeper:
    """Chooses the writes of every relay: few, spaced, one at a time for each."""

    def __init__(self) -> None:
        self._monitor = False
        self._relays: dict[str, KeptRelay] = {}
        self._read_back: dict[str, None] = {}

    def configure(
        self, relays: Mapping[str, RelaySettings], *, monitor: bool = False
    ) -> None:
        """Take what is asked for, by IEEE address; in monitor mode nothing is written."""
        self._monitor = monitor
        for ieee in relays:
            self._relays.setdefault(ieee, KeptRelay())
        for ieee, relay in self._relays.items():
            settings = relays.get(ieee)
            relay.interlock.want(settings.interlock if settings else None)
            relay.memory.want(settings.power_outage_memory if settings else None)

    @property
    def interlocks(self) -> frozenset[str]:
        """The relays whose interlock is asked for, so that it is to be read."""
        return frozenset(
            ieee
            for ieee, relay in self._relays.items()
            if relay.interlock.wanted is not None
        )

    def known(self, ieee: str) -> None:
        """A relay is on the network at the start, or when the radio is back."""
        relay = self._relays.setdefault(ieee, KeptRelay())
        relay.on_network = True
        relay.interlock.forgive()
        relay.memory.forgive()

    def joined(self, ieee: str) -> None:
        """A relay is new on the network, or back: its settings may be lost."""
        self.known(ieee)
        relay = self._relays[ieee]
        relay.interlock.actual, relay.interlock.unproved = (
            None,
            False,
        )  # until it is read
        relay.memory.renew = True
        relay.void = relay.writing is not None

    def left(self, ieee: str) -> None:
        """A relay left the network: nothing is written until it is back."""
        if ieee in self._relays:
            self._relays[ieee].on_network = False

    def removed(self, ieee: str) -> None:
        """A relay was removed by a person: forget what was written into it."""
        self._read_back.pop(ieee, None)
        relay = self._relays.pop(ieee, None)
        if relay is not None:
            # The configuration may still name it, and it may join again.
            fresh = self._relays[ieee] = KeptRelay()
            fresh.interlock.want(relay.interlock.wanted)
            fresh.memory.want(relay.memory.wanted)

    def interlock_read(self, ieee: str, value: bool, mono: float) -> None:
        """The relay says how its interlock is set."""
        relay = self._relays.get(ieee)
        if relay is None:
            return
        kept = relay.interlock
        kept.actual = value
        if value == kept.wanted:
            kept.forgive()
        elif kept.unproved:
            kept.failed(mono)  # it said yes, and did not do it
        kept.unproved = False

    def due(self, mono: float) -> tuple[SettingWrite, ...]:
        """Return the writes to begin now; each takes a place until `finished`."""
        room = self._room()
        if room <= 0:
            return ()
        chosen: dict[str, SettingWrite] = {}  # one at a time for each relay
        for kept, write in sorted(self._candidates(), key=_longest_ago):
            if kept.earliest > mono or write.ieee in chosen or len(chosen) == room:
                continue
            kept.writes.append(mono)
            relay = self._relays[write.ieee]
            relay.writing, relay.void = write, False
            chosen[write.ieee] = write
        return tuple(chosen.values())

    def objection(self, write: SettingWrite, mono: float) -> str | None:
        """Return why a person's write cannot begin now; None: it can."""
        relay = self._relays.get(write.ieee)
        if relay is None:
            return None
        if relay.writing is not None:
            return "another setting of this relay is just being written; try again"
        writes = relay.kept(write.setting).writes
        if len(writes) == MOST_WRITES and mono < writes[0] + WINDOW:
            return (
                f"{write.setting} was written {MOST_WRITES} times within an hour, and "
                "the relay's memory wears; try again later"
            )
        return None

    def begin(self, write: SettingWrite, mono: float) -> None:
        """A person's write begins, to which there is no objection."""
        relay = self._relays.setdefault(write.ieee, KeptRelay())
        relay.kept(write.setting).writes.append(mono)
        relay.writing, relay.void = write, False

    def finished(self, write: SettingWrite, done: bool, mono: float) -> None:
        """Take the end of a write; `done`: the relay has said yes to all of it."""
        relay = self._relays.get(write.ieee)
        if relay is None or relay.writing != write:
            return  # forgotten meanwhile
        relay.writing = None
        if relay.void:
            return  # before or after it was reset: nobody knows
        kept = relay.kept(write.setting)
        if not done:
            kept.failed(mono)
        if write.setting == INTERLOCK:
            # Even in vain: the answer may have been lost on its way.
            kept.actual, kept.unproved = (None, True) if done else (kept.actual, False)
            self._read_back[write.ieee] = None
        elif done:
            kept.actual, kept.renew = write.value, False
            kept.forgive()
        else:
            kept.renew = True  # of two steps one may have been taken

    def read_backs(self) -> tuple[str, ...]:
        """Return whose interlock is to be read at once, since the last call."""
        wanted = tuple(self._read_back)
        self._read_back.clear()
        return wanted

    def memory(self, ieee: str) -> bool | None:
        """Return the power-outage memory as last written; None: never."""
        relay = self._relays.get(ieee)
        return relay.memory.actual if relay is not None else None

    def dump(self, ieee: str) -> dict[str, object]:
        """Return what outlives a restart; nothing where there is nothing."""
        relay = self._relays.get(ieee)
        if relay is None or relay.memory.actual is None:
            return {}
        lost = {_RENEW: True} if relay.memory.renew else {}
        return {POWER_OUTAGE_MEMORY: relay.memory.actual, **lost}

    def load(self, ieee: str, document: Mapping[str, object]) -> None:
        """Take what `dump` gave; what makes no sense counts as never written."""
        written = document.get(POWER_OUTAGE_MEMORY)
        if isinstance(written, bool):
            memory = self._relays.setdefault(ieee, KeptRelay()).memory
            memory.actual = written
            memory.renew = document.get(_RENEW) is True

    def next_due(self) -> float:
        """Return when the next write may begin, mono, s; inf: not before something comes."""
        if self._room() <= 0:
            return float("inf")
        return min(
            (kept.earliest for kept, _ in self._candidates()), default=float("inf")
        )

    def _room(self) -> int:
        if self._monitor:
            return 0
        relays = self._relays.values()
        return IN_FLIGHT - sum(relay.writing is not None for relay in relays)

    def _candidates(self) -> Iterator[tuple[Kept, SettingWrite]]:
        for ieee, relay in self._relays.items():
            if relay.writing is not None or not relay.on_network:
                continue
            for setting in relay.due:
                kept = relay.kept(setting)
                value = bool(kept.wanted)
                yield kept, SettingWrite(ieee=ieee, setting=setting, value=value)


def _longest_ago(candidate: tuple[Kept, SettingWrite]) -> float:
    writes = candidate[0].writes
    return writes[-1] if writes else NEVER
