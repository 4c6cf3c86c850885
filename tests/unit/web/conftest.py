from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from collector.web.server import WebServer
from tests.web_ports import House

Serve = Callable[..., Awaitable[WebServer]]


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def serve(house: House) -> AsyncIterator[Serve]:
    """Start a listener on a free port; all are stopped after the test."""
    servers: list[WebServer] = []

    async def start(
        listen: str = "127.0.0.1:0",
        web_config: Path | None = None,
        tokens_file: Path | None = None,
    ) -> WebServer:
        server = WebServer(watch_seconds=0.02)
        await server.start(listen, house, web_config, tokens_file)
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[aiohttp.ClientSession]:
    server = await serve()
    base = f"http://127.0.0.1:{server.port}"
    async with aiohttp.ClientSession(base, auto_decompress=False) as session:
        yield session
