"""Whether a relay is up, stale or gone, by the age of what it sent."""

from dataclasses import dataclass

from collector.model.settings import LineSettings
from collector.model.status import Availability

AUTO_POWER_SECONDS = 120.0  # the least automatic limit for power
AUTO_POWER_INTERVALS = 4.0  # automatic: so many polling intervals


@dataclass(frozen=True, slots=True)
class Limits:
    """The ages, s, after which values are no longer shown."""

    power: float
    report: float  # what only the Xiaomi structure carries
    state: float
    seen: float


def limits(settings: LineSettings, power_interval: float) -> Limits:
    """Return the limits in force with this effective polling interval, s."""
    power = settings.staleness.power_seconds
    if power is None:
        power = max(AUTO_POWER_SECONDS, AUTO_POWER_INTERVALS * power_interval)
    return Limits(
        power=power,
        report=settings.staleness.report_seconds,
        state=settings.staleness.state_seconds,
        seen=settings.availability_seconds,
    )


def judge(
    mono: float, seen_at: float | None, power_at: float | None, limit: Limits
) -> Availability:
    """Return up, stale or gone; the times are mono, s, None = never."""
    if seen_at is None or mono - seen_at > limit.seen:
        return Availability.GONE
    if power_at is None or mono - power_at > limit.power:
        return Availability.STALE
    return Availability.UP
