import json
import math

import pytest

from collector.model.decision import RuleState, RuleStatus
from collector.web.policy_json import policy_json, rule_json
from tests.policy_words import BOILER, latched


def test_a_rule_is_shown_with_its_relays_and_what_it_keeps_off() -> None:
    shown = policy_json(latched(), {BOILER: "boiler"})
    assert json.loads(json.dumps(shown)) == {
        "name": "heater-overload",
        "kind": "threshold",
        "class": "protection",
        "mode": "enforce",
        "relays": [
            {
                "ieee": BOILER,
                "name": "boiler",
                "state": "latched",
                "margin": 0.975,
                "reason": "cut at 2410 W",
            }
        ],
        "held": [{"ieee": BOILER, "name": "boiler", "channel": "l1"}],
        "restores": 2,
    }


def test_a_relay_without_a_name_is_its_address() -> None:
    shown = policy_json(latched(), {})
    assert shown["relays"][0]["name"] == shown["held"][0]["name"] == BOILER


@pytest.mark.parametrize("margin", [None, math.nan, math.inf, -math.inf])
def test_a_margin_that_is_not_known_is_null(margin: float | None) -> None:
    rule = RuleStatus(state=RuleState.STALE, margin=margin)
    assert rule_json(rule) == {"state": "stale", "margin": None, "reason": ""}
