"""What an attacker, a network or bad luck did to it once."""

import json
from pathlib import Path

import aiomqtt
import pytest

from collector.mqtt import ownership
from tests.integration.service_world import BOILER, FLOOR, serving
from tests.integration.simulator_world import simulator
from tests.integration.zigpy_host import eventually
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_again import house_settings, is_state, settled
from tests.servers.mqtt_house import BASE, house, listening

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]


async def test_an_old_sessions_will_is_contradicted(
    tmp_path: Path, broker: Mosquitto
) -> None:
    """A host that lost its power is back before the broker has missed it."""
    async with house(tmp_path, broker) as here:
        await settled(here.ear)
        async with aiomqtt.Client("127.0.0.1", broker.port) as old:
            will = '{"state":"offline"}'
            await old.publish(f"{BASE}/bridge/state", will, qos=1, retain=True)
        await here.ear.until(is_state("offline"))
        await here.ear.until(is_state("online"))


async def test_a_broker_that_was_slow_at_the_start_is_asked_again(
    tmp_path: Path,
    broker: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(ownership, "PROBE_SECONDS", 0.0)
    async with simulator(relays=1) as air:
        settings = house_settings(tmp_path, air, broker)
        async with listening(broker) as ear, serving(settings):
            await eventually(lambda: "did not come back" in caplog.text, 5)
            assert not any(m.topic == f"{BASE}/bridge/state" for m in ear.messages)
            monkeypatch.setattr(ownership, "PROBE_SECONDS", 5.0)
            await ear.until(is_state("online"), 20)


async def test_the_time_of_a_contact_that_was_opened_meanwhile_is_not_sent(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        relay = here.air.relay(BOILER)
        relay.core.obeys_timed_off = True
        part = here.world.service._mqtt
        assert part is not None
        ports = part.interface._ports
        relay.report_state("l1")
        await here.ear.state("relay", state_l1="OFF")
        with pytest.raises(Exception, match="opened meanwhile"):
            await ports.timed_off(BOILER, "l1", 600.0, 0.0)
        # And where the word of the opening is still on its way, the relay itself says no.
        assert await part._coordinator().timed_off(BOILER, "l1", 600.0, 0.0)
        assert not relay.is_on("l1")


async def test_an_address_stays_its_relays_own(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker, relays=2) as here:
        floor = f"0x{FLOOR.replace(':', '')}"
        answer = await here.ear.ask("device/rename", {"from": "relay", "to": floor})
        assert "address of another relay" in answer["error"]
        await here.ear.say(f"{floor}/set", '{"state_l1": "ON"}')
        await here.ear.state(floor, state_l1="ON")
        assert not here.air.relay(BOILER).is_on("l1")


async def test_a_pattern_that_would_take_for_ever_is_refused(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        pattern = "(((([a-z_]+)+)+)+)+0"
        options = {"id": "relay", "options": {"filtered_attributes": [pattern]}}
        answer = await here.ear.ask("device/options", options)
        assert "too complicated" in answer["error"]
        here.air.relay(BOILER).report_state("l1")
        await here.ear.state("relay", state_l1="OFF")


async def test_what_takes_long_is_not_begun_twice(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        text = json.dumps({"type": "raw", "routes": False})
        for _ in range(20):
            await here.ear.say("bridge/request/networkmap", text)
        answers = [
            (await here.ear.on("bridge/response/networkmap")).document
            for _ in range(20)
        ]
        done = [each for each in answers if each["status"] == "ok"]
        assert 1 <= len(done) < 20
        assert all(
            "already in progress" in each["error"]
            for each in answers
            if each["status"] == "error"
        )


async def test_garbage_on_the_air_costs_no_later_frame(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        for garbage in (b"\x00", b"\xff" * 80, b"\x1c\x5f\x11\x01\x0a\x01\xff\x42\xff"):
            here.air.inject(BOILER, 1, 0x0000, garbage)
        here.air.relay(BOILER).report_structure()
        state = await here.ear.state("relay", device_temperature=28)
        assert 200 < state["voltage"] < 260


async def test_a_silent_relay_is_forgotten_only_by_force(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        here.air.relay(BOILER).powered = False
        answer = await here.ear.ask("device/remove", {"id": "relay"})
        assert "did not answer" in answer["error"]
        await here.ear.say(
            "bridge/request/device/remove", '{"id":"relay","force":true}'
        )
        done = await here.ear.on("bridge/response/device/remove", 20)
        assert done.document["status"] == "ok"
        assert here.world.relays_known() == set()


async def test_a_relay_that_the_coordinator_has_lost_is_told(
    tmp_path: Path, broker: Mosquitto
) -> None:
    async with house(tmp_path, broker) as here:
        app = here.world.service.coordinator._require()
        app.devices.clear()
        answer = await here.ear.ask("coordinator_check", "")
        (missing,) = answer["data"]["missing_routers"]
        assert missing["friendly_name"] == "relay"
