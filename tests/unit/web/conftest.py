import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from collector.model.command import Origin
from collector.web.control import ControlClient
from collector.web.control_server import ControlServer
from collector.web.server import WebServer
from collector.web.tokens import Scope
from tests.policy_words import issue
from tests.unit.web.holders import Holders, bearer
from tests.web_ports import House

Serve = Callable[..., Awaitable[WebServer]]
Post = Callable[..., Awaitable[tuple[int, Any]]]


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


@pytest.fixture
async def server(path: Path, house: House) -> AsyncIterator[ControlServer]:
    server = ControlServer()
    await server.start(path, house)
    yield server
    await server.stop()


@pytest.fixture
async def control(server: ControlServer, path: Path) -> AsyncIterator[ControlClient]:
    async with ControlClient(path) as client:
        yield client


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    return tmp_path / "tokens.yml"


@pytest.fixture
def holders(tokens: Path) -> Holders:
    reader, read = issue(tokens, Scope.READ, "grafana")
    writer, write = issue(tokens, Scope.WRITE, "homeassistant")
    return Holders(tokens, reader, writer, read, write)


@pytest.fixture(params=[Origin.CLI, Origin.API])
def origin(request: pytest.FixtureRequest) -> Origin:
    origin: Origin = request.param
    return origin


@pytest.fixture
async def post(house: House, origin: Origin, tmp_path: Path) -> AsyncIterator[Post]:
    """POST bytes, or anything as JSON, to the socket or with a write token."""
    headers = {"Content-Type": "application/json"}
    control, web = ControlServer(), WebServer()
    connector: aiohttp.BaseConnector
    if origin is Origin.CLI:
        await control.start(tmp_path / "control.sock", house)
        base = "http://localhost"
        connector = aiohttp.UnixConnector(str(tmp_path / "control.sock"))
    else:
        _, token = issue(tmp_path / "tokens.yml", Scope.WRITE)
        await web.start("127.0.0.1:0", house, None, tmp_path / "tokens.yml")
        base = f"http://127.0.0.1:{web.port}"
        connector = aiohttp.TCPConnector()
        headers |= bearer(token)
    async with aiohttp.ClientSession(
        base, connector=connector, headers=headers
    ) as session:

        async def post(path: str, body: object = b"") -> tuple[int, Any]:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            async with session.post(path, data=data) as answer:
                return answer.status, await answer.json()

        yield post
    await control.stop()
    await web.stop()
