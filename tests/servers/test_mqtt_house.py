"""The whole service on a real broker: states out, commands in, the bridge's requests."""

import json
from pathlib import Path

import pytest

from tests.frames.vectors import vector
from tests.integration.service_world import BOILER
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_house import house

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]


async def test_a_frame_becomes_a_message(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        frame = vector("ff01-fw36-smartthings")
        here.air.inject(BOILER, 1, 0x0000, bytes.fromhex(frame["raw_hex"]))
        state = await here.ear.state("relay", voltage=234.01)
        assert state["power"] == 0.07
        assert state["device_temperature"] == 32


async def test_a_set_switches_and_is_published(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        await here.ear.say("relay/set", '{"state_l1": "ON", "transaction": 7}')
        await here.ear.state("relay", state_l1="ON")
        answer = await here.ear.on("relay/set/response")
        assert answer.document == {
            "data": {"keys": ["state_l1"]},
            "status": "ok",
            "transaction": 7,
        }
        assert here.air.relay(BOILER).is_on("l1")


async def test_a_rename_moves_the_topics(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        answer = await here.ear.ask(
            "device/rename", {"from": "relay", "to": "kettle", "transaction": 2}
        )
        assert answer["status"] == "ok", json.dumps(answer)
        here.air.relay(BOILER).report_state("l1")
        await here.ear.state("kettle", state_l1="OFF")
