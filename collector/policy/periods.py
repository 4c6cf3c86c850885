"""Days, weeks and months of the local calendar."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from collector.model.policy import Period


def first_day(per: Period, wall: datetime, zone: tzinfo) -> date:
    """Return the first local day of the period that `wall` lies in: its name."""
    return _first(per, wall.astimezone(zone).date())


def next_period(per: Period, wall: datetime, zone: tzinfo) -> datetime:
    """Return when the period after the one of `wall` begins, aware UTC.

    That is at local midnight; where summer time skips it, at the change of the clock.
    """
    day = first_day(per, wall, zone)
    # A day beyond the longest month, week or day lies in the next one.
    following = _first(per, day + timedelta(days=_LONGEST[per]))
    return datetime.combine(following, time(), zone).astimezone(UTC)


_LONGEST = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}


def _first(per: Period, day: date) -> date:
    if per is Period.MONTH:
        return day.replace(day=1)
    if per is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day
