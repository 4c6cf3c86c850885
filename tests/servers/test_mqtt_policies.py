"""Protection as the broker sees it: rules that act, and commands that are refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from collector.model.decision import RuleState
from tests.integration.policy_world import OVERLOAD
from tests.integration.service_world import BOILER
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_again import complaint, heard_on, kept
from tests.servers.mqtt_house import BASE, House, house

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

RULE = {**OVERLOAD, "relay": "relay"}
ADDRESS = "0x" + BOILER.replace(":", "")


async def rule_is(here: House, state: str) -> Any:
    """Return what B/FN/policy says of the rule once it is in this state."""
    message = await here.ear.until(
        lambda m: (
            m.topic == f"{BASE}/relay/policy"
            and m.document["overload"]["state"] == state
        )
    )
    return message.document["overload"]


async def overload(here: House) -> None:
    """Close the contact by MQTT, then let its load exceed the limit."""
    relay = here.air.relay(BOILER)
    relay.set_load("l1", 1100)
    await here.ear.say("relay/set", '{"state_l1": "ON"}')
    await here.ear.state("relay", state_l1="ON")
    relay.report_power()
    await here.ear.until(
        lambda m: m.topic == f"{BASE}/relay" and (m.document.get("power") or 0) > 900
    )
    relay.set_load("l1", 2600)
    relay.report_power()


async def test_an_overload_is_cut_off_told_of_and_reset(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, policies=[RULE]) as here:
        ear, relay = here.ear, here.air.relay(BOILER)
        await overload(here)
        event = await ear.until(
            lambda m: (
                m.topic == f"{BASE}/bridge/event" and m.document["type"] == "policy"
            )
        )
        assert not event.retain
        data = event.document["data"]
        reason = data.pop("reason")
        assert data == {
            "policy": "overload",
            "friendly_name": "relay",
            "channel": "l1",
            "action": "off",
        }
        assert "2200" in reason
        await ear.state("relay", state_l1="OFF")
        assert not relay.is_on("l1")
        said = await rule_is(here, RuleState.LATCHED.value)
        assert said["since"].startswith("20")
        stored = json.loads((await kept(broker))[f"{BASE}/relay/policy"])
        assert stored["overload"]["state"] == "latched"
        await _refused_while_latched(here)
        assert await ear.ask("policy/reset", {"name": "nope"}) == {
            "data": {},
            "error": (await ear.ask("policy/reset", {"name": "nope"}))["error"],
            "status": "error",
        }
        reset = await ear.ask("policy/reset", {"name": "overload", "transaction": 9})
        assert reset == {
            "data": {"name": "overload"},
            "status": "ok",
            "transaction": 9,
        }
        await rule_is(here, RuleState.OK.value)
        relay.set_load("l1", 100)
        await ear.say("relay/set", '{"state_l1": "ON"}')
        await ear.state("relay", state_l1="ON")


async def _refused_while_latched(here: House) -> None:
    wish = {"state_l1": "ON", "transaction": "again"}
    await here.ear.say("relay/set", json.dumps(wish))
    answer = (await here.ear.on("relay/set/response")).document
    assert answer["status"] == "error"
    assert "overload" in answer["error"]
    assert not here.air.relay(BOILER).is_on("l1")


PROTECTED = {
    "ieee": BOILER,
    "name": "relay",
    "channels": {"l1": {"protected": True}},
}


async def test_a_protected_channel_is_not_switched(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, listed=[PROTECTED]) as here:
        ear, relay = here.ear, here.air.relay(BOILER)
        for topic, payload in (
            ("relay/set", '{"state_l1": "ON"}'),
            ("relay/l1/set", "ON"),
            ("relay/set/state_l1", "TOGGLE"),
            ("relay/set", "ON"),
            ("relay/set", '{"state_l1": "ON", "on_time": 5}'),
        ):
            await ear.say(topic, payload)
            await ear.until(complaint("failed: 'Error: "))
            assert not relay.is_on("l1"), topic
        await ear.say("relay/set", '{"state_l1": "ON", "state_l2": "ON"}')
        await ear.state("relay", state_l2="ON")
        assert relay.is_on("l2")
        assert not relay.is_on("l1")


async def test_in_monitor_mode_nothing_is_written(
    tmp_path: Path, broker: Mosquitto
) -> None:
    written: list[tuple[int, bytes]] = []

    def seen(ieee: str, endpoint: int, cluster: int, data: bytes) -> None:
        # Commands of OnOff (0x01 in the control byte), and writes (0x02).
        command = data[4] if data[0] & 0x04 else data[2]
        if data[0] & 0x01 or command == 0x02:
            written.append((cluster, data))
        del ieee, endpoint

    async with house(tmp_path, broker, mode="monitor") as here:
        here.air.watch(seen)
        ear = here.ear
        for wish in (
            {"state_l1": "ON"},
            {"interlock": True},
            {"power_outage_memory": True},
            {"state_l2": "TOGGLE"},
        ):
            await ear.say("relay/set", json.dumps(wish))
            key = next(iter(wish)).removesuffix("_l1").removesuffix("_l2")
            await ear.until(complaint(f"Publish 'set' '{key}' to 'relay' failed"))
        await ear.say("relay/get", '{"state_l1": ""}')
        await ear.state("relay", state_l1="OFF")
        assert written == []


async def test_a_retained_set_is_ignored_and_said_once(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        ear, relay = here.ear, here.air.relay(BOILER)
        await ear.say("relay/set", '{"state_l1": "ON"}', retain=True)
        await ear.state("relay", state_l1="ON")  # it is new, not kept, to us
        relay.press("l1")
        await ear.state("relay", state_l1="OFF")
        broker_again = here.world.service._mqtt
        assert broker_again is not None
        ear.forget()
        await broker_again._client.reconnect(broker_again.interface.bridge.will())
        await ear.until(
            lambda m: (
                m.topic == f"{BASE}/bridge/logging"
                and "a retained message" in m.payload
            )
        )
        assert (await ear.ask("health_check", ""))["status"] == "ok"
        await ear.say("relay/get", '{"state_l1": ""}')
        await ear.state("relay", state_l1="OFF")
        assert not relay.is_on("l1")
        said = [m for m in heard_on(ear, "bridge/logging") if "retained" in m.payload]
        assert len(said) == 1
