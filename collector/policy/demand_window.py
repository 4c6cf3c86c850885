"""The clock windows of a demand rule, and the energy in the present one."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from collector.model.clock import Now
from collector.policy.document import amount, number

DAY = timedelta(days=1)
JUMP_SECONDS = 2.0  # apart from mono: somebody has set the wall clock


def bounds(minutes: int, wall: datetime, zone: tzinfo) -> tuple[float, float]:
    """Return start and end of the window around `wall`, Unix time.

    Windows begin at whole multiples of their length since local midnight, at midnight
    itself, and where the clocks are changed: none reaches over a change.
    """
    local = wall.astimezone(zone)
    length = timedelta(minutes=minutes)
    clock = timedelta(
        hours=local.hour,
        minutes=local.minute,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    start = wall - clock % length
    end = min(start + length, wall + (DAY - clock))
    offset = local.utcoffset()
    first, last = start.timestamp(), end.timestamp()
    if _offset(start, zone) != offset:
        first = _change(start, wall, zone)
    if _offset(end - timedelta(microseconds=1), zone) != offset:
        last = _change(wall, end, zone)
    return first, last


class DemandWindow:
    """Energy since the window began; a held power counts until the next one comes."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        self.start = 0.0  # Unix time, s
        self.end = 0.0
        self.joules = 0.0
        self._watts = 0.0  # held since `_mono`
        self._mono: float | None = None  # s; None: no power is known yet
        self._wall = 0.0  # Unix time, s, at `_mono`
        self._saved: tuple[float, float, float] | None = None  # start, until, J

    @property
    def begun(self) -> bool:
        """Whether a power was known since the start of the service."""
        return self._mono is not None

    @property
    def seconds(self) -> float:
        """Return the length of the window."""
        return self.end - self.start

    @property
    def rest(self) -> float:
        """Return the s that are left of it since `count` was called."""
        return min(max(self.end - self._wall, 0.0), self.seconds)

    @property
    def predicted(self) -> float:
        """Return the mean power of the window if nothing changes, W."""
        return (self.joules + self._watts * self.rest) / self.seconds

    def begin(self, watts: float, now: Now, zone: tzinfo) -> None:
        """The first power since the start: what was missed of the window counts so."""
        wall = now.wall.timestamp()
        self.start, self.end = bounds(self.minutes, now.wall, zone)
        since, self.joules = self.start, 0.0
        if self._saved is not None and abs(self._saved[0] - self.start) < 1.0:
            since = min(max(self._saved[1], self.start), wall)
            self.joules = self._saved[2]
        self.joules += watts * (wall - since)
        self._watts, self._mono, self._wall = watts, now.mono, wall

    def count(self, now: Now, zone: tzinfo) -> bool:
        """Count up to now with the power held; return whether the clock was set.

        A clock that was set begins a new window: what was counted belongs to no other.
        """
        if self._mono is None:
            return False
        wall = now.wall.timestamp()
        passed = now.mono - self._mono
        jumped = abs(wall - self._wall - passed) > JUMP_SECONDS
        self._mono, self._wall = now.mono, wall
        if not jumped and wall < self.end:
            self.joules += self._watts * passed
            return False
        self.start, self.end = bounds(self.minutes, now.wall, zone)
        since = wall if jumped else max(self.start, wall - passed)
        self.joules = self._watts * (wall - since)
        return jumped

    def hold(self, watts: float) -> None:
        """From now on the power is so much."""
        self._watts = watts

    def dump(self) -> dict[str, object]:
        """Return the window and its energy so far."""
        if self._mono is None:
            if self._saved is None:
                return {}
            start, until, joules = self._saved
            return {"start": start, "until": until, "joules": joules}
        return {
            "start": round(self.start, 3),
            "until": round(self._wall, 3),
            "joules": round(self.joules, 3),
        }

    def load(self, document: Mapping[str, object]) -> None:
        """Go on with the window of `dump` if it is still the present one."""
        start, until = number(document.get("start")), number(document.get("until"))
        if start is not None and until is not None:
            self._saved = (start, until, amount(document, "joules"))


def _offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _change(before: datetime, after: datetime, zone: tzinfo) -> float:
    """Return the first second (Unix time) with the offset of the time after it."""
    low, high = math.floor(before.timestamp()), math.ceil(after.timestamp())
    utc = before.tzinfo
    old = _offset(datetime.fromtimestamp(low, utc), zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, utc), zone) == old:
            low = middle
        else:
            high = middle
    return float(high)
