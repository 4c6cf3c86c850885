"""Home Assistant's discovery as the broker keeps it, beside what was recorded."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.integration.policy_world import OVERLOAD
from tests.integration.service_world import BOILER
from tests.integration.simulator_world import simulator
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_again import house_settings, kept, serving_online
from tests.servers.mqtt_house import BASE, House, house, listening

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

RECORDED: Final = Path(__file__).parent.parent / "zigbee2mqtt" / "ha_discovery.json"
ASSISTED: dict[str, Any] = {"homeassistant": {"enabled": True}}
ADDRESS = "0x" + BOILER.replace(":", "")
LAST = f"homeassistant/update/{ADDRESS}/update/config"  # of a relay's own


@pytest.fixture(autouse=True)
def hardware_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.app.mqtt.FACTS_SECONDS", 0.02)


def recorded(coordinator: str) -> dict[str, Any]:
    """Return what Zigbee2MQTT keeps on its broker, had it our relay and stick."""
    text = RECORDED.read_text().replace("0x00158d000428c993", ADDRESS)
    return {
        topic: message["payload"]
        for topic, message in json.loads(
            text.replace("0x00124b0018e86d21", coordinator)
        ).items()
    }


def comparable(payload: dict[str, Any]) -> dict[str, Any]:
    """Leave out who says it: our name and version, picture, coordinator's revision."""
    payload = {k: v for k, v in payload.items() if k != "entity_picture"}
    device = {**payload["device"]}
    device.pop("sw_version", None)
    if device["identifiers"][0].startswith("zigbee2mqtt_bridge"):
        device.pop("hw_version")
    return {**payload, "device": device, "origin": None}


async def coordinator_of(here: House) -> str:
    info = json.loads((await kept(here.broker))[f"{BASE}/bridge/info"])
    return str(info["coordinator"]["ieee_address"])


async def described(here: House) -> None:
    """Wait until the relay's hardware is on the broker."""
    heard = [m for m in here.ear.messages if m.topic == LAST and m.payload]
    if not heard or "hw_version" not in heard[-1].document["device"]:
        await here.ear.until(lambda m: m.topic == LAST and "hw_version" in m.payload)


async def test_it_is_what_zigbee2mqtt_keeps(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker, mqtt=ASSISTED) as here:
        await described(here)
        wanted = recorded(await coordinator_of(here))
        found = {
            topic: json.loads(payload)
            for topic, payload in (await kept(broker, "homeassistant/#")).items()
            if "/policy_" not in topic
        }
        assert found.keys() == wanted.keys()
        for topic, payload in wanted.items():
            assert comparable(found[topic]) == comparable(payload), topic
        sent = [m for m in here.ear.messages if m.topic in wanted]
        assert {(m.retain, m.qos) for m in sent} == {(True, 1)}


async def test_rules_have_sensors_and_a_button(
    tmp_path: Path, broker: Mosquitto
) -> None:
    rule = {**OVERLOAD, "relay": "relay"}
    async with house(tmp_path, broker, mqtt=ASSISTED, policies=[rule]) as here:
        place = f"{ADDRESS}/policy_overload"
        last = f"homeassistant/sensor/{place}_margin/config"
        await described(here)
        if not any(m.topic == last for m in here.ear.messages):
            await here.ear.until(lambda m: m.topic == last)
        found = await kept(broker, "homeassistant/#")
        state = json.loads(found[f"homeassistant/sensor/{place}_state/config"])
        assert state["state_topic"] == f"{BASE}/relay/policy"
        margin = json.loads(found[f"homeassistant/sensor/{place}_margin/config"])
        assert margin["unit_of_measurement"] == "%"
        button = json.loads(found[f"homeassistant/button/{place}_reset/config"])
        await here.ear.client.publish(button["command_topic"], button["payload_press"])
        answer = await here.ear.on("bridge/response/policy/reset")
        assert answer.document == {"data": {"name": "overload"}, "status": "ok"}


async def test_a_switch_of_home_assistant_switches(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, mqtt=ASSISTED) as here:
        await described(here)
        found = await kept(broker, "homeassistant/switch/#")
        ear, place = here.ear, f"homeassistant/switch/{ADDRESS}"
        for name, key, on, value in (
            ("switch_l1", "state_l1", "payload_on", "ON"),
            ("switch_l2", "state_l2", "payload_on", "ON"),
            ("switch_interlock", "interlock", "payload_on", True),
            ("switch_power_outage_memory", "power_outage_memory", "payload_on", True),
        ):
            switch = json.loads(found[f"{place}/{name}/config"])
            await ear.client.publish(switch["command_topic"], switch[on])
            await ear.state("relay", **{key: value})


async def test_it_is_said_anew_when_home_assistant_starts(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, mqtt=ASSISTED) as here:
        ear = here.ear
        await described(here)
        found = await kept(broker, "homeassistant/#")
        topics = {topic for topic in found if ADDRESS in topic}
        assert len(topics) >= 12
        await ear.client.publish("homeassistant/status", "online")
        said: set[str] = set()
        while said != topics:
            message = await ear.until(lambda m: m.topic in topics)
            said.add(message.topic)
        assert (await ear.state("relay")).keys() > {"power", "update", "energy"}


async def test_a_birth_that_was_kept_is_no_birth(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, mqtt=ASSISTED) as here:
        ear = here.ear
        await described(here)
        part = here.world.service._mqtt
        assert part is not None
        begin = len(ear.messages)
        part.interface.heard("homeassistant/status", b"online", True)
        part.interface.heard("homeassistant/status", b"offline", False)
        assert (await ear.ask("networkmap", "raw"))["status"] == "ok"
        assert not [m for m in ear.messages[begin:] if ADDRESS in m.topic]
        await ear.client.publish("homeassistant/status", "online")
        await ear.until(lambda m: m.topic == LAST)


async def test_hardware_is_read_once(tmp_path: Path, broker: Mosquitto) -> None:
    reads: list[bytes] = []

    def seen(ieee: str, endpoint: int, cluster: int, data: bytes) -> None:
        # A read (0x00) of Basic 0x0003 and 0x0006.
        if (ieee, endpoint, cluster) == (BOILER, 1, 0) and data[3:] == b"\3\0\6\0":
            reads.append(data)

    async with listening(broker) as ear, simulator(relays=1) as air:
        air.watch(seen)
        config = house_settings(tmp_path, air, broker)
        for _ in range(2):
            ear.forget()
            async with serving_online(config, ear) as here:
                await here.pair(1)
                devices = await ear.until(
                    lambda m: (
                        m.topic == f"{BASE}/bridge/devices" and "date_code" in m.payload
                    )
                )
                relay = devices.document[1]
                assert relay["date_code"] == "02-27-2019"
                # Every request to a relay waits for those before it.
                await ear.ask("device/configure", "relay")
        assert len(reads) == 1
