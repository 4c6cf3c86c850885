"""What the service says of itself under B/bridge/…, in Zigbee2MQTT's words.

The functions named after a topic return its document, fit for to_json; `messages`,
`state_message` and `bridge_message` wrap documents.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, get_args

from collector.mqtt.definition import Entry, definition, titled
from collector.mqtt.device import Coordinator, Device, Service
from collector.mqtt.message import Message, to_json

__all__ = [
    "EventType",
    "Level",
    "Service",
    "bridge_message",
    "converters",
    "definitions",
    "devices",
    "entities",
    "event",
    "extensions",
    "groups",
    "info",
    "logging",
    "messages",
    "policy_event",
    "state",
    "state_message",
]

Level = Literal["error", "warning", "info", "debug"]
EventType = Literal[
    "device_joined", "device_announce", "device_interview", "device_leave"
]

_DIAGNOSTIC: Final[dict[str, Any]] = {"entity_category": "diagnostic"}
_SELDOM: Final[dict[str, Any]] = {
    "entity_category": "diagnostic",
    "enabled_by_default": False,
}
_INTERVIEW_STATUS: Final = {
    "PENDING": "started",
    "IN_PROGRESS": "started",
    "SUCCESSFUL": "successful",
    "FAILED": "failed",
}


def info(
    service: Service, coordinator: Coordinator | None, devices: Iterable[Device]
) -> dict[str, Any]:
    """Return bridge/info; without coordinator and network while it is None.

    Raises ValueError for an extended PAN id that is none.
    """
    known = list(devices)
    document: dict[str, Any] = {
        "collector": {"id": service.collector_id},
        "config": service.config(coordinator, known),
        "log_level": service.log_level,
        "mqtt": {"server": service.address, "version": service.protocol},
        "os": dict(service.os),
        "permit_join": service.permit_join_end is not None,
        "restart_required": service.restart_required,
        "version": service.version,
    }
    if service.permit_join_end is not None:
        document["permit_join_end"] = service.permit_join_end
    if coordinator is not None:
        document["coordinator"] = {
            "ieee_address": coordinator.z2m_ieee,
            "meta": dict(coordinator.meta),
            "type": coordinator.type,
        }
        document["network"] = {
            "channel": coordinator.channel,
            "extended_pan_id": coordinator.extended_pan,
            "pan_id": coordinator.pan_id,
        }
    return document


def devices(
    coordinator: Coordinator | None, devices: Iterable[Device]
) -> list[dict[str, Any]]:
    """Return bridge/devices: the coordinator, if it is known, and then the relays."""
    first = [] if coordinator is None else [coordinator.entry()]
    return [*first, *(device.entry() for device in devices)]


def groups() -> list[dict[str, Any]]:
    """Return bridge/groups: there are no Zigbee groups here."""
    return []


def definitions() -> dict[str, Any]:
    """Return bridge/definitions: no clusters are listed, as none can be addressed."""
    return {"clusters": {}, "custom_clusters": {}}


def converters() -> list[dict[str, Any]]:
    """Return bridge/converters: no external code is loaded."""
    return []


def extensions() -> list[dict[str, Any]]:
    """Return bridge/extensions: no external code is loaded."""
    return []


def state(online: bool) -> dict[str, str]:
    """Return bridge/state, and the state of a relay's availability topic."""
    return {"state": "online" if online else "offline"}


def event(type_: EventType, device: Device) -> dict[str, Any]:
    """Return bridge/event of what happened to a relay."""
    data: dict[str, Any] = {
        "friendly_name": device.name,
        "ieee_address": device.z2m_ieee,
    }
    if type_ == "device_interview":
        data["status"] = _INTERVIEW_STATUS[device.interview]
        if device.interview == "SUCCESSFUL":
            data["supported"] = True
            data["definition"] = definition()
    return {"type": type_, "data": data}


def policy_event(
    device: Device, *, policy: str, channel: str | None, action: str, reason: str
) -> dict[str, Any]:
    """Return bridge/event of what a rule did; `action`: off, on or alarm."""
    return {
        "type": "policy",
        "data": {
            "policy": policy,
            "friendly_name": device.name,
            "channel": channel,
            "action": action,
            "reason": reason,
        },
    }


def logging(level: Level, message: str, namespace: str | None = None) -> dict[str, str]:
    """Return bridge/logging."""
    document = {"level": level, "message": message}
    return document if namespace is None else {**document, "namespace": namespace}


def entities(bridge: str) -> list[Entry]:
    """Return Home Assistant's entities of the bridge; `bridge`: the topic B/bridge."""
    return [
        *_conditions(bridge),
        *_controls(bridge),
        *_figures(bridge),
        _permit_join(bridge),
    ]


def messages(
    service: Service,
    coordinator: Coordinator | None,
    relays: Iterable[Device],
    entries: Sequence[str] | None = None,
) -> list[Message]:
    """Return all that is retained under B/bridge but the state, at QoS 0.

    `entries`: each relay's entry of bridge/devices as JSON, where that was written
    before. Raises ValueError for what JSON cannot say, such as a NaN among a relay's
    options.
    """
    known = list(relays)
    if entries is None:
        entries = [to_json(each) for each in devices(None, known)]
    first = [to_json(each) for each in devices(coordinator, [])]
    listed = f"[{','.join([*first, *entries])}]"
    documents = {
        "info": info(service, coordinator, known),
        "groups": groups(),
        "definitions": definitions(),
        "extensions": extensions(),
        "converters": converters(),
    }
    info_first, *others = (
        bridge_message(service.base, name, document, retain=True)
        for name, document in documents.items()
    )
    return [
        info_first,
        Message(f"{service.base}/bridge/devices", listed, True),
        *others,
    ]


def state_message(base: str, *, online: bool, qos: int = 0) -> Message:
    """Return bridge/state, retained; the last will is the one that is offline, QoS 1."""
    return Message(f"{base}/bridge/state", to_json(state(online)), True, qos)


def bridge_message(
    base: str, name: str, document: Any, *, retain: bool = False
) -> Message:
    """Return a document on B/bridge/NAME, such as logging or event, at QoS 0."""
    return Message(f"{base}/bridge/{name}", to_json(document), retain)


def _conditions(bridge: str) -> list[Entry]:
    return [
        _entity(
            "binary_sensor connection_state",
            {**_DIAGNOSTIC, "state_topic": f"{bridge}/state"},
            "{{ value_json.state }}",
            device_class="connectivity",
            payload_on="online",
            payload_off="offline",
        ),
        _entity(
            "binary_sensor restart_required",
            _SELDOM | {"state_topic": f"{bridge}/info"},
            "{{ value_json.restart_required }}",
            device_class="problem",
            payload_on=True,
            payload_off=False,
        ),
    ]


def _controls(bridge: str) -> list[Entry]:
    return [
        _entity(
            "button restart",
            {"device_class": "restart"},
            command_topic=f"{bridge}/request/restart",
            payload_press="",
        ),
        _entity(
            "select log_level",
            {"state_topic": f"{bridge}/info", "entity_category": "config"},
            "{{ value_json.log_level | lower }}",
            command_topic=f"{bridge}/request/options",
            command_template='{"options": {"advanced": '
            '{"log_level": "{{ value }}" } } }',
            options=list(get_args(Level)),
        ),
    ]


def _figures(bridge: str) -> list[Entry]:
    at_info = {"state_topic": f"{bridge}/info"}
    maps = f"{bridge}/response/networkmap"
    return [
        _entity(
            "sensor version",
            _DIAGNOSTIC | at_info,
            "{{ value_json.version }}",
            icon="mdi:zigbee",
        ),
        _entity(
            "sensor coordinator_version",
            _SELDOM | at_info,
            "{{ value_json.coordinator.meta.revision }}",
            icon="mdi:chip",
        ),
        _entity(
            "sensor network_map",
            _SELDOM | {"state_topic": maps},
            "{{ now().strftime('%Y-%m-%d %H:%M:%S') }}",
            json_attributes_topic=maps,
            json_attributes_template="{{ value_json.data.value | tojson }}",
        ),
    ]


def _permit_join(bridge: str) -> Entry:
    return _entity(
        "switch permit_join",
        {"state_topic": f"{bridge}/info"},
        "{{ value_json.permit_join | lower }}",
        command_topic=f"{bridge}/request/permit_join",
        icon="mdi:human-greeting-proximity",
        payload_on='{"time": 254}',
        payload_off='{"time": 0}',
        state_on="true",
        state_off="false",
    )


def _entity(
    which: str, shared: Mapping[str, Any], template: str | None = None, **more: Any
) -> Entry:
    component, _, object_id = which.partition(" ")
    payload = {"name": titled(object_id), **shared, **more}
    if template is not None:
        payload["value_template"] = template
    return Entry(component, object_id, payload)
