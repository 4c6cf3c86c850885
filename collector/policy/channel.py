"""What the arbiter remembers of one channel."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from collector.model.clock import Now
from collector.model.policy import ChannelKey, SwitchLimits

NEVER: Final = float("-inf")
HOUR: Final = 3600.0
DAY: Final = 86_400.0
REVERSAL_SECONDS: Final = 600.0  # policy.md 17: three in ten minutes
REVERSALS: Final = 3
# After so many cut-offs in vain a relay is left alone for longer each time.
PATIENT_FAILURES: Final = 3
SOON_SECONDS: Final = 2.0
FIRST_BACK_OFF: Final = 30.0
LAST_BACK_OFF: Final = 300.0
# A frame of a relay ends its back-off, but not more often than this.
HEARD_SECONDS: Final = 10.0
MOST_OVERRIDE_SECONDS: Final = 7 * 86_400.0


@dataclass(slots=True)
class ChannelMemory:
    """Commands, overrides and debts of one channel; times are mono, s."""

    key: ChannelKey
    owed: set[str] = field(default_factory=set)  # rules that had cut it from ON
    would_owe: set[str] = field(default_factory=set)  # the same in dry run; not kept
    override_until: float = NEVER
    switches: deque[tuple[float, bool]] = field(default_factory=deque)  # ours, a day
    loaded_at: float = NEVER  # when an earlier process' commands were read
    failures: int = 0  # cut-offs in vain, one after the other
    not_before: float = NEVER  # of the next cut-off
    failed_at: float = NEVER
    still_draws: bool = False  # reported open, and the power has not fallen
    reversals_said: float = NEVER
    due: float = float("inf")  # when the arbiter should look again

    def switched(self, on: bool, mono: float) -> None:
        """A command of ours is sent."""
        self.switches.append((mono, on))
        while self.switches and mono - self.switches[0][0] > DAY:
            self.switches.popleft()

    @property
    def switched_at(self) -> float:
        """When our last command was sent."""
        return self.switches[-1][0] if self.switches else NEVER

    def off_since(self) -> float:
        """When our last OFF was sent, if nothing was switched on after it."""
        if self.switches and not self.switches[-1][1]:
            return self.switches[-1][0]
        return NEVER

    def reversals(self, mono: float) -> int:
        """Return how often our commands changed direction in the last ten minutes."""
        recent = [on for at, on in self.switches if mono - at <= REVERSAL_SECONDS]
        return sum(a != b for a, b in pairwise(recent))

    def restore_due(self, limits: SwitchLimits, mono: float) -> float:
        """Return the earliest moment (mono, s) for an ON that spares the contact."""
        due = max(
            self.off_since() + limits.min_off_seconds,
            self.switched_at + limits.cool_down_seconds,
            # How long the service was away is not known for sure: the wait begins anew.
            self.loaded_at + limits.min_off_seconds,
        )
        for seconds, most in (
            (HOUR, limits.switches_per_hour),
            (DAY, limits.switches_per_day),
        ):
            recent = [at for at, _ in self.switches if mono - at <= seconds]
            if len(recent) >= most:
                due = max(due, recent[-most] + seconds)
        if self.reversals(mono) >= REVERSALS:  # rules fight: it stays off for a while
            due = max(due, self.switched_at + REVERSAL_SECONDS)
        return due

    def failed(self, mono: float) -> None:
        """A cut-off was in vain."""
        self.failures += 1
        self.failed_at = mono
        beyond = self.failures - PATIENT_FAILURES
        wait = (
            SOON_SECONDS
            if beyond < 0
            else min(FIRST_BACK_OFF * 2.0 ** min(beyond, 8), LAST_BACK_OFF)
        )
        self.not_before = mono + wait

    def succeeded(self) -> None:
        """A cut-off was confirmed."""
        self.failures = 0
        self.not_before = NEVER

    def heard(self, mono: float) -> bool:
        """A frame of the relay came; return whether it ends a back-off."""
        if self.not_before <= mono or mono - self.failed_at < HEARD_SECONDS:
            return False
        self.not_before = NEVER
        return True

    def overridden(self, mono: float) -> bool:
        """Whether a person's word stands above economy rules."""
        return mono < self.override_until

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
            self.owed = {str(name) for name in owed}
        until = document.get("override_until")
        if isinstance(until, int | float):
            left = min(float(until) - wall, MOST_OVERRIDE_SECONDS)
            self.override_until = now.mono + left if left > 0 else NEVER
        switches = document.get("switches")
        for each in switches if isinstance(switches, list) else ():
            if (
                isinstance(each, list)
                and len(each) == 2
                and isinstance(each[0], int | float)
            ):
                age = max(0.0, wall - each[0])
                if age <= DAY:
                    self.switches.append((now.mono - age, each[1] is True))
                    self.loaded_at = now.mono
