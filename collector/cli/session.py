"""A running service through its socket, or else a service of our own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from collector.app.ports import Ports
from collector.app.service import Service
from collector.cli.reaching import reach_of
from collector.cli.target import Target
from collector.config.schema import Config
from collector.events import setup_logging
from collector.web.control import ControlClient, NotRunningError
from collector.web.relay_json import relay_json

READY_SECONDS = 90.0  # a network may have to be formed first


class Session(Protocol):
    """What the commands need of a service, wherever it runs."""

    async def relays(self) -> list[dict[str, Any]]:
        """Return what is known of every relay."""

    async def permit_join(self, seconds: int) -> None:
        """Let relays join for so long."""

    def frames(self) -> AsyncGenerator[bytes, None]:
        """Yield raw frames as JSON lines, as they come."""


class OwnService:
    """A service inside this process, without HTTP."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def relays(self) -> list[dict[str, Any]]:
        """Return what is known of every relay."""
        return [relay_json(status) for status in self._ports.relays()]

    async def permit_join(self, seconds: int) -> None:
        """Let relays join for so long."""
        await self._ports.permit_join(seconds)

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Yield raw frames as JSON lines, as they come."""
        with self._ports.frames() as tap:
            while True:
                for line in (await tap.take()).splitlines(keepends=True):
                    yield line


@asynccontextmanager
async def session(target: Target) -> AsyncIterator[Session]:
    """Reach a service; where none runs for a file, open the coordinator here."""
    reach, config, source = reach_of(target)
    async with ControlClient(reach) as client:
        if config is None or await _runs(client):
            yield client
            return
    async with _own(config, source) as own:
        yield own


async def _runs(client: ControlClient) -> bool:
    try:
        await client.relays()
    except NotRunningError:
        return False
    return True


@asynccontextmanager
async def _own(config: Config, source: Path | None) -> AsyncIterator[Session]:
    setup_logging("warning", json_format=False)
    # Who only looks must switch nothing, and keep nothing of what rules say.
    service = Service(config, source, web=False, acting=False)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    try:
        both: set[asyncio.Future[Any]] = {running, service.ports}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running  # raises what kept it from starting
        ports = service.ports.result()
        await ports.ready(READY_SECONDS, patient=False)
        yield OwnService(ports)
    finally:
        stop.set()
        await running
