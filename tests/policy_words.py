"""Hand-made policies, decisions and tokens for the edges that show or check them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collector.model.command import CommandOutcome
from collector.model.decision import (
    DecisionAction,
    EventKind,
    Input,
    PolicyEvent,
    PolicyStatus,
    RuleState,
    RuleStatus,
)
from collector.model.policy import Mode
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.web.token_file import add_token
from collector.web.tokens import ApiToken, Scope

AT = datetime(2026, 3, 1, 12, 0, 0, 125_000, tzinfo=UTC)
BOILER = "00:15:8d:00:03:a0:00:00"


def cut(**changes: Any) -> PolicyEvent:
    """Return the decision to cut the boiler's first channel."""
    told: dict[str, Any] = {
        "kind": EventKind.DECISION,
        "at": AT,
        "ieee": BOILER,
        "channel": "l1",
        "rule": "heater-overload",
        "action": DecisionAction.OFF,
        "reason": "power 2410 W above 2200 W for 10 s",
        "inputs": (
            Input(
                ieee=BOILER,
                quantity=Quantity.POWER,
                value=2410.0,
                age=0.25,
                quality=Quality.FRESH,
            ),
        ),
        "command": 7,
    }
    return PolicyEvent(**(told | changes))


def confirmed() -> PolicyEvent:
    """Return how the command of `cut` ended."""
    return cut(
        kind=EventKind.OUTCOME,
        outcome=CommandOutcome.CONFIRMED,
        attempts=1,
        latency=0.125,
        inputs=(),
    )


def latched(**changes: Any) -> PolicyStatus:
    """Return a rule that keeps the boiler's first channel off."""
    told: dict[str, Any] = {
        "name": "heater-overload",
        "kind": "threshold",
        "policy_class": "protection",
        "mode": Mode.ENFORCE,
        "relays": {
            BOILER: RuleStatus(
                state=RuleState.LATCHED, margin=0.975, reason="cut at 2410 W"
            )
        },
        "held": [(BOILER, "l1")],
        "restores": 2,
    }
    return PolicyStatus(**(told | changes))


def issue(path: Path, scope: Scope, name: str = "test") -> tuple[ApiToken, str]:
    """Write a token into the file and return its entry and itself."""
    return add_token(path, name, scope, AT)
