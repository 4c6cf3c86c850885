"""The same house more than once: services one after the other, and what is kept."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiomqtt

from collector.config.schema import Config
from collector.simulator.znp import SimulatedCoordinator
from tests.integration.service_world import BOILER, World, configuration, serving
from tests.servers.mosquitto import Mosquitto
from tests.servers.mqtt_house import BASE, Heard, Listener


def one_broker(folder: Path, **options: Any) -> Iterator[Mosquitto]:
    """Run a broker for one test; a fixture's `yield from`."""
    broker = Mosquitto(folder, **options)
    broker.start()
    yield broker
    broker.kill()


def house_settings(
    folder: Path, air: SimulatedCoordinator, broker: Mosquitto, **sections: Any
) -> Config:
    """Return the configuration of a service that may run more than once."""
    mqtt = {"server": broker.url, **sections.pop("mqtt", {})}
    defaults: dict[str, Any] = {"relays": [{"ieee": BOILER, "name": "relay"}]}
    return configuration(folder, air.port, **defaults | sections, mqtt=mqtt)


@asynccontextmanager
async def serving_online(config: Config, ear: Listener) -> AsyncIterator[World]:
    """Run a service whose bridge the broker knows to be online."""
    async with serving(config) as here:
        await ear.until(is_state("online"), 15)
        await here.ready()
        yield here


def is_state(word: str) -> Any:
    """Return whether a message says that the bridge is online, or offline."""
    return lambda m: m.topic == f"{BASE}/bridge/state" and word in m.payload


async def kept(broker: Mosquitto, *topics: str) -> dict[str, str]:
    """Return what the broker has retained, by topic."""
    found: dict[str, str] = {}
    probe = f"probe/{uuid4().hex}"
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for topic in topics or (f"{BASE}/#",):
            await client.subscribe(topic)
        await client.subscribe(probe)
        await client.publish(probe, "")
        async for message in client.messages:
            if message.topic.value == probe:
                break
            if message.retain:
                assert isinstance(message.payload, bytes)
                found[message.topic.value] = message.payload.decode()
    return found


def heard_on(ear: Listener, topic: str) -> list[Heard]:
    """Return all that came on a topic below the base, from the beginning."""
    return [each for each in ear.messages if each.topic == f"{BASE}/{topic}"]


async def settled(ear: Listener, name: str = "relay") -> None:
    """Wait until a relay that has joined is online and was asked all it is asked then.

    The interlock is the last; an answer could otherwise take a test's message's place.
    """

    def asked(message: Heard) -> bool:
        if message.topic != f"{BASE}/{name}" or not message.payload:
            return False
        return message.document.get("interlock") is not None

    def online(message: Heard) -> bool:
        return message.topic == f"{BASE}/{name}/availability" and bool(message.payload)

    for wanted in (asked, online):
        if not any(map(wanted, ear.messages)):
            await ear.until(wanted)


def complaint(part: str) -> Any:
    """Return whether a message is an error on bridge/logging that has this part."""

    def fits(message: Heard) -> bool:
        if message.topic != f"{BASE}/bridge/logging":
            return False
        return bool(
            message.document["level"] == "error" and part in message.document["message"]
        )

    return fits
