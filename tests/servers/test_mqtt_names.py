"""Relays that get names and options by MQTT, and that come and go."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.frames.vectors import vector
from tests.integration.policy_world import OVERLOAD
from tests.integration.service_world import BOILER, FLOOR
from tests.integration.simulator_world import simulator
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_again import (
    house_settings,
    kept,
    serving_online,
    settled,
)
from tests.servers.mqtt_house import BASE, Heard, House, house, listening

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

ANALOG = bytes.fromhex(vector("analog-0")["raw_hex"])  # 36.61201477050781 W
ANOTHER = bytes.fromhex(vector("analog-1")["raw_hex"])  # 13.552146911621094 W
ASSISTED: dict[str, Any] = {"homeassistant": {"enabled": True}}
RULE = {**OVERLOAD, "relay": "relay"}


def event_of(kind: str, **data: Any) -> Any:
    """Return whether a message is this bridge/event, with these data."""

    def fits(message: Heard) -> bool:
        if message.topic != f"{BASE}/bridge/event":
            return False
        document = message.document
        return bool(
            document["type"] == kind and data.items() <= document["data"].items()
        )

    return fits


async def test_an_option_acts_on_the_next_message_and_outlives_a_restart(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with listening(broker) as ear, simulator(relays=1) as air:
        config = house_settings(tmp_path, air, broker)
        async with serving_online(config, ear) as here:
            await here.pair(1)
            await settled(ear)
            air.inject(BOILER, 1, 0x000C, ANALOG)
            await ear.state("relay", power=36.61)
            wish = {
                "id": "relay",
                "options": {"power_precision": 1},
                "transaction": "t1",
            }
            assert await ear.ask("device/options", wish) == {
                "data": {
                    "from": {},
                    "id": "relay",
                    "restart_required": False,
                    "to": {"power_precision": 1},
                },
                "status": "ok",
                "transaction": "t1",
            }
            air.inject(BOILER, 1, 0x000C, ANOTHER)
            await ear.state("relay", power=13.6)
            for wrong in (
                {"power_precision": 9},
                {"no_such": 1},
                {"retain": "perhaps"},
            ):
                answer = await ear.ask(
                    "device/options", {"id": "relay", "options": wrong}
                )
                assert answer["status"] == "error", wrong
        ear.forget()
        async with serving_online(config, ear):
            info = await ear.on("bridge/info")
            while "0x" not in json.dumps(info.document["config"]["devices"]):
                info = await ear.on("bridge/info")
            (device,) = info.document["config"]["devices"].values()
            assert device == {"friendly_name": "relay", "power_precision": 1}
            air.inject(BOILER, 1, 0x000C, ANALOG)
            await ear.state("relay", power=36.6)


async def test_a_rename_moves_all_that_is_kept_and_outlives_a_restart(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with listening(broker) as ear, simulator(relays=1) as air:
        config = house_settings(
            tmp_path,
            air,
            broker,
            mqtt={**ASSISTED, "retain": True},
            policies=[RULE],
        )
        async with serving_online(config, ear) as here:
            await here.pair(1)
            await settled(ear)
            air.inject(BOILER, 1, 0x000C, ANALOG)
            await ear.state("relay", power=36.61)
            wish = {"from": "relay", "to": "shed/kettle", "transaction": 2}
            assert await ear.ask("device/rename", wish) == {
                "data": {
                    "from": "relay",
                    "homeassistant_rename": False,
                    "to": "shed/kettle",
                },
                "status": "ok",
                "transaction": 2,
            }
            await ear.on("shed/kettle/policy")
            found = await kept(broker, f"{BASE}/#", "homeassistant/#")
            below = {topic.removeprefix(f"{BASE}/") for topic in found}
            assert not {each for each in below if each.split("/")[0] == "relay"}
            assert {
                *("shed/kettle", "shed/kettle/availability", "shed/kettle/policy")
            } <= below
            discovery = [v for k, v in found.items() if k.startswith("homeassistant")]
            assert not [each for each in discovery if f"{BASE}/relay" in each]
            assert [each for each in discovery if f"{BASE}/shed/kettle" in each]
        begin = len(ear.messages)
        async with serving_online(config, ear):
            ear._at = begin
            assert "power" in await ear.state("shed/kettle")
            await _cut_off(air, ear, "shed/kettle")
            found = await kept(broker)
            assert f"{BASE}/relay" not in found


async def _cut_off(air: Any, ear: Any, name: str) -> None:
    """The rule of the file follows the relay, whatever it is called."""
    relay = air.relay(BOILER)
    await ear.say(f"{name}/set", '{"state_l1": "ON"}')
    await ear.state(name, state_l1="ON")
    relay.set_load("l1", 2500)
    relay.report_power()
    await ear.until(event_of("policy", friendly_name=name, action="off"))
    await ear.state(name, state_l1="OFF")
    assert not relay.is_on("l1")


ODD = (
    "Küche/Herd links",
    "büro 日本語 🔌",
    "x" * 100,
    "a/b/c/d",
    "set",
    "a/set/b",
    "get/x",
    'it\'s "quoted" \\ 100%',
)


async def test_every_name_that_a_topic_can_carry(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, mqtt=ASSISTED) as here:
        ear, before = here.ear, "relay"
        for name in ODD:
            answer = await ear.ask("device/rename", {"from": before, "to": name})
            assert answer["status"] == "ok", (name, answer)
            await ear.say(f"{name}/set", '{"state_l1": "ON"}')
            await ear.state(name, state_l1="ON")
            await ear.say(f"{name}/l1/set", "OFF")
            await ear.state(name, state_l1="OFF")
            await ear.say(f"{name}/set/state_l2", "ON")
            await ear.state(name, state_l2="ON")
            await ear.say(f"{name}/set", '{"state_l2": "OFF", "transaction": 1}')
            await ear.state(name, state_l2="OFF")
            assert (await ear.on(f"{name}/set/response")).document["status"] == "ok"
            before = name
        found = await kept(broker)
        names = {f"{BASE}/{before}/availability", f"{BASE}/{before}/policy"}
        assert {topic for topic in found if "/bridge/" not in topic} <= names


REFUSED = (
    *("bridge", "bridge/x", "kitchen/+", "#", "a#b", "/relay", "relay/", "", "  "),
    *("x" * 101, "x" * 200, "a\nb", "a\u0000b", "floor", FLOOR, "relay/l1", "a/l2"),
)


@asynccontextmanager
async def _two(folder: Path, broker: Mosquitto) -> AsyncIterator[Any]:
    named = [{"ieee": BOILER, "name": "relay"}, {"ieee": FLOOR, "name": "floor"}]
    async with (
        listening(broker) as ear,
        simulator(relays=2) as air,
        serving_online(house_settings(folder, air, broker, relays=named), ear) as here,
    ):
        await here.pair(2)
        yield House(air, here, ear, broker)


async def test_names_that_are_refused(tmp_path: Path, broker: Mosquitto) -> None:
    async with _two(tmp_path, broker) as here:
        await here.ear.on("relay/policy")
        before = await kept(broker)
        for name in REFUSED:
            answer = await here.ear.ask(
                "device/rename", {"from": "relay", "to": name, "transaction": name}
            )
            assert answer["status"] == "error", name
            assert answer["transaction"] == name
        for wish in ({"to": "x"}, {"from": "relay"}, {"last": True, "to": "x"}):
            assert (await here.ear.ask("device/rename", wish))["status"] == "error"
        await here.ear.say("relay/set", '{"state_l1": "ON"}')
        await here.ear.state("relay", state_l1="ON")
        new = (await kept(broker)).keys() - before.keys()
        theirs = {
            f"{BASE}/{name}/{what}"
            for name in ("relay", "floor")
            for what in ("availability", "policy")
        }
        assert {each for each in new if "/bridge/" not in each} <= theirs


async def test_a_removed_relay_is_forgotten_and_may_come_back(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(
        tmp_path, broker, mqtt={**ASSISTED, "retain": True}, policies=[RULE]
    ) as here:
        ear, air = here.ear, here.air
        await settled(ear)
        air.inject(BOILER, 1, 0x000C, ANALOG)
        await ear.state("relay", power=36.61)
        wish = {"id": "relay", "transaction": 1}
        assert await ear.ask("device/remove", wish) == {
            "data": {"block": False, "force": False, "id": "relay"},
            "status": "ok",
            "transaction": 1,
        }
        await ear.until(
            lambda m: m.topic == f"{BASE}/bridge/devices" and len(m.document) == 1
        )
        left = [m for m in ear.messages if event_of("device_leave")(m)]
        assert len(left) == 1
        found = await kept(broker, f"{BASE}/#", "homeassistant/#")
        ours = BOILER.replace(":", "")
        assert not [t for t in found if ours in t or t.startswith(f"{BASE}/relay")]
        gone = await ear.ask("device/options", {"id": "relay", "options": {}})
        assert gone["status"] in {"error", "ok"}
        ear.forget()
        air.relay(BOILER).may_join = True
        await ear.say("bridge/request/permit_join", "60")
        await ear.until(event_of("device_joined", friendly_name="relay"))
        interview = event_of("device_interview", status="successful", supported=True)
        await ear.until(interview)
        await ear.until(
            lambda m: m.topic == f"{BASE}/bridge/devices" and len(m.document) == 2
        )
        found = await kept(broker, "homeassistant/#")
        assert (
            len([topic for topic in found if f"0x{ours}" in topic]) == 12 + 2 * 3
        )  # a rule, and the one that is built in


async def test_a_relay_that_leaves_is_told_of(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        ear, air = here.ear, here.air
        air.relay(BOILER).leave()
        await ear.until(event_of("device_leave", friendly_name="relay"))
        air.relay(BOILER).may_join = True
        await ear.say("bridge/request/permit_join", "60")
        await ear.until(event_of("device_joined", friendly_name="relay"))
        air.relay(BOILER).rejoin()
        await ear.until(event_of("device_announce", friendly_name="relay"))
