"""Home Assistant's discovery: names, what is not known, and the user's words."""

import json
import re
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given, strategies as st

from collector.mqtt import discovery
from collector.mqtt.device import Coordinator, Device
from collector.mqtt.message import Message

RELAY = Device(ieee="00:15:8d:00:04:28:c9:93", name="relay", hw_version=18)
COORDINATOR = Coordinator(
    ieee="00:12:4b:00:18:e8:6d:21",
    channel=11,
    pan_id=6754,
    extended_pan_id=1,
    meta={"revision": 20220219},
)
IEEE: Final = "0x00158d000428c993"


def entities(device: Device, **more: Any) -> dict[str, dict[str, Any]]:
    """Return the payloads of a relay by component/object."""
    where = {"base": "zigbee2mqtt", "discovery_topic": "homeassistant"}
    sent = discovery.entities(
        device, **{**where, "availability": True, "coordinator": COORDINATOR, **more}
    )
    found = {}
    for message in sent:
        _, component, _, object_id, end = message.topic.split("/")
        assert end == "config"
        assert (message.retain, message.qos) == (True, 1)
        found[f"{component}/{object_id}"] = json.loads(message.payload)
    assert len(found) == len(sent)
    return found


def test_entities_of_the_bridge_can_be_left_out() -> None:
    where = {"base": "zigbee2mqtt", "discovery_topic": "homeassistant"}
    sent = discovery.bridge_entities(
        COORDINATOR, leave_out={"network_map", "restart"}, **where
    )
    assert not [one for one in sent if re.search("/(network_map|restart)/", one.topic)]
    assert len(sent) == 6
    gone = discovery.bridge_removals(COORDINATOR, **where)
    assert {message.topic for message in gone} > {message.topic for message in sent}
    assert all(one.retain and not one.payload and one.qos == 1 for one in gone)


@pytest.mark.parametrize("name", ["Büro Lampe", "house/cellar/boiler", '{{ "x" }} 1.5'])
def test_names_stand_in_topics_as_they_are(name: str) -> None:
    found = entities(replace(RELAY, name=name), base="home/z2m")
    power, switch = found["sensor/power"], found["switch/switch_l1"]
    topic = f"home/z2m/{name}"
    assert power["state_topic"] == topic
    assert power["availability"][1]["topic"] == f"{topic}/availability"
    assert switch["command_topic"] == f"{topic}/l1/set"
    assert found["switch/switch_interlock"]["command_topic"] == f"{topic}/set/interlock"
    assert power["device"]["name"] == name
    assert power["unique_id"] == f"{IEEE}_power_home/z2m"
    suggested = name.replace(" ", "_").lower()
    assert switch["object_id"] == f"{suggested}_l1"
    assert found["update/update"]["default_entity_id"] == f"update.{suggested}"
    assert power["value_template"] == '{{ value_json["power"] }}'


def test_channels_have_their_own_names() -> None:
    found = entities(replace(RELAY, channel_names={"l2": "Pumpe"}))
    assert found["switch/switch_l1"]["name"] == "L1"
    assert found["switch/switch_l2"]["name"] == "Pumpe"
    assert found["switch/switch_l2"]["object_id"] == "relay_l2"


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({}, {}),
        ({"software_build_id": "1"}, {"sw_version": "1"}),
        ({"hw_version": 0}, {"hw_version": 0}),
    ],
)
def test_the_device_tells_what_is_known(
    known: dict[str, Any], shown: dict[str, Any]
) -> None:
    device = Device(ieee=RELAY.ieee, name="relay", **known)
    block = entities(device, coordinator=None)["sensor/power"]["device"]
    optional = {"sw_version", "hw_version", "via_device"}
    assert {key: block[key] for key in block.keys() & optional} == shown


@pytest.mark.parametrize(
    ("service", "options", "disabled", "topics"),
    [
        (True, {}, False, 2),
        (False, {}, False, 1),
        (True, {"availability": False}, False, 1),
        (True, {"availability": None}, False, 2),
        (True, {"availability": {"timeout": 5}}, False, 2),
        (False, {"availability": True}, False, 1),
        (True, {}, True, 1),
    ],
)
def test_availability(
    service: bool, options: dict[str, Any], disabled: bool, topics: int
) -> None:
    device = replace(RELAY, options=options, disabled=disabled)
    for payload in entities(device, availability=service).values():
        assert len(payload["availability"]) == topics
        assert ("availability_mode" in payload) is (topics == 2)
        template = '{{ "offline" }}' if disabled else "{{ value_json.state }}"
        assert {one["value_template"] for one in payload["availability"]} == {template}


@pytest.mark.parametrize(
    ("last_seen", "stamp"),
    [("disable", None), ("ISO_8601", True), ("ISO_8601_local", True), ("epoch", False)],
)
def test_last_seen(last_seen: str, stamp: bool | None) -> None:
    found = entities(RELAY, last_seen=last_seen).get("sensor/last_seen")
    assert (found is None) is (stamp is None)
    if found is not None:
        assert (found.get("device_class") == "timestamp") is stamp
        assert ("name" not in found) is stamp


@pytest.mark.parametrize(
    ("given", "discovered"),
    [(None, False), (False, False), ("", False), ({}, True), (True, True)],
)
def test_a_relay_can_be_kept_from_home_assistant(
    given: object, discovered: bool
) -> None:
    device = replace(RELAY, options={"homeassistant": given})
    assert bool(entities(device)) is discovered


@pytest.mark.parametrize(
    ("interview", "discovered"),
    [("SUCCESSFUL", 12), ("FAILED", 12), ("IN_PROGRESS", 0), ("PENDING", 0)],
)
def test_nothing_is_discovered_before_the_interview(
    interview: str, discovered: int
) -> None:
    assert len(entities(replace(RELAY, interview=interview))) == discovered


def overridden(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return entities(replace(RELAY, options={"homeassistant": given}))


def test_words_for_all_entities() -> None:
    found = overridden({"expire_after": 30, "icon": "mdi:x", "origin": None})
    assert all(one["expire_after"] == 30 for one in found.values())
    assert all(one["icon"] == "mdi:x" for one in found.values())
    assert not any("origin" in one for one in found.values())


def test_a_name_for_all_is_that_of_the_device() -> None:
    found = overridden({"name": "Heater Room"})
    power = found["sensor/power"]
    assert power["device"]["name"] == "Heater Room"
    assert "name" not in power
    assert power["object_id"] == "heater_room_power"
    assert power["state_topic"] == "zigbee2mqtt/relay"


def test_words_for_one_entity_come_last() -> None:
    found = overridden(
        {"icon": "mdi:x", "power": {"icon": "mdi:y", "name": "P", "device_class": None}}
    )
    assert found["sensor/power"]["icon"] == "mdi:y"
    assert found["sensor/power"]["name"] == "P"
    assert "device_class" not in found["sensor/power"]
    assert found["sensor/energy"]["icon"] == "mdi:x"
    assert found["sensor/energy"]["device_class"] == "energy"


def test_the_device_is_merged() -> None:
    found = overridden({"device": {"suggested_area": "Cellar", "model": "M"}})
    device = found["sensor/power"]["device"]
    assert (device["suggested_area"], device["model"]) == ("Cellar", "M")
    assert device["manufacturer"] == "Aqara"


def test_an_entity_can_be_left_out() -> None:
    found = overridden({"linkquality": None, "switch_l2": None})
    assert not {"sensor/linkquality", "switch/switch_l2"} & found.keys()
    assert len(found) == 10


def test_a_switch_can_be_made_a_light() -> None:
    """As in Zigbee2MQTT's guide: the words for it are then under its new name."""
    found = overridden(
        {
            "switch_l1": {"type": "light", "object_id": "light_l1", "icon": "no"},
            "light_l1": {"icon": "mdi:lamp", "value_template": None},
        }
    )
    light = found["light/light_l1"]
    assert "switch/switch_l1" not in found
    assert light["unique_id"] == f"{IEEE}_light_l1_zigbee2mqtt"
    assert light["default_entity_id"] == "light.relay_l1"
    assert light["icon"] == "mdi:lamp"
    assert "value_template" not in light
    assert not {"type", "object_id_"} & light.keys()


@pytest.mark.parametrize("word", ["a/b", "", "+", "ä", 7, None, ["x"]])
def test_a_word_that_no_topic_takes_is_not_taken(word: object) -> None:
    given = {"power": {"type": word, "object_id": word}}
    assert overridden(given).keys() == entities(RELAY).keys()


def test_removals_are_of_all_that_was_ever_published() -> None:
    options = {"homeassistant": {"power": {"object_id": "watts"}, "energy": None}}
    device = replace(RELAY, options=options)
    where: dict[str, Any] = {"base": "zigbee2mqtt", "discovery_topic": "ha"}
    gone = discovery.removals(device, **where)
    topics = [message.topic for message in gone]
    assert len(topics) == len(set(topics)) == 14
    assert all(one.retain and not one.payload and one.qos == 1 for one in gone)
    for one in (RELAY, device):
        sent = discovery.entities(one, availability=True, last_seen="epoch", **where)
        assert {message.topic for message in sent} <= set(topics)


def test_what_is_no_longer_published_is_withdrawn() -> None:
    before = [Message(topic, "{}", retain=True, qos=1) for topic in "abc"]
    assert discovery.withdrawn(before, before[1:]) == [Message("a", "", True, 1)]
    assert discovery.withdrawn(before, before) == []


@pytest.mark.parametrize(
    ("topic", "payload", "cleared"),
    [
        ("old", '{"availability":[{"topic":"b/bridge/state"}]}', True),
        ("kept", '{"availability":[{"topic":"b/bridge/state"}]}', False),
        ("old", '{"availability":[{"topic":"b2/bridge/state"}]}', False),
        ("old", '{"availability":[{"topic":5}]}', False),
        ("old", '{"availability":[]}', False),
        ("old", '{"availability":{"topic":"b/x"}}', False),
        ("old", '{"device":{}}', False),
        ("old", "[]", False),
        ("old", "", False),
        ("old", "[" * 100_000, False),
    ],
)
def test_outdated(topic: str, payload: str, cleared: bool) -> None:
    found = discovery.outdated(topic, payload, base="b", expected={"kept"})
    assert found == (Message("old", "", True, 1) if cleared else None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["power", "device", "name", "type", "icon", "switch_l1"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_override_leaves_valid_topics(given_: object) -> None:
    device = replace(RELAY, options={"homeassistant": given_})
    sent = discovery.entities(device, base="b", discovery_topic="ha", availability=True)
    for message in sent:
        assert re.fullmatch(r"ha/[\w-]+/0x[0-9a-f]{16}/[\w-]+/config", message.topic)
        assert isinstance(json.loads(message.payload), dict)
