"""A rule of kind schedule, and a channel that obeys it."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from collector.model.policy import Hours, NextEdge, PolicyClass, ScheduleRule, StaleRule
from collector.policy.schedule import Schedule
from collector.scheduler import cron_edge
from tests.unit.policy.stand import IEEE, KEEP, Stand

BERLIN = ZoneInfo("Europe/Berlin")
WINTER = "2026-01-15 12:00"  # a Thursday


def berlin(text: str, fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return local.astimezone(UTC)


def cron(line: str) -> NextEdge:
    """Return what `app` hands in: the first firing after a moment."""
    return cron_edge(line, BERLIN)


def stand(
    allowed: str = "06:00-22:00",
    *,
    at: str = WINTER,
    lines: tuple[str, str] | None = None,
    when_stale: StaleRule = KEEP,
    switch_off: tuple[str, ...] = ("l1",),
) -> Stand:
    start, end = allowed.split("-")
    rule = ScheduleRule(
        name="night-off",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=(IEEE,),
        switch_off=switch_off,
        allowed=None
        if lines
        else Hours(start=time.fromisoformat(start), end=time.fromisoformat(end)),
        next_on=cron(lines[0]) if lines else None,
        next_off=cron(lines[1]) if lines else None,
    )
    return Stand(Schedule(rule, IEEE), wall=berlin(at), zone=BERLIN)


def run(rule: Stand, until: datetime, *, step: float = 300.0) -> list[tuple[str, bool]]:
    """Return the changes, in local time, of a channel that obeys."""
    changes: list[tuple[str, bool]] = []
    contact = rule.view.contacts["l1"]
    rule.contact(True)
    while rule.now.wall < until:
        rule.contact(not (rule.cuts() or rule.holds()))
        ahead = min(rule.now.mono + step, rule.verdict.next_due)
        rule.to(ahead - 1_000.0)
        if (rule.cuts() or rule.holds()) is contact.on:
            local = rule.now.wall.astimezone(BERLIN)
            changes.append((f"{local:%d. %H:%M %Z}", not contact.on))
    return changes
