"""What the arbiter remembers of one channel."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from collector.model import policy
from collector.model.clock import Now
from collector.model.policy import ChannelKey, SwitchLimits
from collector.model.quantity import CHANNELS
from collector.policy.back_off import BackOff
from collector.policy.document import number

NEVER: Final = float("-inf")
HOUR: Final = 3600.0
DAY: Final = 86_400.0
REVERSAL_SECONDS: Final = 600.0  # three in ten minutes: rules that fight
REVERSALS: Final = 3
MOST_SWITCHES: Final = 1000  # remembered; no limit of switches a day is higher
MOST_OVERRIDE_SECONDS: Final = policy.MOST_OVERRIDE_SECONDS
OWN_SECONDS: Final = 10.0  # a change so soon after our command is our own
# While the contact is not known, or there is no room for its load.
FIRST_LOOK_SECONDS: Final = 5.0
LAST_LOOK_SECONDS: Final = 300.0


@dataclass(slots=True)
class ChannelMemory:
    """Commands, overrides and debts of one channel; times are mono, s."""

    key: ChannelKey
    owed: set[str] = field(default_factory=set)  # rules that had cut it from ON
    foreign: int = 0  # how often somebody else has decided, which ends all debts
    override_until: float = NEVER
    switches: deque[tuple[float, bool]] = field(  # ours, of a day
        default_factory=lambda: deque(maxlen=MOST_SWITCHES)
    )
    loaded_at: float = NEVER  # when an earlier process' commands were read
    commanded_at: float = NEVER  # when a command of ours was sent, or ended, last
    # Of protections that know of an excess; of economy rules, and what only assumes one.
    cut_offs: BackOff = field(default_factory=BackOff)
    others: BackOff = field(default_factory=BackOff)
    verified_at: float = NEVER  # when an open contact was read because of an excess
    still_draws: bool = False  # reported open, and the power has not fallen
    fought_until: float = NEVER  # commands went to and fro: no restore before
    reversals_said: float = NEVER
    failure_said: float = NEVER
    patience: float = 0.0  # s until the last look was to be repeated
    due: float = float("inf")  # when the arbiter should look again

    # commands ------------------------------------------------------------------------

    def switched(self, on: bool, mono: float) -> None:
        """A command of ours is sent."""
        self.commanded_at = mono
        self.switches.append((mono, on))
        while mono - self.switches[0][0] > DAY:
            self.switches.popleft()
        if self.reversals(mono) >= REVERSALS:
            self.fought_until = mono + REVERSAL_SECONDS

    @property
    def switched_at(self) -> float:
        """When our last command was sent."""
        return self.switches[-1][0] if self.switches else NEVER

    def is_ours(self, mono: float) -> bool:
        """Whether a change now follows from a command of ours."""
        return mono - self.commanded_at <= OWN_SECONDS

    def reversals(self, mono: float) -> int:
        """Return how often our commands changed direction in the last ten minutes."""
        recent = [on for at, on in self.switches if mono - at <= REVERSAL_SECONDS]
        return sum(a != b for a, b in pairwise(recent))

    def restore_due(self, limits: SwitchLimits, mono: float) -> float:
        """Return the earliest moment (mono, s) for an ON that spares the contact."""
        off = self.switches and not self.switches[-1][1]
        due = max(
            self.switched_at + limits.cool_down_seconds,
            self.switched_at + limits.min_off_seconds if off else NEVER,
            # How long the service was away is not known for sure: the wait begins anew.
            self.loaded_at + limits.min_off_seconds,
            self.fought_until,
        )
        for seconds, most in (
            (HOUR, limits.switches_per_hour),
            (DAY, limits.switches_per_day),
        ):
            recent = [at for at, _ in self.switches if mono - at <= seconds]
            counts = min(most, MOST_SWITCHES)
            if 0 < counts <= len(recent):
                due = max(due, recent[-counts] + seconds)
        return due

    # cut-offs in vain ----------------------------------------------------------------

    @property
    def in_vain(self) -> bool:
        """Whether the last cut-off did not work."""
        return self.cut_offs.failures > 0 or self.others.failures > 0

    def failed(self, mono: float, *, known: bool) -> None:
        """A cut-off was in vain; `known`: of a protection that knew of an excess."""
        (self.cut_offs if known else self.others).failed(mono)

    def succeeded(self) -> None:
        """A cut-off has worked."""
        self.cut_offs.end()
        self.others.end()
        self.failure_said = NEVER

    def forgive(self) -> None:
        """The relay, or the radio, is back: try at once."""
        self.cut_offs.forgive()
        self.others.forgive()

    def not_before(self, *, known: bool) -> float:
        """Return the earliest moment for the next one; a known excess waits for its own."""
        own = self.cut_offs.not_before
        return own if known else max(own, self.others.not_before)

    def look_again(self, mono: float) -> None:
        """Look again in a while, longer each time."""
        longer = max(self.patience * 2, FIRST_LOOK_SECONDS)
        self.patience = min(longer, LAST_LOOK_SECONDS)
        self.due = min(self.due, mono + self.patience)

    # people --------------------------------------------------------------------------

    def decided(self) -> None:
        """A person, or a stranger, has switched: nothing is owed any more."""
        self.owed.clear()
        self.foreign += 1

    def overridden(self, mono: float) -> bool:
        """Whether a person's word stands above economy rules."""
        return mono < self.override_until

    # over a restart ------------------------------------------------------------------

    def dump(self, now: Now) -> dict[str, object]:
        """Return what outlives a restart; moments as Unix time."""
        wall = now.wall.timestamp()
        document: dict[str, object] = {}
        if self.owed:
            document["owed"] = sorted(self.owed)
        if self.overridden(now.mono):
            document["override_until"] = round(wall + self.override_until - now.mono, 3)
        if self.switches:
            document["switches"] = [
                [round(wall - (now.mono - at), 3), on] for at, on in self.switches
            ]
        return document

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump` gave; dates of a clock that was wrong are clamped."""
        wall = now.wall.timestamp()
        owed = document.get("owed")
        if isinstance(owed, list):
            self.owed = {name for name in owed if isinstance(name, str)}
        until = number(document.get("override_until"))
        if until is not None and until > wall:
            left = min(until - wall, MOST_OVERRIDE_SECONDS)
            self.override_until = now.mono + left
        listed = document.get("switches")
        found = [
            (now.mono - max(0.0, wall - at), each[1] is True)
            for each in (listed if isinstance(listed, list) else ())
            if isinstance(each, list) and len(each) == 2
            if (at := number(each[0])) is not None and wall - at <= DAY
        ]
        if found:
            # A date in the future counts as now, so it may have to change its place.
            for at, on in sorted(found, key=lambda each: each[0]):
                self.switched(on, at)
            self.commanded_at, self.loaded_at = NEVER, now.mono


def other_of(channel: ChannelKey) -> ChannelKey:
    """Return the relay's other channel."""
    return channel[0], CHANNELS[1 - CHANNELS.index(channel[1])]
