"""What the bridge says of itself, against what Zigbee2MQTT was recorded to say."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from collector.mqtt import bridge_topics
from collector.mqtt.bridge_topics import EventType
from collector.mqtt.definition import definition
from collector.mqtt.device import Coordinator, Device, Service

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "zigbee2mqtt/bridge_info.json").read_text()
)
RELAY = Device(
    ieee="00:15:8d:00:04:28:c9:93",
    name="relay",
    options={"power_calibration": 10, "power_precision": 1},
)
COORDINATOR = Coordinator(
    ieee="00:12:4b:00:18:e8:6d:21",
    channel=11,
    pan_id=6754,
    extended_pan_id="dd:dd:dd:dd:dd:dd:dd:dd",
    meta=RECORDED["coordinator"]["meta"],
)
SERVICE = Service(
    base="zigbee2mqtt",
    version="0.1.0",
    collector_id="c0ffee",
    server="mqtt://localhost:1883",
    log_level="debug",
    permit_join_end=1795356038754,
    os=RECORDED["os"],
)
OURS: Final = {"collector.id": "by it the service knows its own messages"}
DIFFERENT: Final = {
    "version": "ours",
    "config.availability.active.timeout": "720 s, in minutes",
}
_FILES = "there are no log files of this kind"
_CLIENT = "how the client connects is nobody else's business"
MISSING: Final = {
    "commit": "of another program",
    "zigbee_herdsman": "of another program",
    "zigbee_herdsman_converters": "of another program",
    "config.advanced.cache_state_persistent": "states come back from the devices",
    "config.advanced.cache_state_send_on_startup": "states come back from the devices",
    "config.advanced.enable_external_js": "no foreign code is loaded",
    "config.advanced.log_console_json": _FILES,
    "config.advanced.log_debug_namespace_ignore": _FILES,
    "config.advanced.log_debug_to_mqtt_frontend": _FILES,
    "config.advanced.log_directories_to_keep": _FILES,
    "config.advanced.log_directory": _FILES,
    "config.advanced.log_file": _FILES,
    "config.advanced.log_namespaced_levels": _FILES,
    "config.advanced.log_output": _FILES,
    "config.advanced.log_rotation": _FILES,
    "config.advanced.log_symlink_current": _FILES,
    "config.advanced.log_syslog": _FILES,
    "config.advanced.timestamp_format": _FILES,
    "config.availability.active.backoff": "polling has a back-off of its own",
    "config.availability.active.max_jitter": "polling is spread over time as it is",
    "config.availability.active.pause_on_backoff_gt": "polling has its own back-off",
    "config.availability.passive": "the relays are all mains-powered",
    "config.frontend.base_url": "there is no such front end",
    "config.frontend.package": "there is no such front end",
    "config.frontend.port": "there is no such front end",
    "config.health": "metrics tell",
    "config.map_options": "no pictures are drawn",
    "config.mqtt.force_disable_retain": _CLIENT,
    "config.mqtt.keepalive": _CLIENT,
    "config.mqtt.maximum_packet_size": _CLIENT,
    "config.mqtt.reject_unauthorized": "certificates are always checked",
    "config.ota": "firmware is not looked for by itself",
    "config.serial": "a path of the machine, of no use to others",
}


def differences(
    ours: dict[str, Any], theirs: dict[str, Any], prefix: str = ""
) -> dict[str, str]:
    """Return the keys that differ, as dotted paths, and how."""
    found = {}
    for key in ours.keys() | theirs.keys():
        path = f"{prefix}{key}"
        if key not in ours:
            found[path] = "missing"
        elif key not in theirs and not isinstance(ours[key], dict):
            found[path] = "ours"
        elif isinstance(ours[key], dict):
            found |= differences(ours[key], theirs.get(key, {}), f"{path}.")
        elif ours[key] != theirs[key]:
            found[path] = "different"
    return found


def test_info_differs_from_the_recorded_one_in_what_is_told_here() -> None:
    ours = bridge_topics.info(SERVICE, COORDINATOR, [RELAY])
    assert differences(ours, RECORDED) == {
        **dict.fromkeys(OURS, "ours"),
        **dict.fromkeys(DIFFERENT, "different"),
        **dict.fromkeys(MISSING, "missing"),
    }
    assert ours["config"]["availability"]["active"]["timeout"] == 12


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        ("mqtts://me:secret@broker.lan:8883", "mqtts://broker.lan:8883"),
        ("mqtt://secret@127.0.0.1", "mqtt://127.0.0.1"),
        ("mqtt://a:sec%40ret@[::1]:1883", "mqtt://[::1]:1883"),
        ("mqtt://a:b@secret@host:1", "mqtt://host:1"),
        ("wss://host/path?token=secret#secret", "wss://host/path"),
        ("mqtt://localhost:1883", "mqtt://localhost:1883"),
    ],
)
def test_no_secret_of_the_address_goes_out(server: str, shown: str) -> None:
    service = replace(SERVICE, server=server)
    sent = bridge_topics.messages(service, COORDINATOR, [RELAY])
    assert not any("secret" in message.payload for message in sent)
    ours = bridge_topics.info(service, COORDINATOR, [])
    assert ours["mqtt"]["server"] == ours["config"]["mqtt"]["server"] == shown


def test_nobody_may_join() -> None:
    ours = bridge_topics.info(replace(SERVICE, permit_join_end=None), COORDINATOR, [])
    assert ours["permit_join"] is False
    assert "permit_join_end" not in ours


def test_info_while_the_radio_is_down() -> None:
    ours = bridge_topics.info(SERVICE, None, [RELAY])
    assert not {"coordinator", "network"} & ours.keys()
    assert "channel" not in ours["config"]["advanced"]
    assert [one["type"] for one in bridge_topics.devices(None, [RELAY])] == ["Router"]


def test_what_is_off_is_off_in_the_settings() -> None:
    service = replace(SERVICE, discovery_topic=None, availability_seconds=None)
    config = bridge_topics.info(service, COORDINATOR, [])["config"]
    assert config["homeassistant"]["enabled"] is False
    assert config["availability"] == {"enabled": False}


def test_the_settings_of_a_relay() -> None:
    relay = replace(RELAY, name="Büro/Lampe 1", disabled=True, description="left")
    config = bridge_topics.info(SERVICE, COORDINATOR, [relay])["config"]
    assert config["devices"] == {
        "0x00158d000428c993": {
            "friendly_name": "Büro/Lampe 1",
            "power_calibration": 10,
            "power_precision": 1,
            "disabled": True,
            "description": "left",
        }
    }


def test_the_coordinator_comes_first_in_devices() -> None:
    first, second = bridge_topics.devices(COORDINATOR, [RELAY])
    assert first["type"] == "Coordinator"
    assert first["ieee_address"] == "0x00124b0018e86d21"
    assert first["network_address"] == 0
    assert first["definition"] is None
    assert second == RELAY.entry()


def test_all_that_is_retained() -> None:
    sent = bridge_topics.messages(SERVICE, COORDINATOR, iter([RELAY]))
    assert [message.topic.removeprefix("zigbee2mqtt/bridge/") for message in sent] == [
        *("info", "devices", "groups", "definitions", "extensions", "converters")
    ]
    assert all(message.retain and message.qos == 0 for message in sent)
    documents = [json.loads(message.payload) for message in sent]
    assert documents[0] == bridge_topics.info(SERVICE, COORDINATOR, [RELAY])
    assert documents[1] == bridge_topics.devices(COORDINATOR, [RELAY])
    assert documents[2:] == [[], {"clusters": {}, "custom_clusters": {}}, [], []]


def test_what_json_cannot_say_is_refused() -> None:
    relay = replace(RELAY, options={"throttle": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        bridge_topics.messages(SERVICE, COORDINATOR, [relay])


@pytest.mark.parametrize(
    ("online", "payload"),
    [(True, '{"state":"online"}'), (False, '{"state":"offline"}')],
)
def test_state(online: bool, payload: str) -> None:
    sent = bridge_topics.state_message("home/z2m", online=online, qos=1)
    assert (sent.topic, sent.payload) == ("home/z2m/bridge/state", payload)
    assert (sent.retain, sent.qos) == (True, 1)


def test_what_happens_is_not_retained() -> None:
    sent = bridge_topics.bridge_message("b", "logging", {"level": "info"})
    assert (sent.topic, sent.retain, sent.qos) == ("b/bridge/logging", False, 0)


@pytest.mark.parametrize("type_", ["device_joined", "device_announce", "device_leave"])
def test_events(type_: EventType) -> None:
    assert bridge_topics.event(type_, RELAY) == {
        "type": type_,
        "data": {"friendly_name": "relay", "ieee_address": "0x00158d000428c993"},
    }


@pytest.mark.parametrize(
    ("interview", "more"),
    [
        ("IN_PROGRESS", {"status": "started"}),
        ("PENDING", {"status": "started"}),
        ("FAILED", {"status": "failed"}),
        (
            "SUCCESSFUL",
            {"status": "successful", "supported": True, "definition": definition()},
        ),
    ],
)
def test_events_of_an_interview(interview: str, more: dict[str, Any]) -> None:
    relay = replace(RELAY, interview=interview)
    data = bridge_topics.event("device_interview", relay)["data"]
    assert data == {
        "friendly_name": "relay",
        "ieee_address": "0x00158d000428c993",
        **more,
    }


def test_the_event_of_a_policy() -> None:
    assert bridge_topics.policy_event(
        RELAY, policy="cable", channel="l1", action="off", reason="9 A, at most 8 A"
    ) == {
        "type": "policy",
        "data": {
            "policy": "cable",
            "friendly_name": "relay",
            "channel": "l1",
            "action": "off",
            "reason": "9 A, at most 8 A",
        },
    }


def test_logging() -> None:
    assert bridge_topics.logging("error", "no") == {"level": "error", "message": "no"}
    assert bridge_topics.logging("info", "yes", "mqtt")["namespace"] == "mqtt"
