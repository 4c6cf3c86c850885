"""Options of the whole service: MQTT 5, availability, quality of service, actions."""

import asyncio
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.integration.service_world import BOILER
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_house import BASE, house

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]


async def test_a_relay_that_falls_silent_is_offline_and_comes_back(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(
        tmp_path,
        broker,
        availability={"timeout_seconds": 1},
        polling={"power_seconds": 0.4},
    ) as here:
        relay = here.air.relay(BOILER)
        relay.powered = False
        gone = await here.ear.on("relay/availability", 20)
        assert (gone.payload, gone.retain) == ('{"state":"offline"}', True)
        relay.powered = True
        relay.report_state("l1")
        back = await here.ear.on("relay/availability")
        assert back.payload == '{"state":"online"}'


async def test_mqtt_5_lets_messages_expire(tmp_path: Path, broker: Mosquitto) -> None:
    mqtt: dict[str, Any] = {"version": 5, "retain": True, "retention": 600, "qos": 1}
    async with house(tmp_path, broker, mqtt=mqtt) as here:
        here.air.relay(BOILER).report_state("l1")
        await here.ear.state("relay", state_l1="OFF")
        async with (
            asyncio.timeout(5),
            aiomqtt.Client(
                "127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5
            ) as late,
        ):
            await late.subscribe(f"{BASE}/relay", qos=1)
            message = await anext(aiter(late.messages))
        assert message.retain
        assert message.qos == 1
        assert 0 < message.properties.MessageExpiryInterval <= 600  # type: ignore[union-attr]


async def test_a_hand_at_the_wall_is_an_action_and_a_poll_is_none(
    tmp_path: Path, broker: Mosquitto
) -> None:
    listed = [{"ieee": BOILER, "name": "relay", "options": {"state_action": True}}]
    async with house(tmp_path, broker, listed=listed) as here:
        here.air.relay(BOILER).press("l1")
        pressed = await here.ear.state("relay", state_l1="ON", action="on_l1")
        assert "action" in pressed
        await here.ear.say("relay/get", '{"state_l1": ""}')
        read = await here.ear.state("relay", state_l1="ON")
        assert "action" not in read
