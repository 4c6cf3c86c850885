import json
import math

import pytest

from collector.model.command import CommandOutcome, Origin
from collector.model.decision import EventKind, Input
from collector.model.decision_json import event_json
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from tests.policy_words import BOILER, cut


def test_a_decision_is_shown_with_its_inputs_and_their_age() -> None:
    assert json.loads(json.dumps(event_json(cut(), "boiler"))) == {
        "at": "2026-03-01T12:00:00.125000+00:00",
        "kind": "decision",
        "ieee": BOILER,
        "relay": "boiler",
        "channel": "l1",
        "rule": "heater-overload",
        "action": "off",
        "origin": "policy",
        "mode": "enforce",
        "reason": "power 2410 W above 2200 W for 10 s",
        "inputs": [
            {
                "ieee": BOILER,
                "quantity": "power",
                "value": 2410.0,
                "age_seconds": 0.25,
                "quality": "fresh",
            }
        ],
        "command": 7,
        "outcome": None,
        "attempts": None,
        "latency_seconds": None,
    }


def test_an_outcome_tells_how_and_after_how_long() -> None:
    event = cut(
        kind=EventKind.OUTCOME,
        action=None,
        rule=None,
        origin=Origin.CLI,
        outcome=CommandOutcome.UNKNOWN,
        attempts=3,
        latency=4.5,
        inputs=(),
    )
    shown = event_json(event, "boiler")
    assert (shown["kind"], shown["outcome"], shown["origin"]) == (
        "outcome",
        "unknown",
        "cli",
    )
    assert (shown["attempts"], shown["latency_seconds"]) == (3, 4.5)
    assert (shown["rule"], shown["action"], shown["inputs"]) == (None, None, [])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_what_is_no_number_stays_json(value: float | None) -> None:
    seen = Input(
        ieee=BOILER,
        quantity=Quantity.POWER,
        value=value,
        age=value,
        quality=Quality.REJECTED,
    )
    (shown,) = event_json(cut(inputs=(seen,)), "boiler")["inputs"]
    assert (shown["value"], shown["age_seconds"]) == (None, None)
    assert shown["quality"] == "rejected"
