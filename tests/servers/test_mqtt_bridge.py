"""Requests to the bridge, on a real broker."""

import base64
import io
import json
import logging
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.mqtt.message import to_json
from tests.integration.service_world import BOILER
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_again import (
    complaint,
    kept,
)
from tests.servers.mqtt_house import BASE, House, house

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

RELAY = "0x" + BOILER.replace(":", "")


@pytest.fixture
def log_level() -> Iterator[None]:
    """Leave the service's log as it was."""
    level = logging.getLogger("collector").level
    yield
    logging.getLogger("collector").setLevel(level)


def may_join(here: House) -> bool:
    return here.air.permitted


async def test_who_may_join_and_until_when(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        ask = here.ear.ask
        closed = {"data": {"time": 0}, "status": "ok"}
        assert await ask("permit_join", {"time": 0}) == closed
        assert not may_join(here)
        answer = await ask("permit_join", {"time": 60, "transaction": "t1"})
        assert answer == {
            "data": {"time": 60},
            "status": "ok",
            "transaction": "t1",
        }
        assert may_join(here)
        info = await here.ear.until(
            lambda m: m.topic == f"{BASE}/bridge/info" and m.document["permit_join"]
        )
        assert info.retain
        assert info.document["permit_join_end"] > 1e12
        for wrong in ({"time": 255}, {"time": True}, {}, {"value": True}):
            assert (await ask("permit_join", wrong))["status"] == "error"


async def test_how_the_bridge_is(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        ask = here.ear.ask
        healthy = {"data": {"healthy": True}, "status": "ok"}
        assert await ask("health_check", "") == healthy
        assert await ask("coordinator_check", "") == {
            "data": {"missing_routers": []},
            "status": "ok",
        }
        restarts: list[None] = []
        here.world.service.on_restart = lambda: restarts.append(None)
        answer = await ask("restart", {"transaction": 5})
        assert answer == {"data": {}, "status": "ok", "transaction": 5}
        assert restarts == [None]


async def test_a_backup_opens(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        answer = await here.ear.ask("backup", "")
    packed = base64.b64decode(answer["data"]["zip"], validate=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        network = json.loads(archive.read("coordinator_backup.json"))
        database = archive.read("zigbee.db")
    assert network["metadata"]["format"] == "zigpy/open-coordinator-backup"
    assert len(network["network_key"]["key"]) == 32
    (tmp_path / "copy.db").write_bytes(database)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as db:
        tables = db.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'devices_v%'"
        ).fetchall()
        newest = max((name for (name,) in tables), key=lambda name: int(name[9:]))
        rows = db.execute(f"SELECT ieee FROM {newest}").fetchall()  # noqa: S608
    assert (BOILER,) in rows


async def test_a_map_of_the_network(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        answer = await here.ear.ask("networkmap", {"type": "raw", "routes": False})
        data = answer["data"]
        assert (data["type"], data["routes"]) == ("raw", False)
        nodes = {node["friendlyName"]: node for node in data["value"]["nodes"]}
        assert nodes["relay"]["ieeeAddr"] == RELAY
        assert nodes["relay"]["type"] == "Router"
        assert nodes["Coordinator"]["type"] == "Coordinator"
        assert data["value"]["links"]
        wrong = await here.ear.ask("networkmap", {"type": "graphviz"})
        assert wrong["status"] == "error"


@pytest.mark.usefixtures("log_level")
async def test_of_the_options_only_the_log_level(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        ask = here.ear.ask
        wish = {"options": {"advanced": {"log_level": "debug"}}}
        assert (await ask("options", wish))["data"] == {"restart_required": False}
        assert logging.getLogger("collector").level == logging.DEBUG
        await here.ear.until(
            lambda m: (
                m.topic == f"{BASE}/bridge/info" and m.document["log_level"] == "debug"
            )
        )
        for options in (
            {"advanced": {"log_level": "loud"}},
            {"advanced": {"log_level": ["debug"]}},
            {"advanced": {"channel": 15}},
            {"mqtt": {"base_topic": "x"}},
        ):
            answer = await ask("options", {"options": options})
            assert answer["status"] == "error", options
            assert "advanced.log_level" in answer["error"]


async def test_a_relay_is_asked_anew(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        ear = here.ear
        assert await ear.ask("device/configure", {"id": "relay"}) == {
            "data": {"id": "relay"},
            "status": "ok",
        }
        assert (await ear.ask("device/configure", RELAY))["status"] == "ok"
        begin = len(ear.messages)
        assert await ear.ask("device/interview", {"id": "relay"}) == {
            "data": {"id": "relay"},
            "status": "ok",
        }
        events = [
            message.document["data"]["status"]
            for message in ear.messages[begin:]
            if message.topic == f"{BASE}/bridge/event"
            and message.document["type"] == "device_interview"
        ]
        assert events[0] == "started"
        assert events[-1] == "successful"
        here.air.relay(BOILER).silent = True
        here.air.no_ack_seconds = 0.05
        assert (await ear.ask("device/configure", "relay"))["status"] == "error"


async def test_no_firmware_is_loaded(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        for verb in (
            *("check", "update", "schedule", "unschedule"),
            *("check/downgrade", "update/downgrade", "schedule/downgrade"),
            "update/abort",
        ):
            answer = await here.ear.ask(
                f"device/ota_update/{verb}", {"id": "relay", "transaction": verb}
            )
            assert answer["status"] == "error"
            assert "Device 'relay' does not support OTA updates" in answer["error"]
            assert answer["transaction"] == verb


BOUND = {"from": "relay", "to": "Coordinator", "clusters": ["genOnOff"]}
UNSUPPORTED: dict[str, Any] = {
    "group/add": {"friendly_name": "all"},
    "group/members/add": {"group": "all", "device": "relay"},
    "device/bind": BOUND,
    "device/unbind": BOUND,
    "device/reporting/configure": {"id": "relay"},
    "device/configure_reporting": {"id": "relay"},
    "device/generate_external_definition": {"id": "relay"},
    "touchlink/factory_reset": {},
    "install_code/add": {"value": "1"},
    "action": {"action": "x"},
}


async def test_every_request_has_an_answer(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        ask = here.ear.ask
        for request, payload in UNSUPPORTED.items():
            answer = await ask(request, {**payload, "transaction": request})
            assert answer == {
                "data": {},
                "error": f"Request '{request}' is not supported by this collector",
                "status": "error",
                "transaction": request,
            }
        unknown = await ask("make/coffee", {"transaction": [1]})
        assert unknown["error"] == "Request 'make/coffee' does not exist"
        assert unknown["transaction"] == [1]
        for request in ("device/options", "device/rename", "permit_join", "options"):
            answer = await ask(request, "{bad")
            assert answer == {
                "data": {},
                "error": "Invalid payload",
                "status": "error",
            }
        nobody = await ask("device/options", {"id": "nope", "options": {"qos": 1}})
        assert nobody["error"] == "Device 'nope' does not exist"
        await here.ear.until(complaint("Device 'nope' does not exist"))


async def test_what_cannot_be_meant_is_answered_and_the_service_goes_on(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        ear = here.ear
        deep = "[" * 50_000
        large = json.dumps({"id": "relay", "options": {"x": "y" * (1 << 20)}})
        for topic in ("relay/set", "relay/get", "nope/set", "relay/l1/set"):
            for payload in (deep, large, "\u0000", "NaN", "[]", "null", "1e999"):
                await ear.say(topic, payload)
        assert (await ear.ask("device/options", deep))["status"] == "error"
        nested = {"id": "relay", "options": {"icon": {"a": {"b": [{}] * 9}}}}
        assert (await ear.ask("device/options", nested))["status"] == "error"
        huge = json.dumps({"id": "x" * 900_000})
        answer = await ear.ask("device/configure", huge)
        assert answer["status"] == "error"
        assert len(answer["error"]) < 1_000
        here.air.relay(BOILER).report_state("l1")
        await ear.state("relay", state_l1="OFF")
        said = [m for m in ear.messages if m.topic == f"{BASE}/bridge/logging"]
        assert max(len(m.payload) for m in said) < 2_000


async def test_what_the_broker_keeps_of_the_bridge(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        await here.ear.until(
            lambda m: m.topic == f"{BASE}/bridge/devices" and RELAY in m.payload
        )
        found = await kept(broker, f"{BASE}/bridge/#")
        base = f"{BASE}/bridge"
        assert found[f"{base}/state"] == '{"state":"online"}'
        for name, document in (
            ("groups", []),
            ("definitions", {"clusters": {}, "custom_clusters": {}}),
            ("converters", []),
            ("extensions", []),
        ):
            assert found[f"{base}/{name}"] == to_json(document)
        info = json.loads(found[f"{base}/info"])
        assert info["coordinator"]["type"] == "ZStack3x0"
        assert info["config"]["devices"][RELAY] == {"friendly_name": "relay"}
        assert info["network"]["channel"] in range(11, 27)
        devices = json.loads(found[f"{base}/devices"])
        assert [each["type"] for each in devices] == ["Coordinator", "Router"]
        assert devices[1]["definition"]["model"] == "LLKZMK11LM"
        transient = {"logging", "event", "request", "response", "collector"}
        assert not {topic.split("/")[2] for topic in found} & transient
