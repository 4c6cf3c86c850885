"""Rules of each kind, and what `config check` tells of them."""

from typing import Any

from collector.cli.reaction import Reaction, reactions
from collector.model.policy import (
    Curve,
    InverseTimeRule,
    Limit,
    PolicyClass,
    PolicySettings,
    Rule,
    StaleAction,
    StaleRule,
    ThresholdRule,
)
from collector.model.quantity import Quantity
from collector.model.settings import LineSettings, RelaySettings

BOILER = "00:15:8d:00:03:a0:00:00"
KEEP = StaleRule(action=StaleAction.KEEP)
OFF = StaleRule(action=StaleAction.OFF, after_seconds=900)
OVERLOAD = StaleRule(action=StaleAction.ASSUME_OVERLOAD)
RATED = StaleRule(action=StaleAction.ASSUME_RATED)
RELAY: dict[str, Any] = {
    "name": "a",
    "policy_class": PolicyClass.PROTECTION,
    "when_stale": KEEP,
    "relays": (BOILER,),
    "switch_off": ("l1",),
}
GROUP: dict[str, Any] = {
    "name": "a",
    "policy_class": PolicyClass.PROTECTION,
    "when_stale": KEEP,
    "members": None,
    "shed": ((BOILER, "l1"), (BOILER, "l2")),
}


def threshold(quantity: Quantity = Quantity.POWER, **words: Any) -> ThresholdRule:
    limit = Limit(trip=100, clear=90)
    return ThresholdRule(**{**RELAY, "quantity": quantity, "limit": limit, **words})


def cable(curve: Curve = Curve.VI, **words: Any) -> InverseTimeRule:
    return InverseTimeRule(**{**RELAY, "rated_current_a": 8, "curve": curve, **words})


def house(*rules: Rule, relays: int = 4, **words: Any) -> LineSettings:
    addresses = [f"00:15:8d:00:03:a0:00:{index:02x}" for index in range(relays)]
    return LineSettings(
        relays={each: RelaySettings(ieee=each, name=each) for each in addresses},
        policies=PolicySettings(rules=rules),
        **words,
    )


def told(rule: Rule, **words: Any) -> Reaction:
    (reaction,) = reactions(house(rule, **words))
    return reaction
