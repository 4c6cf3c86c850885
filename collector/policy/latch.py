"""What stays off after a cut, for how long, and how often it may come back."""

import sys
from collections import deque
from collections.abc import Mapping
from typing import Final

from collector.model.clock import Now
from collector.model.policy import Restore, RestoreKind
from collector.policy.document import number

# Of a rule that lets go when its hour or period comes, every time.
WHEN_ITS_TIME_COMES: Final = Restore(
    kind=RestoreKind.WHEN_CLEAR, at_most=sys.maxsize, within_seconds=0.0
)


class Latch:
    """Set by a trip; lets go as `Restore` says, or when a person resets it."""

    def __init__(self, restore: Restore) -> None:
        self._restore = restore
        self._tripped_at: float | None = None  # mono, s; None: not set
        self._rests = False  # the condition has ended since it tripped last
        self._opened = False  # its channels have been seen open since it tripped
        self._locked = False  # no automatic restore is left: a person must come
        self._counted = False  # the last release has its restore counted
        self._restores: deque[float] = deque()  # mono, s, of the automatic ones

    @property
    def set(self) -> bool:
        """Whether it keeps channels off."""
        return self._tripped_at is not None

    @property
    def locked(self) -> bool:
        """Whether only a person can release it."""
        return self.set and (self._locked or self._restore.kind is RestoreKind.MANUAL)

    @property
    def asleep(self) -> bool:
        """Whether it stays as it is until it trips anew, or a person comes."""
        return self._rests and self._opened and self.locked and not len(self._restores)

    @property
    def restores(self) -> int:
        """How many automatic restores count at present."""
        return len(self._restores)

    def trip(self, mono: float, *, closed: bool | None = None) -> None:
        """The condition holds; call it at every moment at which it does.

        `closed`: one of its channels is on; False: all are off; None: nobody knows.
        """
        self._expire(mono)
        if self._tripped_at is None:
            self._tripped_at = mono
            self._opened = self._counted = False
        elif closed and self._opened:
            # Somebody else has switched on what was held off: a retry.
            self._opened = False
            self._restores.append(mono)
        self._opened = self._opened or closed is False
        self._rests = False
        if self._restore.kind is not RestoreKind.MANUAL:
            self._locked = self._locked or len(self._restores) >= self._restore.at_most

    def rest(self, mono: float, *, clear: bool, closed: bool | None = None) -> bool:
        """The condition does not hold; return whether the latch has just let go.

        `clear`: the quantity is beyond its clear limit, or the time has come.
        `closed`: as in `trip`.
        """
        self._expire(mono)
        if self._tripped_at is None:
            return False
        self._opened = self._opened or closed is False
        if not self._rests:
            # The wait counts from here, however long the cut took to work.
            self._rests = True
            self._tripped_at = mono
        if self.locked:
            return False
        if self._restore.kind is RestoreKind.AFTER:
            clear = mono >= self._tripped_at + self._restore.after_seconds
        if clear:
            self._tripped_at = None
        return clear

    @property
    def due(self) -> float:
        """When (mono, s) it lets go by itself; infinite: not by time."""
        if (
            self._tripped_at is None
            or not self._rests
            or self.locked
            or self._restore.kind is not RestoreKind.AFTER
        ):
            return float("inf")
        return self._tripped_at + self._restore.after_seconds

    def restored(self, mono: float) -> None:
        """A release is on its way to a channel: it counts, once for all its channels."""
        if not self._counted:
            self._counted = True
            self._restores.append(mono)

    def withdraw(self) -> None:
        """The cut did not happen: there is nothing to keep off."""
        self._tripped_at = None

    def reset(self) -> None:
        """A person clears everything."""
        self.withdraw()
        self._locked = False
        self._restores.clear()

    def dump(self, now: Now) -> dict[str, object]:
        """Return what outlives a restart; moments as Unix time, whole s."""
        if self._tripped_at is None and not self._restores:
            return {}
        wall = now.wall.timestamp()
        return {
            "set": self.set,
            "locked": self._locked,
            "opened": self._opened,
            "restores": [round(wall - (now.mono - at)) for at in self._restores],
        }

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from `dump`; the wait for a restore begins anew."""
        wall = now.wall.timestamp()
        moments = document.get("restores")
        restores = []
        for moment in moments if isinstance(moments, list) else ():
            at = number(moment)
            if at is not None:
                # A date in the future is a clock that was wrong: it counts as now.
                restores.append(now.mono - max(0.0, wall - at))
        self._restores = deque(sorted(restores))
        self._locked = document.get("locked") is True
        self._opened = document.get("opened") is True
        self._rests = False
        self._tripped_at = now.mono if document.get("set") is True else None

    def _expire(self, mono: float) -> None:
        while (
            self._restores and mono - self._restores[0] > self._restore.within_seconds
        ):
            self._restores.popleft()
