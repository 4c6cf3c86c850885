"""Home Assistant's discovery of relays and of the bridge, as Zigbee2MQTT 2.14.1 does it.

Unique ids and device identifiers are Zigbee2MQTT's, so that Home Assistant keeps its
entities, their names and their history when this service takes over.
"""

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from collector import __version__
from collector.mqtt import bridge_topics, definition
from collector.mqtt.definition import Entry
from collector.mqtt.device import BRIDGE, Coordinator, Device
from collector.mqtt.message import Message, to_json

ORIGIN: Final = {"name": "relay-energy-collector", "sw": __version__}
_STATE: Final = "{{ value_json.state }}"
_WORD: Final = re.compile(r"[a-zA-Z0-9_-]+")  # what Home Assistant takes in a topic
_UPDATE: Final = (
    """{"latest_version":"{{ value_json['update']['latest_version'] }}","""
    """"installed_version":"{{ value_json['update']['installed_version'] }}","""
    """"update_percentage":{{ value_json['update'].get('progress', 'null') }},"""
    """"in_progress":{{ (value_json['update']['state'] == 'updating')|lower }}}"""
)
_FIXED: Final = frozenset({"type", "object_id"})  # name the topic, not the entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where discovery goes, and what it refers to."""

    base: str
    discovery_topic: str
    availability: bool = False  # whether relays have an availability topic
    coordinator: Coordinator | None = None  # None: relays are shown without a bridge


def entities(
    device: Device,
    *,
    base: str,
    discovery_topic: str,
    availability: bool,
    coordinator: Coordinator | None = None,
    last_seen: str = "disable",
) -> list[Message]:
    """Return the entities of a relay, retained at QoS 1, in Zigbee2MQTT's order.

    `availability`: whether the service publishes it; a relay's option of that name can
    only take it away. `last_seen`: the service's format of it; disable: no entity.
    Raises ValueError for what JSON cannot say, such as a NaN in `homeassistant`.
    """
    place = Place(
        base=base,
        discovery_topic=discovery_topic,
        availability=availability,
        coordinator=coordinator,
    )
    return announce(device, _entries(device, base, last_seen), place)


def removals(device: Device, *, base: str, discovery_topic: str) -> list[Message]:
    """Return empty retained messages for all that `entities` publishes of a relay.

    Of one whose option `homeassistant` changed, remove the old and the new, or use
    `withdrawn`.
    """
    entries = _entries(device, base, "ISO_8601")
    placed = [*entries, *_chosen(device, entries)]
    topics = (_topic(discovery_topic, device.z2m_ieee, entry) for entry in placed)
    return [_empty(topic) for topic in dict.fromkeys(topics)]


def withdrawn(before: Iterable[Message], after: Iterable[Message]) -> list[Message]:
    """Return empty retained messages for the topics that are no longer there."""
    kept = {message.topic for message in after}
    topics = dict.fromkeys(message.topic for message in before)
    return [_empty(topic) for topic in topics if topic not in kept]


def outdated(
    topic: str, payload: str, *, base: str, expected: Container[str]
) -> Message | None:
    """Return what clears a retained discovery message of this base topic.

    None where it is expected, or not of this base topic: as by Zigbee2MQTT, the first
    availability topic tells. Not for a base topic that is shared with another service.
    """
    try:
        first = json.loads(payload)["availability"][0]["topic"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    ours = isinstance(first, str) and first.startswith(f"{base}/")
    return _empty(topic) if ours and topic not in expected else None


def announce(device: Device, entries: Iterable[Entry], place: Place) -> list[Message]:
    """Return the discovery of a relay's entities, its overrides merged in.

    There is none before the interview is over, or with `homeassistant: null`.
    """
    if device.interview in {"PENDING", "IN_PROGRESS"} or _excluded(device):
        return []
    return [_relay_message(device, entry, place) for entry in _chosen(device, entries)]


def bridge_entities(
    coordinator: Coordinator,
    *,
    base: str,
    discovery_topic: str,
    leave_out: Container[str] = frozenset(),
) -> list[Message]:
    """Return the entities of the bridge, but for the object ids to leave out."""
    node = coordinator.node(base)
    return [
        _message(
            _topic(discovery_topic, node, entry),
            _bridge_payload(entry, base, coordinator),
        )
        for entry in bridge_topics.entities(f"{base}/bridge")
        if entry.object_id not in leave_out
    ]


def bridge_removals(
    coordinator: Coordinator, *, base: str, discovery_topic: str
) -> list[Message]:
    """Return empty retained messages for all that `bridge_entities` publishes."""
    node = coordinator.node(base)
    return [
        _empty(_topic(discovery_topic, node, entry))
        for entry in bridge_topics.entities(f"{base}/bridge")
    ]


def _overrides(device: Device) -> Mapping[str, Any]:
    given = device.options.get("homeassistant")
    return given if isinstance(given, Mapping) else {}


def _excluded(device: Device) -> bool:
    given = device.options.get("homeassistant", True)
    return not isinstance(given, Mapping) and not given


def _chosen(device: Device, entries: Iterable[Entry]) -> list[Entry]:
    """Leave out what the user has set to null, and rename what is to be another."""
    overrides = _overrides(device)
    found = []
    for entry in entries:
        own = overrides.get(entry.object_id, {})
        if own is None:
            continue
        if isinstance(own, Mapping):
            found.append(
                Entry(
                    _word(own.get("type"), entry.component),
                    _word(own.get("object_id"), entry.object_id),
                    entry.payload,
                )
            )
        else:
            found.append(entry)
    return found


def _word(given: Any, default: str) -> str:
    return given if isinstance(given, str) and _WORD.fullmatch(given) else default


def _relay_message(device: Device, entry: Entry, place: Place) -> Message:
    overrides = _overrides(device)
    base = f"{place.base}/{device.name}"
    shown = overrides.get("name")
    name = shown if isinstance(shown, str) else device.name
    payload = {
        "state_topic": base,
        "availability": _availability(device, place),
        **entry.payload,
        **_ids(entry, name, device.z2m_ieee, place.base),
        "device": device.block(name, place.coordinator),
        "origin": dict(ORIGIN),
    }
    if len(payload["availability"]) > 1:
        payload["availability_mode"] = "all"
    if payload["state_topic"] is None:
        del payload["state_topic"]
    prefix = payload.pop("command_topic_prefix", None)
    postfix = payload.pop("command_topic_postfix", None)
    if prefix or postfix:
        ends = (base, prefix, "set", postfix)
        payload["command_topic"] = "/".join(end for end in ends if end)
    _merge(payload, {key: overrides[key] for key in overrides if key != "name"})
    own = overrides.get(entry.object_id)
    if isinstance(own, Mapping):
        _merge(payload, own)
    return _message(_topic(place.discovery_topic, device.z2m_ieee, entry), payload)


def _merge(payload: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Lay the user's words over ours: null takes a key away, `device` is merged."""
    for key, value in given.items():
        if key in _FIXED:
            continue
        if value is None:
            payload.pop(key, None)
        elif isinstance(value, str | int | float | list | tuple):
            payload[key] = value
        elif key == "device" and isinstance(value, Mapping):
            block = payload.get(key)
            payload[key] = {**(block if isinstance(block, Mapping) else {}), **value}


def _ids(entry: Entry, name: str, owner: str, base: str) -> dict[str, str]:
    """Return what Home Assistant makes its ids of; it turns them into valid ones."""
    suggested = re.sub(r"\s+", "_", name).lower()
    if not entry.object_id.startswith(entry.component):
        suggested += f"_{entry.object_id}"
    elif "_" in entry.object_id:  # switch_l1 of a switch
        suggested += "_" + entry.object_id.split("_", 1)[1]
    return {
        "object_id": suggested,
        "default_entity_id": f"{entry.component}.{suggested}",
        "unique_id": f"{owner}_{entry.object_id}_{base}",
    }


def _availability(device: Device, place: Place) -> list[dict[str, str]]:
    """Return the bridge's topic and the relay's own, as far as it has one."""
    topics = [f"{place.base}/bridge/state"]
    own = device.options.get("availability")
    if place.availability and not device.disabled and (own is None or own):
        topics.append(f"{place.base}/{device.name}/availability")
    template = '{{ "offline" }}' if device.disabled else _STATE
    return [{"topic": topic, "value_template": template} for topic in topics]


def _entries(device: Device, base: str, last_seen: str) -> list[Entry]:
    """Return the entities of a relay in Zigbee2MQTT's order."""
    entries = []
    for entry in definition.entities():
        name = device.channel_names.get(entry.object_id.removeprefix("switch_"))
        own = entry.payload if name is None else {**entry.payload, "name": name}
        entries.append(Entry(entry.component, entry.object_id, own))
    if last_seen != "disable":
        # Home Assistant names a timestamp by its class.
        stamp = last_seen.startswith("ISO_8601")
        seen = {
            **({"device_class": "timestamp"} if stamp else {"name": "Last seen"}),
            "icon": "mdi:clock",
            "enabled_by_default": False,
            "entity_category": "diagnostic",
            "value_template": "{{ value_json.last_seen }}",
        }
        entries.append(Entry("sensor", "last_seen", seen))
    update = {
        "name": None,
        "device_class": "firmware",
        "entity_category": "config",
        "command_topic": f"{base}/bridge/request/device/ota_update/update",
        "payload_install": f'{{"id": "{device.z2m_ieee}"}}',
        "value_template": _UPDATE,
    }
    return [*entries, Entry("update", "update", update)]


def _bridge_payload(
    entry: Entry, base: str, coordinator: Coordinator
) -> dict[str, Any]:
    payload = {
        **entry.payload,
        **_ids(entry, BRIDGE, f"bridge_{coordinator.z2m_ieee}", base),
        "device": coordinator.block(__version__),
        "origin": dict(ORIGIN),
    }
    if entry.object_id != "connection_state":  # which must show the offline bridge
        topic = f"{base}/bridge/state"
        payload["availability"] = [{"topic": topic, "value_template": _STATE}]
        payload["availability_mode"] = "all"
    return payload


def _topic(discovery_topic: str, owner: str, entry: Entry) -> str:
    return f"{discovery_topic}/{entry.component}/{owner}/{entry.object_id}/config"


def _message(topic: str, payload: Mapping[str, Any]) -> Message:
    return Message(topic, to_json(payload), retain=True, qos=1)


def _empty(topic: str) -> Message:
    return Message(topic, "", retain=True, qos=1)
