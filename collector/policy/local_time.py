"""Windows of the local day; whatever the clocks do at its two odd nights."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from collector.model.policy import Hours

FAR = timedelta(days=2)


def within(hours: Hours, wall: datetime, zone: tzinfo) -> bool:
    """Whether the local time of day lies in the window."""
    local = wall.astimezone(zone).time()
    if hours.start <= hours.end:
        return hours.start <= local < hours.end
    return local >= hours.start or local < hours.end


def next_edge(hours: Hours, wall: datetime, zone: tzinfo) -> datetime:
    """Return the next start or end of the window after `wall`, aware UTC."""
    return min(next_time(edge, wall, zone) for edge in (hours.start, hours.end))


def next_time(at: time, wall: datetime, zone: tzinfo) -> datetime:
    """Return the first moment after `wall` that has this local time, aware UTC.

    A time that summer time skips comes by as much later.
    """
    day = wall.astimezone(zone).date()
    while True:
        local = datetime.combine(day, at, zone)
        for fold in (0, 1):
            moment = local.replace(fold=fold).astimezone(UTC)
            if moment > wall:
                return moment
        day += timedelta(days=1)
