"""The whole service on simulated relays and a real broker, and somebody who listens."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt

from collector.simulator.znp import SimulatedCoordinator
from tests.integration.service_world import BOILER, World, configuration, serving
from tests.integration.simulator_world import simulator
from tests.servers.mosquitto import Mosquitto

BASE = "zigbee2mqtt"


@dataclass(frozen=True)
class Heard:
    """One message of the broker."""

    topic: str
    payload: str
    retain: bool
    qos: int

    @property
    def document(self) -> Any:
        return json.loads(self.payload)


class Listener:
    """Keeps what the broker sends, in order."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client
        self.messages: list[Heard] = []
        self._news = asyncio.Event()
        self._at = 0

    async def run(self) -> None:
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            heard = Heard(
                message.topic.value,
                message.payload.decode(),
                bool(message.retain),
                message.qos,
            )
            self.messages.append(heard)
            self._news.set()

    async def until(
        self, wanted: Callable[[Heard], bool], seconds: float = 10.0
    ) -> Heard:
        """Return the next message of which this is true, since the last one."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    while self._at < len(self.messages):
                        self._at += 1
                        if wanted(self.messages[self._at - 1]):
                            return self.messages[self._at - 1]
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            last = "\n".join(map(str, self.messages[-12:]))
            raise AssertionError(f"nothing like it came; the last:\n{last}") from None

    async def on(self, topic: str, seconds: float = 10.0) -> Heard:
        """Return the next message on a topic below the base."""
        return await self.until(lambda m: m.topic == f"{BASE}/{topic}", seconds)

    async def state(self, name: str, **values: Any) -> dict[str, Any]:
        """Return the next state of a relay that has these values."""

        def fits(message: Heard) -> bool:
            if message.topic != f"{BASE}/{name}" or not message.payload:
                return False
            state = message.document
            return all(state.get(key) == value for key, value in values.items())

        found: dict[str, Any] = (await self.until(fits)).document
        return found

    async def say(self, topic: str, payload: str, **more: Any) -> None:
        """Publish below the base topic."""
        await self.client.publish(f"{BASE}/{topic}", payload, **more)

    async def ask(self, request: str, document: Any) -> dict[str, Any]:
        """Send a request to the bridge; return the answer."""
        text = document if isinstance(document, str) else json.dumps(document)
        await self.say(f"bridge/request/{request}", text)
        answer: dict[str, Any] = (await self.on(f"bridge/response/{request}")).document
        return answer

    def forget(self) -> None:
        """What came until now is of no interest."""
        self._at = len(self.messages)


@asynccontextmanager
async def listening(broker: Mosquitto, *topics: str) -> AsyncIterator[Listener]:
    """Hear these topics (all by default), as they are published and as they are kept."""
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5
    ) as client:
        listener = Listener(client)
        for topic in topics or ("#",):
            # The flag of a message as it was published, not as it is passed on.
            await client.subscribe(topic, options=_as_published())
        task = asyncio.create_task(listener.run())
        try:
            yield listener
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _as_published() -> Any:
    from paho.mqtt.subscribeoptions import SubscribeOptions  # noqa: PLC0415

    return SubscribeOptions(qos=2, retainAsPublished=True)


@dataclass
class House:
    """What a test needs of it."""

    air: SimulatedCoordinator
    world: World
    ear: Listener
    broker: Mosquitto


@asynccontextmanager
async def house(
    folder: Path,
    broker: Mosquitto,
    *,
    relays: int = 1,
    listed: list[dict[str, Any]] | None = None,
    **sections: Any,
) -> AsyncIterator[House]:
    """Run the service until the context ends; its relays are paired and online.

    `listed`: the relays of its configuration, one of them called "relay".
    """
    mqtt = {"server": broker.url, **sections.pop("mqtt", {})}
    defaults: dict[str, Any] = {"relays": listed or [{"ieee": BOILER, "name": "relay"}]}
    async with (
        listening(broker) as ear,
        simulator(relays=relays) as air,
        serving(
            configuration(folder, air.port, **defaults | sections, mqtt=mqtt)
        ) as here,
    ):
        await here.pair(relays)
        await ear.on("bridge/state")
        await ear.on("relay/availability")
        yield House(air, here, ear, broker)
