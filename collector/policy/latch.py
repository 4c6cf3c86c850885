"""What stays off after a cut, for how long, and how often it may come back."""

from collections import deque
from collections.abc import Mapping

from collector.model.clock import Now
from collector.model.policy import Restore, RestoreKind


class Latch:
    """Set by a trip; lets go as `Restore` says, or when a person resets it."""

    def __init__(self, restore: Restore) -> None:
        self._restore = restore
        self._tripped_at: float | None = None  # mono, s; None: not set
        self._ended = False  # the condition has ended since it tripped last
        self._locked = False  # no automatic restore is left: a person must come
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
    def restores(self) -> int:
        """How many automatic restores count at present."""
        return len(self._restores)

    def trip(self, mono: float) -> None:
        """The condition holds; call it at every moment at which it does."""
        if self._tripped_at is None or self._ended:
            if self._ended and self._tripped_at is not None:
                # Somebody else has switched on what was held off: a retry.
                self._count(mono)
            self._ended = False
        self._tripped_at = mono
        self._expire(mono)
        if self._restore.kind is not RestoreKind.MANUAL:
            self._locked = self._locked or len(self._restores) >= self._restore.at_most

    def rest(self, mono: float, *, clear: bool) -> bool:
        """The condition does not hold; return whether the latch has just let go.

        `clear`: the quantity is beyond its clear limit, or the time has come.
        """
        self._expire(mono)
        if self._tripped_at is None:
            return False
        self._ended = True
        if self.locked:
            return False
        if self._restore.kind is RestoreKind.AFTER:
            clear = mono >= self._tripped_at + self._restore.after_seconds
        if clear:
            self._tripped_at = None
            self._ended = False
        return clear

    @property
    def due(self) -> float:
        """When (mono, s) it lets go by itself; infinite: not by time."""
        if (
            self._tripped_at is None
            or self.locked
            or self._restore.kind is not RestoreKind.AFTER
        ):
            return float("inf")
        return self._tripped_at + self._restore.after_seconds

    def restored(self, mono: float) -> None:
        """An automatic restore is on its way: it counts."""
        self._count(mono)

    def withdraw(self) -> None:
        """The cut did not happen: there is nothing to keep off."""
        self._tripped_at = None
        self._ended = False

    def reset(self) -> None:
        """A person clears everything."""
        self.withdraw()
        self._locked = False
        self._restores.clear()

    def dump(self, now: Now) -> dict[str, object]:
        """Return what outlives a restart; moments as Unix time."""
        if self._tripped_at is None and not self._restores:
            return {}
        wall = now.wall.timestamp()
        return {
            "set": self.set,
            "locked": self._locked,
            "restores": [round(wall - (now.mono - at), 3) for at in self._restores],
        }

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from `dump`; the wait for a restore begins anew."""
        wall = now.wall.timestamp()
        restores = document.get("restores")
        for at in restores if isinstance(restores, list) else ():
            if isinstance(at, int | float):
                # A date in the future is a clock that was wrong: it counts as now.
                self._restores.append(now.mono - max(0.0, wall - at))
        self._locked = document.get("locked") is True
        if document.get("set") is True:
            self._tripped_at = now.mono

    def _count(self, mono: float) -> None:
        self._restores.append(mono)

    def _expire(self, mono: float) -> None:
        while (
            self._restores and mono - self._restores[0] > self._restore.within_seconds
        ):
            self._restores.popleft()
