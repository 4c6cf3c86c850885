"""The shapes of the API's bodies, as JSON Schema 2020-12 (which OpenAPI 3.1 takes)."""

from enum import StrEnum
from typing import Any, Final, TypeAlias

from collector.model.command import Action, CommandOutcome, Origin
from collector.model.decision import DecisionAction, EventKind, RuleState
from collector.model.policy import MOST_OVERRIDE_SECONDS, Mode, PolicyClass
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Quality, Reason
from collector.model.status import Availability
from collector.web.write_api import JOIN_SECONDS_MAX

Schema: TypeAlias = dict[str, Any]


def reference(name: str) -> Schema:
    """Return a reference to one of `schemas()`."""
    return {"$ref": f"#/components/schemas/{name}"}


def array_of(name: str) -> Schema:
    """Return the shape of a list of one of `schemas()`."""
    return {"type": "array", "items": reference(name)}


def _words(words: type[StrEnum], *more: None) -> Schema:
    return {"enum": [*(word.value for word in words), *more]}


def _object(properties: dict[str, Any], *, needed: bool = True, **more: Any) -> Schema:
    """Return an object that has all these keys, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if needed else [],
        "additionalProperties": False,
        **more,
    }


def _map_of(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _maybe(kind: str, meaning: str = "") -> Schema:
    """Return a value that is null while it is not known."""
    described = {"description": f"{meaning}; null: not known"} if meaning else {}
    return {"type": [kind, "null"], **described}


_IEEE: Final = {"type": "string", "pattern": "^([0-9a-f]{2}:){7}[0-9a-f]{2}$"}
_CHANNEL: Final = {"enum": list(CHANNELS)}
_COUNT: Final = {"type": "integer", "minimum": 0}
_TEXT: Final = {"type": "string"}
_TIME: Final = {"type": "string", "format": "date-time"}
_MARGIN: Final = _maybe("number", "(limit - value) / limit, negative over the limit")


def _seconds(largest: float, kind: str) -> Schema:
    number = {"type": kind, "minimum": 0, "maximum": largest}
    return _object({"seconds": number})


def schemas() -> dict[str, Schema]:
    """Return every named shape."""
    return {**_relays(), **_policies(), **_writes()}


def _relays() -> dict[str, Schema]:
    channel = _object(
        {
            "name": _maybe("string"),
            "on": _maybe("boolean", "the contact is closed"),
            "power_w": _maybe("number", "W of this channel"),
            "power_estimated": _maybe("boolean", "both channels are on"),
            "contact_fault": _maybe("boolean", "it draws power while it is off"),
        }
    )
    energy = _object(
        {
            "total_j": {"type": "number", "minimum": 0, "description": "never falls"},
            "register_resets": _COUNT,
            "gaps": _COUNT,
            "currency": _maybe("string"),
            "cost": _map_of({"type": "number"}),
        },
        type=["object", "null"],
    )
    rejected = _object(
        {"quantity": _words(Quantity), "reason": _words(Reason), "samples": _COUNT}
    )
    relay = _object(
        {
            "ieee": _IEEE,
            "name": _TEXT,
            "availability": _words(Availability),
            "last_seen": {"type": ["string", "null"], "format": "date-time"},
            "joins": _COUNT,
            "link_quality": _maybe("integer"),
            "firmware": _maybe("integer"),
            "power_outages": _maybe("integer"),
            "meter_asleep": _maybe("boolean"),
            "interlock": _maybe("boolean"),
            "power_outage_memory": _maybe("boolean", "last written"),
            "channels": _object(dict.fromkeys(CHANNELS, channel)),
            "power_w": _maybe("number", "W, both channels together"),
            "apparent_power_va": _maybe("number"),
            "power_factor": _maybe("number"),
            "voltage_v": _maybe("number"),
            "current_a": _maybe("number"),
            "temperature_c": _maybe("number", "°C of the relay's chip"),
            "energy_register_j": _maybe("number"),
            "unattributed_power_w": _maybe("number", "W that no channel is known by"),
            "energy": energy,
            "rejected": {"type": "array", "items": rejected},
            "rules": _map_of(reference("Rule")),
        },
        description="Null is what is not known; an old value is left out so.",
    )
    return {"Relay": relay}


def _policies() -> dict[str, Schema]:
    rule = {"state": _words(RuleState), "margin": _MARGIN, "reason": _TEXT}
    held = _object({"ieee": _IEEE, "name": _TEXT, "channel": _CHANNEL})
    policy = _object(
        {
            "name": _TEXT,
            "kind": _TEXT,
            "class": _words(PolicyClass),
            "mode": _words(Mode),
            "relays": {
                "type": "array",
                "items": _object({"ieee": _IEEE, "name": _TEXT, **rule}),
            },
            "held": {
                "type": "array",
                "items": held,
                "description": "channels that it keeps off",
            },
            "restores": {**_COUNT, "description": "automatic ones in this window"},
        }
    )
    seen = _object(
        {
            "ieee": _IEEE,
            "quantity": _words(Quantity),
            "value": _maybe("number"),
            "age_seconds": _maybe("number"),
            "quality": _words(Quality),
        }
    )
    event = _object(
        {
            "at": _TIME,
            "kind": _words(EventKind),
            "ieee": _IEEE,
            "relay": _TEXT,
            "channel": {"enum": [*CHANNELS, None]},
            "rule": _maybe("string"),
            "action": _words(DecisionAction, None),
            "origin": _words(Origin),
            "mode": _words(Mode),
            "reason": _TEXT,
            "inputs": {"type": "array", "items": seen},
            "command": _maybe("integer", "joins a decision and its outcome"),
            "outcome": _words(CommandOutcome, None),
            "attempts": _maybe("integer"),
            "latency_seconds": _maybe("number"),
        },
        description="The data of one server-sent event; its name is the kind.",
    )
    return {"Rule": _object(rule), "Policy": policy, "Event": event}


def _writes() -> dict[str, Schema]:
    result = {
        "ieee": _IEEE,
        "channel": _CHANNEL,
        "on": {"type": "boolean", "description": "what was asked for"},
        "outcome": _words(CommandOutcome),
        "attempts": _COUNT,
        "seconds": {"type": "number", "minimum": 0},
        "detail": _TEXT,
    }
    error = {"type": "string", "description": "one sentence"}
    refused = _object(
        {
            "error": error,
            "source": _TEXT,
            "problems": {"type": "array", "items": _TEXT},
        }
    )
    return {
        "State": _object({"state": _words(Action)}),
        "JoinSeconds": _seconds(JOIN_SECONDS_MAX, "integer"),
        "OverrideSeconds": _seconds(MOST_OVERRIDE_SECONDS, "number"),
        "SwitchResult": _object(result),
        "Unconfirmed": _object({"error": error, **result}),
        "Override": _object({"ieee": _IEEE, "seconds": {"type": "number"}}),
        "Reset": _object({"name": _TEXT, "reset": {"const": True}}),
        "Reloaded": _object({"reloaded": {"const": True}}),
        "ConfigRefused": refused,
        "Error": _object({"error": error}),
    }
