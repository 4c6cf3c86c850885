"""On and off by edges: which one came last, whatever the clock has done since."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from collector.model.policy import NextEdge

# How far back the last edge is looked for; a yearly one comes within the last.
_LOOK_BACK: Final = tuple(
    timedelta(days=days) for days in (1 / 24, 1.0, 8.0, 32.0, 400.0)
)
_STEP_ON: Final = timedelta(hours=1)  # of the clock, without looking back again
_SECOND: Final = timedelta(seconds=1)


class Edges:
    """Two series of moments; allowed from each of the one to the next of the other."""

    def __init__(self, next_on: NextEdge, next_off: NextEdge) -> None:
        self._on = _Series(next_on)
        self._off = _Series(next_off)

    def look(self, wall: datetime, zone: tzinfo) -> tuple[bool, float]:
        """Return whether `wall` is allowed, and for how many s no edge comes.

        Off wins where both come at once; without any edge in the last 400 days it is
        allowed.
        """
        del zone  # the series know theirs
        on, off = self._on, self._off
        on.move(wall)
        off.move(wall)
        allowed = off.last is None or (on.last is not None and on.last > off.last)
        return allowed, (min(on.coming, off.coming) - wall).total_seconds()


class _Series:
    def __init__(self, following: NextEdge) -> None:
        self._following = following
        self._seen = datetime.max.replace(tzinfo=UTC)  # wall of the last look
        self.last: datetime | None = None
        self.coming = self._seen

    def move(self, wall: datetime) -> None:
        """Bring `last` and `coming` up to this moment, forward or back."""
        if not self._seen <= wall or wall - _STEP_ON >= self.coming:
            self.last, self.coming = None, self._before(wall)
        self._seen = wall
        while self.coming <= wall:
            self.last = self.coming
            # A series that does not move on must not hold up the line.
            self.coming = max(self._following(self.coming), self.coming + _SECOND)

    def _before(self, wall: datetime) -> datetime:
        """Return an edge that is not far before `wall`; where there is none, the next."""
        coming = wall
        for back in _LOOK_BACK:
            coming = self._following(wall - back)
            if coming <= wall:
                break
        return coming
