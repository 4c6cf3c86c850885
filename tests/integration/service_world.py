"""The whole service beside a simulated coordinator, for one test."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from collector.app.service import Service
from collector.config.schema import Config
from collector.model.quantity import Quantity
from collector.model.status import RelayStatus
from collector.simulator.znp import SimulatedCoordinator
from tests.frames.vectors import vector
from tests.integration.zigpy_host import eventually

# Recorded reports and the power that each carries: a mark to wait for.
MARKS = (
    (bytes.fromhex(vector("analog-0")["raw_hex"]), 36.61201477050781),
    (bytes.fromhex(vector("analog-1")["raw_hex"]), 13.552146911621094),
)
BOILER, FLOOR, BATH = (f"00:15:8d:00:03:a0:00:0{index}" for index in range(3))
RELAYS = (
    {"ieee": BOILER, "name": "boiler"},
    {"ieee": FLOOR, "name": "floor"},
    {"ieee": BATH, "name": "bath"},
)
# Everything that a test would wait for, fifty times as fast.
RADIO = {
    "form_network": True,
    "open_timeout_seconds": 8,
    "silence_seconds": 0.5,
    "ping_timeout_seconds": 0.5,
    "reconnect_seconds": 0.05,
    "reconnect_max_seconds": 0.1,
}


class World:
    """A running service, seen through its HTTP listener and its snapshots."""

    def __init__(self, service: Service) -> None:
        self.service = service

    @property
    def url(self) -> str:
        assert self.service.web is not None
        return f"http://127.0.0.1:{self.service.web.port}"

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.url + path, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        status, text = await self.get("/metrics")
        assert status == 200
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def sample(self, name: str, **labels: str) -> float | None:
        return (await self.samples()).get((name, tuple(sorted(labels.items()))))

    def status(self, ieee: str) -> RelayStatus:
        now = self.service.clock.now()
        found = [s for s in self.service.pipeline.statuses(now) if s.ieee == ieee]
        assert found, f"{ieee} is not known"
        return found[0]

    def value(
        self, ieee: str, quantity: Quantity, channel: str | None = None
    ) -> float | None:
        return self.status(ieee).values.get((quantity, channel))

    def relays_known(self) -> set[str]:
        """Return the relays that belong to the network."""
        statuses = self.service.pipeline.statuses(self.service.clock.now())
        return {each.ieee for each in statuses if each.energy is not None}

    async def reconnects(self) -> float:
        value = await self.sample("zigbee_collector_radio_reconnects_total")
        assert value is not None
        return value

    async def ready(self, seconds: float = 15.0) -> None:
        ports = await self.service.ports
        await ports.ready(seconds)

    async def pair(self, count: int) -> None:
        await self.ready()
        await (await self.service.ports).permit_join(60)

        def joined() -> bool:
            statuses = self.service.pipeline.statuses(self.service.clock.now())
            return sum(status.last_seen is not None for status in statuses) >= count

        await eventually(joined, 15)


def configuration(folder: Path, port: int, **sections: Any) -> Config:
    radio: Mapping[str, Any] = sections.pop("radio", {})
    document: dict[str, Any] = {
        "timezone": "Europe/Berlin",
        "data_dir": str(folder / "data"),
        "radio": {"path": f"socket://127.0.0.1:{port}", **RADIO, **radio},
        "relays": RELAYS,
        "web": {"listen": "127.0.0.1:0"},
        **sections,
    }
    return Config.model_validate(document)


@asynccontextmanager
async def serving(config: Config, source: Path | None = None) -> AsyncIterator[World]:
    """Run a service until the context ends; it must end in good order."""
    service = Service(config, source, web=True)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    both: set[asyncio.Future[Any]] = {running, service.ports}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        await running
    try:
        yield World(service)
    finally:
        stop.set()
        await running


@asynccontextmanager
async def world(
    folder: Path, coordinator: SimulatedCoordinator, **sections: Any
) -> AsyncIterator[World]:
    """Run a service on the coordinator with all its relays paired."""
    async with serving(configuration(folder, coordinator.port, **sections)) as running:
        await running.pair(len(coordinator.relays))
        yield running
