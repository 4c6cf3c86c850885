"""Many relays said anew at once."""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import UTC
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.config.mqtt import Mqtt
from collector.mqtt.interface import MqttInterface
from collector.mqtt.outbox import WAITING_AT_MOST
from collector.mqtt.surroundings import Surroundings

pytestmark = pytest.mark.timeout(20)

RELAYS = 400


class House:
    """So many relays, of which little is known."""

    def __init__(self) -> None:
        self.relays = [
            f"00:15:8d:00:03:a0:{n >> 8:02x}:{n & 255:02x}" for n in range(RELAYS)
        ]

    def known(self) -> list[str]:
        return self.relays

    def name_of(self, ieee: str) -> str:
        return f"relay {ieee[-5:]}"

    def online(self, ieee: str) -> bool:
        return ieee in self.relays

    def identity(self) -> None:
        return None

    def nothing(self, ieee: str) -> None:
        del ieee

    def nothing_set(self, ieee: str) -> Mapping[str, Any]:
        del ieee
        return {}

    facts = memory_of = nothing
    options_of = channel_names = rules_of = nothing_set


async def _turn() -> None:
    await asyncio.sleep(0)


def _none(work: Coroutine[Any, Any, None]) -> None:
    work.close()


async def test_the_discovery_of_many_relays_reaches_a_slow_broker_whole() -> None:
    config = {"server": "mqtt://127.0.0.1", "homeassistant": {"enabled": True}}
    around = Surroundings(
        clock=SystemClock(),
        zone=UTC,
        gone_seconds=720.0,
        collector_id="0",
        breathe=_turn,
        spawn=_none,
    )
    interface = MqttInterface(Mqtt.model_validate(config), House(), around)  # type: ignore[arg-type]
    interface.begin()
    renewing = asyncio.create_task(interface.run_renewals())
    topics: set[str] = set()
    fullest = 0
    wanted = 12 * RELAYS
    while len(topics) < wanted:
        fullest = max(fullest, len(interface.outbox))
        for _ in range(3):  # a broker that takes no more at a turn
            message = await interface.outbox.get()
            if (
                message.topic.startswith("homeassistant/")
                and "bridge" not in message.topic
            ):
                topics.add(message.topic)
            if len(topics) == wanted:
                break
        await asyncio.sleep(0)
    renewing.cancel()
    await asyncio.gather(renewing, return_exceptions=True)
    assert fullest < WAITING_AT_MOST
