"""The recorded steps of a Zigbee2MQTT, through the whole service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from collector.simulator import zcl
from collector.simulator.identity import BASIC, MANUFACTURER_CODE
from collector.simulator.structure import Structure
from tests.integration.service_world import BOILER
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_differences import (
    DIFFERENCES,
    KEPT,
    KEYS,
    ORDER,
    STEPS,
    expected,
)
from tests.servers.mqtt_house import House, house
from tests.servers.mqtt_transcript import (
    OWN_READS,
    Busy,
    Outcome,
    Play,
    Said,
    states,
    wrong,
)

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

WATTS = 36.61201477050781  # what the recorded relay answers when its power is read


def meter_asleep(volts: float, amperes: float) -> bytes:
    """Return what the recording was given between two steps, or nearly that."""
    structure = Structure(
        firmware=46,
        temperature=36,
        outages=112,
        l1=False,
        l2=False,
        power_factor=0,
        energy=0.042500000447034836,
        voltage=volts,
        current=amperes,
        power=0.0,
    )
    return zcl.report(0x21, structure.attribute(), MANUFACTURER_CODE)


def between(step: str, here: House) -> None:
    """Do what the recording does not show: something that happened before a step."""
    relay = here.air.relay(BOILER)
    if step == "onoff ep1 on":
        for volts, amperes in ((234.005, KEPT["current"]), (0.0, 0.0)):
            here.air.inject(BOILER, 1, BASIC, meter_asleep(volts, amperes))
    elif step == "analog input":
        relay.set_state("l1", True)  # as it was reported
        relay.set_state("l2", True)
        relay.report_state("l2")
    elif step == "get state_l2":
        relay.press("l2")


@pytest.fixture
async def here(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[House, Play]]:
    async with _playing(tmp_path, broker, monkeypatch) as both:
        yield both


@asynccontextmanager
async def _playing(
    folder: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch, **more: str
) -> AsyncIterator[tuple[House, Play]]:
    busy = Busy(monkeypatch)
    assistant = {"homeassistant": {"enabled": True}, "availability": True}
    async with house(folder, broker, mqtt={**assistant, **more}) as world:
        relay = world.air.relay(BOILER)
        relay.reporting = False
        relay.core.obeys_timed_off = True
        monkeypatch.setattr(relay.core, "measured_watts", lambda: WATTS)
        play = Play(world, busy)
        await play.settle()
        yield world, play


async def test_every_step_is_taken_as_zigbee2mqtt_takes_it(
    here: tuple[House, Play],
) -> None:
    world, play = here
    before: Said | None = None
    wrongs: dict[str, list[str]] = {}
    for name, step in STEPS.items():
        between(name, world)
        await play.settle()
        play.begin()
        wanted = expected(step, before)
        await play.do(step)
        while found := wrong(wanted, play.outcome(), before):
            if not await play.more():
                wrongs[name] = found
                break
        last = [each for each in states(wanted.messages) if "linkquality" in each[1]]
        before = last[-1] if last else before
    assert not wrongs, "\n".join(f"{name}: {each}" for name, each in wrongs.items())
    while len(_discovered(play)) < 12 and await play.more():
        pass
    assert len(_discovered(play)) == 12  # for Home Assistant, which was born


def _discovered(play: Play) -> set[str]:
    """Return the topics of the relay's entities, those of policies aside."""
    return {
        message.topic
        for message in play.heard
        if message.topic.startswith("homeassistant/")
        and "/0x00158d" in message.topic
        and "/policy_" not in message.topic
        and (message.retain, message.qos) == (True, 1)
    }


def test_no_difference_is_claimed_that_is_none() -> None:
    before: Said = ("zigbee2mqtt/relay", {"linkquality": "any"}, False, 0)
    for name in DIFFERENCES:
        step = STEPS[name]
        recorded = Outcome(step.wire, step.messages, step.complaints)
        assert wrong(recorded, expected(step, before), None), name
    for key, other in KEYS:
        first, last = ORDER.index(other.since), other.until or ORDER[-1]
        values = [
            payload.get(key, "")
            for name in ORDER[first : ORDER.index(last) + (not other.until)]
            for _, payload, _, _ in STEPS[name].messages
            if "linkquality" in payload
        ]
        assert set(other.theirs) & set(values), key


async def test_a_relay_that_obeys_on_time_opens_by_itself(
    here: tuple[House, Play],
) -> None:
    world, _ = here
    world.air.relay(BOILER).report_state("l1")
    await world.ear.state("relay", state_l1="OFF")
    await world.ear.say("relay/set", '{"state_l1": "ON", "on_time": 0.2}')
    await world.ear.state("relay", state_l1="ON")
    await world.ear.state("relay", state_l1="OFF")
    assert not world.air.relay(BOILER).is_on("l1")


async def test_a_set_that_the_broker_has_kept_switches_nothing(
    tmp_path: Path, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = "zigbee2mqtt/relay/set", '{"state_l1": "ON"}'
    address = "127.0.0.1", broker.port
    async with aiomqtt.Client(*address) as other:
        await other.publish(*wanted, qos=1, retain=True)
    more = {"client_id": "ours"}
    async with _playing(tmp_path, broker, monkeypatch, **more) as (world, play):
        world.ear.forget()
        async with aiomqtt.Client(*address, identifier="ours"):
            pass  # the broker takes this for us, and has us come again
        await world.ear.on("bridge/state")  # the will
        await world.ear.until(lambda m: m.payload == '{"state":"online"}')
        await play.settle()
        assert OWN_READS.issuperset(play.outcome().wire)
        await world.ear.client.publish(*wanted)
        await world.ear.state("relay", state_l1="ON")
