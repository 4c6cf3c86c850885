"""Somebody else on the base topic, and what is left when the service goes."""

import json
import logging
import signal
import socket
import time
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.integration.service_world import serving
from tests.integration.simulator_world import simulator
from tests.integration.zigpy_host import eventually
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_again import (
    house_settings,
    is_state,
    kept,
    serving_online,
    settled,
)
from tests.servers.mqtt_house import BASE, house, listening

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

INFO = json.dumps({"version": "2.14.1", "commit": "3c3d8c1a"})


async def leave(broker: Mosquitto, state: str, info: str = INFO) -> None:
    """Have the broker keep what another service has said."""
    async with aiomqtt.Client("127.0.0.1", broker.port) as other:
        await other.publish(f"{BASE}/bridge/info", info, qos=1, retain=True)
        await other.publish(f"{BASE}/bridge/state", state, qos=1, retain=True)


async def said(caplog: pytest.LogCaptureFixture, part: str) -> str:
    """Return the first line of the log that has this part."""
    await eventually(lambda: any(part in line for line in caplog.messages), 10)
    return next(line for line in caplog.messages if part in line)


def cut_off(part: Any) -> None:
    """Break the connection as a network does, so that the broker publishes a will."""
    cut = part._client._connection._client.socket()
    assert isinstance(cut, socket.socket)
    cut.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("info", "who"),
    [
        (INFO, "Zigbee2MQTT 2.14.1"),
        (json.dumps({"collector": {"id": "0"}}), "another collector"),
        ("not JSON", "somebody else"),
    ],
)
async def test_a_base_topic_in_use_is_left_alone(
    tmp_path: Path,
    broker: Mosquitto,
    caplog: pytest.LogCaptureFixture,
    info: str,
    who: str,
) -> None:
    caplog.set_level(logging.INFO, logger="collector")
    await leave(broker, '{"state":"online"}', info)
    async with listening(broker) as ear, simulator(relays=1) as air:
        async with serving(house_settings(tmp_path, air, broker)) as here:
            await here.pair(1)
            sentence = await said(caplog, "mqtt.allow_shared_base_topic")
            assert f"mqtt.base_topic {BASE} is used by {who}" in sentence
            await ear.say("bridge/request/health_check", "")
            await ear.say("relay/set", '{"state_l1": "ON"}')
            air.relays[0].report_state("l1")
            cut_off(here.service._mqtt)
            await said(caplog, "MQTT connection lost")  # and there was no will
            assert not air.relays[0].is_on("l1")
        await ear.client.publish("the/end", "")
        await ear.until(lambda m: m.topic == "the/end")
        asked = {f"{BASE}/bridge/request/health_check", f"{BASE}/relay/set"}
        ours = [m for m in ear.messages[2:] if m.topic not in asked | {"the/end"}]
        # Whether the broker keeps our words is asked with a topic of one's own.
        assert {m.topic.rpartition("/")[0] for m in ours} <= {
            f"{BASE}/bridge/collector"
        }
        assert not any(m.retain for m in ours)


async def test_it_is_taken_over_once_the_other_has_gone(
    tmp_path: Path,
    broker: Mosquitto,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collector.app.mqtt.REFUSED_SECONDS", 0.1)
    caplog.set_level(logging.INFO, logger="collector")
    await leave(broker, '{"state":"online"}')
    async with (
        listening(broker) as ear,
        simulator(relays=1) as air,
        serving(house_settings(tmp_path, air, broker)),
    ):
        probes = f"{BASE}/bridge/collector/"
        for _ in range(3):  # it looks again, and again it is refused
            await ear.until(lambda m: m.topic.startswith(probes))
        assert len(ear.messages) < 10
        assert len([m for m in caplog.messages if "is used by" in m]) == 1
        await leave(broker, '{"state":"offline"}')
        await ear.until(lambda m: m.topic == f"{BASE}/bridge/devices")
        assert (await ear.ask("health_check", ""))["status"] == "ok"


async def test_sharing_may_be_allowed(tmp_path: Path, broker: Mosquitto) -> None:
    await leave(broker, '{"state":"online"}')
    async with house(tmp_path, broker, mqtt={"allow_shared_base_topic": True}) as here:
        assert (await here.ear.ask("health_check", ""))["status"] == "ok"


@pytest.mark.parametrize("state", ['{"state":"offline"}', "offline", ""])
async def test_who_is_gone_is_followed(
    tmp_path: Path, broker: Mosquitto, state: str
) -> None:
    await leave(broker, state)
    async with house(tmp_path, broker) as here:
        assert (await here.ear.ask("health_check", ""))["status"] == "ok"
        info = json.loads((await kept(broker))[f"{BASE}/bridge/info"])
        assert "collector" in info


async def test_after_a_crash_the_topic_is_still_ours(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with listening(broker) as ear, simulator(relays=1) as air:
        config = house_settings(tmp_path, air, broker)
        async with serving_online(config, ear):
            await ear.until(lambda m: m.topic == f"{BASE}/bridge/extensions")
            left = await kept(broker, f"{BASE}/bridge/#")
        await leave(broker, '{"state":"online"}', left[f"{BASE}/bridge/info"])
        ear.forget()
        async with serving_online(config, ear):
            assert (await ear.ask("health_check", ""))["status"] == "ok"


async def test_a_stop_says_goodbye(tmp_path: Path, broker: Mosquitto) -> None:
    async with listening(broker) as ear, simulator(relays=1) as air:
        async with serving_online(house_settings(tmp_path, air, broker), ear):
            pass
        last = await ear.until(is_state("offline"))
        assert last.retain
        assert last.document == {"state": "offline"}
        assert (await kept(broker))[f"{BASE}/bridge/state"] == '{"state":"offline"}'


async def test_a_deaf_broker_does_not_hold_up_a_stop(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with listening(broker) as ear, simulator(relays=1) as air:
        async with serving_online(house_settings(tmp_path, air, broker), ear) as here:
            await here.pair(1)
            broker.signal(signal.SIGSTOP)
            for relay in air.relays:
                relay.report_structure()
            began = time.monotonic()
        assert time.monotonic() - began < 5
        broker.signal(signal.SIGCONT)


async def test_a_kill_is_told_by_the_will(tmp_path: Path, broker: Mosquitto) -> None:
    async with house(tmp_path, broker) as here:
        cut_off(here.world.service._mqtt)
        await here.ear.until(is_state("offline"))
        await here.ear.until(is_state("online"))


async def test_states_outlive_a_restart(tmp_path: Path, broker: Mosquitto) -> None:
    async with listening(broker) as ear, simulator(relays=1) as air:
        config = house_settings(tmp_path, air, broker)
        relay = air.relays[0]
        async with serving_online(config, ear) as here:
            await here.pair(1)
            await settled(ear)
            await ear.say("relay/set", '{"state_l1": "ON", "state_l2": "ON"}')
            await ear.state("relay", state_l1="ON", state_l2="ON")
            relay.report_structure()
            before = await ear.until(
                lambda m: m.topic == f"{BASE}/relay" and "voltage" in m.payload
            )
        relay.silent = True
        begin = len(ear.messages)
        async with serving(config):
            ear._at = begin
            first = (await ear.on("relay", 15)).document
        last = before.document
        del last["linkquality"]  # of the moment
        for key in ("voltage", "device_temperature", "energy", "state_l1", "interlock"):
            assert first[key] == last[key]
        assert "linkquality" not in first
