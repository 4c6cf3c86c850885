"""A rule of kind energy_budget, and a counter for it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from collector.model.policy import EnergyBudgetRule, Period, PolicyClass, StaleRule
from collector.policy.energy_budget import JOULES_PER_KWH, EnergyBudget
from tests.unit.policy.stand import IEEE, KEEP, Stand

BERLIN = ZoneInfo("Europe/Berlin")
KWH = JOULES_PER_KWH
BEFORE = 1e9  # J, where the counter stands when the rule begins


def berlin(text: str, fold: int = 0) -> datetime:
    local = datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)
    return local.astimezone(UTC)


def kind(
    per: Period = Period.DAY, limit_kwh: float = 12.0, when_stale: StaleRule = KEEP
) -> EnergyBudget:
    rule = EnergyBudgetRule(
        name="daily",
        policy_class=PolicyClass.ECONOMY,
        when_stale=when_stale,
        relays=(IEEE,),
        switch_off=("l1",),
        per=per,
        limit_joules=limit_kwh * KWH,
    )
    return EnergyBudget(rule, IEEE)


def stand(judge: EnergyBudget | None = None, at: str = "2026-01-15 12:00") -> Stand:
    rule = Stand(judge or kind(), wall=berlin(at), zone=BERLIN)
    rule.contact(True)
    return use(rule, 0.0)


def use(rule: Stand, kwh: float, watts: float = 1000.0) -> Stand:
    """Let the counter show so much more than at the beginning."""
    rule.view.energy_joules = BEFORE + kwh * KWH
    rule.tell(watts)
    return rule


def used(rule: Stand, limit_kwh: float = 12.0) -> float:
    """Return the kWh that the rule has counted."""
    assert rule.verdict.margin is not None
    return (1.0 - rule.verdict.margin) * limit_kwh
