"""Definition, bridge/devices and discovery against the record of Zigbee2MQTT."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from collector import __version__
from collector.mqtt import discovery
from collector.mqtt.definition import definition, endpoints, entities
from collector.mqtt.device import Coordinator, Device
from collector.mqtt.message import Message

FOLDER = Path(__file__).parents[2] / "zigbee2mqtt"
RECORDED: dict[str, Any] = json.loads(
    (FOLDER / "bridge_devices_relay.json").read_text()
)[0]
DISCOVERED: dict[str, Any] = json.loads((FOLDER / "ha_discovery.json").read_text())
IEEE: Final = "0x00158d000428c993"
RELAY = Device(ieee="00:15:8d:00:04:28:c9:93", name="relay", hw_version=18)
COORDINATOR = Coordinator(
    ieee="00:12:4b:00:18:e8:6d:21",
    channel=11,
    pan_id=6754,
    extended_pan_id=1,
    meta={"revision": 20220219},
)
# What is not as recorded: the path, why, and what it is here (None: left out).
DIFFERENT: Final = {
    "origin.name": ("we are not Zigbee2MQTT", "relay-energy-collector"),
    "origin.sw": ("our version", __version__),
    "origin.url": ("there is no site", None),
    "entity_picture": ("another project's logo, from the Internet", None),
}
DIFFERENT_BRIDGE: Final = {
    **DIFFERENT,
    "device.sw_version": ("our version", __version__),
}


def test_the_definition_is_the_recorded_one() -> None:
    assert definition() == RECORDED["definition"]


def test_the_order_of_exposes_and_options_is_the_recorded_one() -> None:
    recorded = RECORDED["definition"]
    for part in ("exposes", "options"):
        names = [one.get("name", one.get("endpoint")) for one in definition()[part]]
        assert names == [one.get("name", one.get("endpoint")) for one in recorded[part]]


def test_the_endpoints_are_the_recorded_ones() -> None:
    assert endpoints() == RECORDED["endpoints"]


def test_who_changes_a_definition_changes_his_own() -> None:
    definition()["exposes"].clear()
    endpoints()["1"]["clusters"]["input"].clear()
    assert definition() == RECORDED["definition"]
    assert endpoints() == RECORDED["endpoints"]


def test_what_home_assistant_is_shown_is_exposed() -> None:
    exposed = {one.get("name") for one in definition()["exposes"]} | {"l1", "l2"}
    shown = {one.object_id.removeprefix("switch_") for one in entities()}
    assert shown <= exposed
    assert len(entities()) == len(shown)


def test_the_entry_is_the_recorded_one() -> None:
    device = Device(
        ieee="00:15:8D:00:04:28:C9:93",
        name="relay",
        nwk=10148,
        date_code="02-27-2019",
    )
    assert device.entry() == RECORDED


@pytest.mark.parametrize(
    ("interview", "completed", "interviewing"),
    [
        ("SUCCESSFUL", True, False),
        ("IN_PROGRESS", False, True),
        ("FAILED", False, False),
        ("PENDING", False, False),
    ],
)
def test_an_entry_tells_how_far_the_interview_is(
    interview: str, completed: bool, interviewing: bool
) -> None:
    entry = Device(ieee="00:11", name="x", interview=interview).entry()
    assert entry["interview_state"] == interview
    assert entry["interview_completed"] is completed
    assert entry["interviewing"] is interviewing


def test_an_entry_has_what_is_known_and_no_nulls() -> None:
    bare = Device(ieee="00:11", name="x").entry()
    assert None not in bare.values()
    assert not {"date_code", "software_build_id", "network_address"} & bare.keys()
    full = Device(
        ieee="00:11",
        name="x",
        software_build_id="2019",
        description="behind the wall",
        disabled=True,
        nwk=0,
    ).entry()
    assert full["software_build_id"] == "2019"
    assert full["description"] == "behind the wall"
    assert full["disabled"] is True
    assert full["network_address"] == 0


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("dd:dd:dd:dd:dd:dd:dd:dd", "0xdddddddddddddddd"),
        ("0x00124b0018e86d21", "0x00124b0018e86d21"),
        ("00124B0018E86D21", "0x00124b0018e86d21"),
        (0, "0x0000000000000000"),
        ((1 << 64) - 1, "0xffffffffffffffff"),
    ],
)
def test_extended_pan_id(given: int | str, written: str) -> None:
    assert _coordinator(given).extended_pan == written


@pytest.mark.parametrize("given", ["", "xyz", -1, 1 << 64, "1" + 16 * "0"])
def test_what_is_no_extended_pan_id(given: int | str) -> None:
    with pytest.raises(ValueError, match=r"PAN|invalid literal"):
        _ = _coordinator(given).extended_pan


def _coordinator(extended: int | str) -> Coordinator:
    return replace(COORDINATOR, extended_pan_id=extended)


def expected(
    recorded: dict[str, Any], different: dict[str, tuple[str, Any]]
) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(json.dumps(recorded["payload"]))
    for path, (_, value) in different.items():
        *parents, last = path.split(".")
        place = payload
        for parent in parents:
            place = place[parent]
        if last not in place:
            continue
        if value is None:
            del place[last]
        else:
            place[last] = value
    return payload


def compare(
    sent: list[Message],
    recorded: dict[str, Any],
    different: dict[str, tuple[str, Any]],
) -> None:
    assert [message.topic for message in sent] == list(recorded)
    for message in sent:
        theirs = recorded[message.topic]
        assert json.loads(message.payload) == expected(theirs, different)
        assert (message.retain, message.qos) == (theirs["retain"], theirs["qos"])


def test_a_relay_is_discovered_as_recorded() -> None:
    sent = discovery.entities(
        RELAY,
        base="zigbee2mqtt",
        discovery_topic="homeassistant",
        availability=True,
        coordinator=COORDINATOR,
    )
    theirs = {topic: one for topic, one in DISCOVERED.items() if f"/{IEEE}/" in topic}
    assert len(theirs) == 12
    compare(sent, theirs, DIFFERENT)


def test_the_bridge_is_discovered_as_recorded() -> None:
    sent = discovery.bridge_entities(
        COORDINATOR, base="zigbee2mqtt", discovery_topic="homeassistant"
    )
    theirs = {topic: one for topic, one in DISCOVERED.items() if IEEE not in topic}
    assert len(theirs) == 8
    compare(sent, theirs, DIFFERENT_BRIDGE)
