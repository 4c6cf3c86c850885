"""Rules for the toy house: the ones that tests ask for most."""

from datetime import time
from typing import Any

from collector.model.policy import (
    BudgetRule,
    Hours,
    Limit,
    PolicyClass,
    Restore,
    RestoreKind,
    ScheduleRule,
    StaleAction,
    StaleRule,
    StandbyRule,
    ThresholdRule,
)
from collector.model.quantity import Quantity

BOILER, FLOOR, BATH = (f"00:15:8d:00:03:a0:00:0{index}" for index in range(3))
L1, L2 = (BOILER, "l1"), (BOILER, "l2")
KEEP = StaleRule(action=StaleAction.KEEP)
ECONOMY, PROTECTION = PolicyClass.ECONOMY, PolicyClass.PROTECTION


def off_after(seconds: float) -> StaleRule:
    return StaleRule(action=StaleAction.OFF, after_seconds=seconds)


def after(seconds: float, at_most: int = 3, within: float = 86_400.0) -> Restore:
    return Restore(
        kind=RestoreKind.AFTER,
        after_seconds=seconds,
        at_most=at_most,
        within_seconds=within,
    )


def when_clear(at_most: int = 100) -> Restore:
    return Restore(kind=RestoreKind.WHEN_CLEAR, at_most=at_most)


def threshold(name: str = "overload", **changes: Any) -> ThresholdRule:
    """Above 2,200 W for 10 s, clear at 2,000 W: boiler/l1 off, until a person resets it."""
    told: dict[str, Any] = {
        "name": name,
        "policy_class": PROTECTION,
        "when_stale": KEEP,
        "relays": (BOILER,),
        "switch_off": ("l1",),
        "quantity": Quantity.POWER,
        "limit": Limit(trip=2200.0, clear=2000.0),
        "for_seconds": 10.0,
        "restore": Restore(),
    }
    return ThresholdRule(**(told | changes))


def voltage(name: str = "volts", **changes: Any) -> ThresholdRule:
    """Above 253 V at once, clear at 250 V: boiler/l1 off, on again when it is clear."""
    told: dict[str, Any] = {
        "quantity": Quantity.VOLTAGE,
        "limit": Limit(trip=253.0, clear=250.0),
        "for_seconds": 0.0,
        "restore": when_clear(),
    }
    return threshold(name, **(told | changes))


def schedule(name: str = "hours", **changes: Any) -> ScheduleRule:
    """Boiler/l1 only from 06:00 to 13:00 (an hour after the start of the tests)."""
    told: dict[str, Any] = {
        "name": name,
        "policy_class": ECONOMY,
        "when_stale": KEEP,
        "relays": (BOILER,),
        "switch_off": ("l1",),
        "allowed": Hours(start=time(6), end=time(13)),
    }
    return ScheduleRule(**(told | changes))


def standby(name: str = "standby", **changes: Any) -> StandbyRule:
    """Below 5 W for 30 s: boiler/l1 off."""
    told: dict[str, Any] = {
        "name": name,
        "policy_class": ECONOMY,
        "when_stale": KEEP,
        "relays": (BOILER,),
        "switch_off": ("l1",),
        "below_w": 5.0,
        "for_seconds": 30.0,
    }
    return StandbyRule(**(told | changes))


def budget(name: str = "house", **changes: Any) -> BudgetRule:
    """4,500 W over all relays; boiler/l1 goes first, then floor/l1."""
    told: dict[str, Any] = {
        "name": name,
        "policy_class": PROTECTION,
        "when_stale": StaleRule(action=StaleAction.ASSUME_RATED),
        "members": None,
        "shed": ((BOILER, "l1"), (FLOOR, "l1")),
        "limit_w": 4500.0,
        "restore_interval_seconds": 60.0,
    }
    return BudgetRule(**(told | changes))
