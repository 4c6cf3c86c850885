"""A client against a real broker, and what it was told; shared by the tests."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from collector import events
from collector.config.mqtt import Mqtt
from collector.events.instruments import REGISTRY
from collector.events.repetition import _said, _times
from collector.mqtt.client import MqttClient, MqttServer, server_of
from collector.mqtt.message import Message
from collector.mqtt.outbox import Outbox
from tests.servers.mosquitto import Mosquitto

WILL = Message("b/bridge/state", '{"state":"offline"}', retain=True, qos=1)
ONLINE = Message("b/bridge/state", '{"state":"online"}', retain=True)


class World:
    """A client that runs, and what it was told."""

    def __init__(self, server: MqttServer) -> None:
        self.outbox = Outbox()
        self.heard: asyncio.Queue[tuple[str, bytes, bool]] = asyncio.Queue()
        self.connects: asyncio.Queue[None] = asyncio.Queue()
        self.waits: asyncio.Queue[float] = asyncio.Queue()
        self.client = MqttClient(
            server,
            self.outbox,
            WILL,
            [("b/+/set", 0), ("b/flood/#", 0)],
            lambda *message: self.heard.put_nowait(message),
            self._connected,
            sleep=self._sleep,
        )
        self.task = asyncio.create_task(self.client.run())

    def _connected(self) -> None:
        self.outbox.put(ONLINE)
        self.connects.put_nowait(None)

    async def _sleep(self, seconds: float) -> None:
        self.waits.put_nowait(seconds)
        await asyncio.sleep(0.02)

    async def stop(self, last: Message | None = None) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task
        await self.client.close(last)


def configured(url: str, **keys: Any) -> MqttServer:
    return server_of(Mqtt.model_validate({"server": url, **keys}))


@asynccontextmanager
async def running(server: MqttServer) -> AsyncIterator[World]:
    world = World(server)
    try:
        yield world
    finally:
        if not world.task.done():
            await world.stop()


def watched(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Show the families and forget what was said; a fixture's `yield from`."""
    caplog.set_level(logging.DEBUG, logger="collector")
    _times.clear()
    _said.clear()
    end = events.watch_mqtt(lambda: 0)
    yield
    end()


def brokers(folder: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Yield what starts a broker with Mosquitto's options; a fixture's `yield from`."""
    started: list[Mosquitto] = []

    def start(**options: Any) -> Mosquitto:
        started.append(Mosquitto(folder, **options))
        started[-1].start()
        return started[-1]

    yield start
    for broker in started:
        broker.kill()


def counted(name: str, **labels: str) -> float:
    """Return one of the client's figures."""
    value = REGISTRY.get_sample_value(f"zigbee_collector_mqtt_{name}", labels)
    assert value is not None
    return value


@asynccontextmanager
async def listening(broker: Mosquitto, topic: str) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("127.0.0.1", broker.port) as other:
        await other.subscribe(topic, 1)
        yield other


async def next_of(other: aiomqtt.Client) -> tuple[str, str]:
    message = await anext(aiter(other.messages))
    return message.topic.value, message.payload.decode()


def cut_off(world: World) -> None:
    """Break the connection as a network does."""
    assert world.client._connection is not None
    cut = world.client._connection._client.socket()
    assert isinstance(cut, socket.socket)
    cut.shutdown(socket.SHUT_RDWR)
