"""Windows of the local day; whatever the clocks do at its two odd nights."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from collector.model.policy import Hours

FAR: Final = timedelta(days=2)  # every edge of a window recurs sooner


class Window:
    """A window of the local day, looked at again and again."""

    def __init__(self, hours: Hours) -> None:
        self._hours: Final = hours
        self._zone: tzinfo | None = None
        self._from = self._until = datetime.max.replace(tzinfo=UTC)
        self._inside = False

    def look(self, wall: datetime, zone: tzinfo) -> tuple[bool, float]:
        """Return whether `wall` lies inside, and for how many s that stays so."""
        if not self._from <= wall < self._until or zone is not self._zone:
            self._inside = within(self._hours, wall, zone)
            self._until = next_edge(self._hours, wall, zone)
            self._from, self._zone = wall, zone
        return self._inside, (self._until - wall).total_seconds()


def within(hours: Hours, wall: datetime, zone: tzinfo) -> bool:
    """Whether the local time of day lies in the window; two equal times are a whole day."""
    local = wall.astimezone(zone).time()
    if hours.start < hours.end:
        return hours.start <= local < hours.end
    return local >= hours.start or local < hours.end


def next_edge(hours: Hours, wall: datetime, zone: tzinfo) -> datetime:
    """Return the next moment after `wall` at which the window opens or closes, aware UTC.

    Where it never does, that is two days on. The change of the clock itself can open
    or close it: a time that summer time skips comes with the change.
    """
    inside = within(hours, wall, zone)
    for moment in sorted(_candidates(hours, wall, zone)):
        if moment > wall and within(hours, moment, zone) is not inside:
            return moment
    return wall.astimezone(UTC) + FAR


def _candidates(hours: Hours, wall: datetime, zone: tzinfo) -> Iterator[datetime]:
    today = wall.astimezone(zone).date()
    for day in range(3):
        for edge in (hours.start, hours.end):
            local = datetime.combine(today + timedelta(days=day), edge, zone)
            for fold in (0, 1):  # the hour that comes twice
                yield local.replace(fold=fold).astimezone(UTC)
    change = _clock_change(wall, zone)
    if change is not None:
        yield change


def _clock_change(wall: datetime, zone: tzinfo) -> datetime | None:
    """Return the second after `wall` at which the zone's offset changes, if it is near."""
    before = wall.astimezone(zone).utcoffset()
    if (wall + FAR).astimezone(zone).utcoffset() == before:
        return None
    low = math.floor(wall.timestamp())
    high = low + int(FAR.total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        moment = datetime.fromtimestamp(middle, zone)
        if moment.utcoffset() == before:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
