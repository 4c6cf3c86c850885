"""What goes to the broker."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way to the broker."""

    topic: str
    payload: str  # "" with retain: the broker forgets what it kept there
    retain: bool = False
    qos: int = 0
    expiry: int | None = None  # s, MQTT 5 only (Zigbee2MQTT's option `retention`)


def to_json(document: Any) -> str:
    """Return JSON as Zigbee2MQTT writes it: compact, keys sorted, no ASCII escapes."""
    return json.dumps(
        document,
        separators=(",", ":"),
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
    )
