"""An entry of the record as plain values: for the audit file and the event stream."""

import math
from typing import Any

from collector.model.decision import Input, PolicyEvent


def event_json(event: PolicyEvent, name: str) -> dict[str, Any]:
    """Return the entry, fit for JSON; `name` is that of the relay.

    Units stand in the keys or are fixed by the quantity; None is what is not known.
    """
    return {
        "at": event.at.isoformat(timespec="microseconds"),
        "kind": event.kind.value,
        "ieee": event.ieee,
        "relay": name,
        "channel": event.channel,
        "rule": event.rule,
        "action": None if event.action is None else event.action.value,
        "origin": event.origin.value,
        "mode": event.mode.value,
        "reason": event.reason,
        "inputs": [_input(each) for each in event.inputs],
        "command": event.command,
        "outcome": None if event.outcome is None else event.outcome.value,
        "attempts": event.attempts,
        "latency_seconds": _finite(event.latency),
    }


def _input(value: Input) -> dict[str, Any]:
    return {
        "ieee": value.ieee,
        "quantity": value.quantity.value,
        "value": _finite(value.value),
        "age_seconds": _finite(value.age),
        "quality": value.quality.value,
    }


def _finite(number: float | None) -> float | None:
    """JSON has no NaN and no Inf; a rejected sample may be one, and its quality says so."""
    return number if number is not None and math.isfinite(number) else None
