"""Brokers that die, passwords that are wrong, and clients that know no measure."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.mqtt.report import Report
from tests.frames.vectors import vector
from tests.integration.service_world import BOILER, serving
from tests.integration.simulator_world import simulator
from tests.integration.zigpy_host import eventually
from tests.servers.mosquitto import USER, Mosquitto
from tests.servers.mqtt_again import (
    heard_on,
    house_settings,
    is_state,
    settled,
)
from tests.servers.mqtt_house import BASE, House, house, listening

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

STRUCTURE = bytes.fromhex(vector("ff01-fw36-smartthings")["raw_hex"])  # 234.01 V
RETAINED = {
    *("bridge/state", "bridge/info", "bridge/devices", "bridge/groups"),
    *("bridge/definitions", "bridge/converters", "bridge/extensions"),
    *("relay", "relay/availability", "relay/policy"),
}


async def lost(here: House) -> None:
    """Kill the broker, and wait until the service knows."""
    part = here.world.service._mqtt
    assert part is not None
    here.broker.kill()
    await eventually(lambda: not part._client.connected, 10)


async def test_a_broker_that_comes_back_is_told_everything(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, mqtt={"retain": True}) as here:
        await settled(here.ear)
        await lost(here)
        here.air.inject(BOILER, 1, 0x0000, STRUCTURE)
        broker.start()  # it has kept nothing
        async with listening(broker) as ear:
            topics: set[str] = set()
            while not topics >= {f"{BASE}/{each}" for each in RETAINED}:
                message = await ear.until(lambda m: m.retain, 20)
                topics.add(message.topic)
            state = [m for m in ear.messages if m.topic == f"{BASE}/relay"][-1]
            assert state.document["voltage"] == 234.01
            await ear.say("relay/set", '{"state_l1": "ON"}')
            await ear.state("relay", state_l1="ON")
            assert here.air.relay(BOILER).is_on("l1")


async def test_while_the_broker_is_away_the_newest_are_kept(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        await settled(here.ear)
        part = here.world.service._mqtt
        assert part is not None
        await lost(here)
        interface, clock = part.interface, here.world.service.clock
        for number in range(10_000):
            now = clock.now()
            reading = Reading(
                ieee=BOILER,
                channel=None,
                quantity=Quantity.VOLTAGE,
                value=float(number),
                at=now.wall,
                mono=now.mono,
            )
            interface.report(Report(BOILER, (reading,), 100, now, False))
            interface.log("info", f"line {number}")
            assert interface.waiting <= 7_000
        await eventually(lambda: not interface._reports, 10)
        assert interface.waiting <= 2_000
        broker.start()
        async with listening(broker) as ear:
            await ear.until(
                lambda m: m.topic == f"{BASE}/relay" and m.document["voltage"] == 9_999,
                20,
            )
            await ear.until(is_state("online"))
            voltages = [m.document.get("voltage") for m in heard_on(ear, "relay")]
            assert voltages[0] == 9_999  # of a state only the newest
            lines = [m.document["message"] for m in heard_on(ear, "bridge/logging")]
            assert not [line for line in lines if line.endswith(": line 0")]


async def test_a_wrong_password_is_mended_while_the_service_runs(
    tmp_path: Path,
) -> None:
    (tmp_path / "broker").mkdir()
    broker = Mosquitto(tmp_path / "broker", password="right")  # noqa: S106
    broker.start()
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text("wrong\n")
    login: dict[str, Any] = {"username": USER, "password_file": str(secret)}
    try:
        async with simulator(relays=1) as air:
            config = house_settings(tmp_path, air, broker, mqtt=login)
            async with serving(config) as here:
                await here.pair(1)  # nothing waits for the broker
                part = here.service._mqtt
                assert part is not None
                assert not part._client.connected
                secret.write_text("right\n")
                await eventually(lambda: part._client.connected, 20)
                await _answers(broker)
    finally:
        broker.kill()


async def _answers(broker: Mosquitto) -> None:
    async with aiomqtt.Client(
        "127.0.0.1",
        broker.port,
        username=USER,
        password="right",  # noqa: S106
    ) as client:
        await client.subscribe(f"{BASE}/bridge/state")
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            if b"online" in message.payload:
                return


FLOOD_SECONDS, A_SECOND, SLICES = 10, 1_000, 20


async def _flood(broker: Mosquitto) -> None:
    """Publish 1,000 malformed and 1,000 valid messages a second."""
    loop = asyncio.get_running_loop()
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, max_queued_outgoing_messages=0
    ) as client:
        began = loop.time()
        for part in range(FLOOD_SECONDS * SLICES):
            for number in range(A_SECOND // SLICES):
                await client.publish(f"{BASE}/relay/set", "{bad")
                wish = json.dumps({"state_l1": "OFF" if number % 2 else "ON"})
                await client.publish(f"{BASE}/relay/set", wish)
            await asyncio.sleep(max(0.0, began + part / SLICES - loop.time()))


@pytest.mark.timeout(90)
async def test_a_flood_of_sets_leaves_the_service_alive(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        ear = here.ear
        await settled(ear)
        await ear.client.unsubscribe("#")
        for topic in ("relay", "bridge/#"):
            await ear.client.subscribe(f"{BASE}/{topic}")
        begin = len(ear.messages)
        flood = asyncio.create_task(_flood(broker))
        await asyncio.sleep(1)
        here.air.inject(BOILER, 1, 0x0000, STRUCTURE)
        status, _ = await asyncio.wait_for(here.world.get("/healthz"), 3)
        assert status == 200
        await ear.state("relay", voltage=234.01)
        assert not flood.done()
        await flood
        answer = await ear.ask("health_check", "")
        assert answer["data"] == {"healthy": True}
        said = [m for m in ear.messages[begin:] if m.topic == f"{BASE}/bridge/logging"]
        # Five a second of each kind, and the log's own lines about them.
        assert 1 <= len(said) < 40 * FLOOD_SECONDS
        await ear.say("relay/set", '{"state_l2": "ON"}')
        await ear.state("relay", state_l2="ON")
