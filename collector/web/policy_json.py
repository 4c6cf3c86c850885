"""A policy as the API shows it."""

import math
from collections.abc import Mapping
from typing import Any

from collector.model.decision import PolicyStatus, RuleStatus


def policy_json(status: PolicyStatus, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the policy, fit for json.dumps; `names` of relays by IEEE address."""
    return {
        "name": status.name,
        "kind": status.kind,
        "class": status.policy_class,
        "mode": status.mode.value,
        "relays": [
            {"ieee": ieee, "name": names.get(ieee, ieee), **rule_json(rule)}
            for ieee, rule in status.relays.items()
        ],
        "held": [
            {"ieee": ieee, "name": names.get(ieee, ieee), "channel": channel}
            for ieee, channel in status.held
        ],
        "restores": status.restores,
    }


def rule_json(rule: RuleStatus) -> dict[str, Any]:
    """Return the state of one rule for one relay; margin is (limit - value) / limit."""
    known = rule.margin is not None and math.isfinite(rule.margin)
    return {
        "state": rule.state.value,
        "margin": rule.margin if known else None,
        "reason": rule.reason,
    }
