"""Endless answers over real connections: nobody waits, and all of them end."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from aiohttp import ClientSession, web

from collector.model.decision_json import event_json
from collector.web.answers import sentences
from collector.web.api import ReadApi
from collector.web.streams import StreamKind, Streams
from tests.policy_words import confirmed, cut
from tests.unit.web.conftest import Serve
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

OPENING = b": the decisions from now on\n\n"
REQUEST = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
QUICK = StreamKind(
    content_type="text/event-stream",
    opening=OPENING,
    heartbeat=b": nothing new\n\n",
    heartbeat_seconds=0.01,
)


class Listener:
    """The reads of the API on a free port, with streams of the test's own."""

    def __init__(self, house: House, streams: Streams) -> None:
        app = web.Application(middlewares=[sentences("nothing else")])
        app.add_routes(ReadApi(house, streams, QUICK).routes())
        self.streams = streams
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        self.port = 0

    async def __aenter__(self) -> "Listener":
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.port = int(self.runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self.streams.close()
        await self.runner.cleanup()


@pytest.fixture
async def listener(house: House) -> AsyncIterator[Listener]:
    streams = Streams(at_most=2, send_seconds=0.2)
    async with Listener(house, streams) as listener:
        yield listener


@asynccontextmanager
async def onlooker(port: int) -> AsyncIterator[asyncio.StreamWriter]:
    """Look at a stream until the block ends, then leave without a word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(REQUEST)
        await reader.readuntil(OPENING)
        yield writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def events_of(response: aiohttp.ClientResponse, count: int) -> list[object]:
    """Return the data of the next events."""
    found: list[object] = []
    async for line in response.content:
        if line.startswith(b"data: "):
            found.append(json.loads(line.removeprefix(b"data: ")))
        if len(found) == count:
            break
    return found


async def test_decisions_come_as_they_are_made(
    client: ClientSession, house: House
) -> None:
    async with client.get("/api/v1/events") as answer:
        assert answer.content_type == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert await answer.content.readexactly(len(OPENING)) == OPENING
        house.decisions.publish(cut(), "boiler")
        assert await events_of(answer, 1) == [event_json(cut(), "boiler")]
        house.decisions.publish(confirmed(), "boiler")
        assert await events_of(answer, 1) == [event_json(confirmed(), "boiler")]


async def test_a_quiet_stream_has_a_heart(listener: Listener) -> None:
    async with (
        asyncio.timeout(5),
        ClientSession(f"http://127.0.0.1:{listener.port}") as client,
        client.get("/api/v1/events") as answer,
    ):
        for _ in range(3):
            await answer.content.readuntil(b": nothing new\n\n")


async def test_the_end_of_the_service_is_the_end_of_a_whole_answer(
    serve: Serve,
) -> None:
    server = await serve()
    async with (
        ClientSession(f"http://127.0.0.1:{server.port}") as client,
        client.get("/api/v1/events") as answer,
    ):
        await answer.content.readexactly(len(OPENING))
        await server.stop()
        assert await answer.content.read() == b""


async def test_a_client_that_leaves_closes_its_tap(
    listener: Listener, house: House
) -> None:
    async with onlooker(listener.port):
        assert len(house.decisions._taps) == 1
    async with asyncio.timeout(5):
        while house.decisions._taps:
            house.decisions.publish(cut(), "boiler")
            await asyncio.sleep(0)


async def test_there_are_only_so_many_streams_and_a_closed_one_makes_room(
    listener: Listener, house: House
) -> None:
    url = f"http://127.0.0.1:{listener.port}/api/v1/events"
    async with ClientSession() as client, onlooker(listener.port):
        async with onlooker(listener.port), client.get(url) as answer:
            assert answer.status == 503
            assert (await answer.json())["error"] == (
                "2 streams are open; close one first."
            )
        async with asyncio.timeout(5):
            while len(house.decisions._taps) > 1:  # noqa: ASYNC110 - aiohttp tells nobody
                await asyncio.sleep(0)
        async with client.get(url) as answer:
            assert answer.status == 200


async def test_who_does_not_read_loses_events_then_the_connection(
    listener: Listener, house: House
) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as deaf:
        deaf.setblocking(False)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(deaf, ("127.0.0.1", listener.port))
        await loop.sock_sendall(deaf, REQUEST)
        await house.tapped.wait()
        (tap,) = house.decisions._taps
        async with asyncio.timeout(10):
            while not tap._dropped:  # publishing never waits for it
                for _ in range(500):
                    house.decisions.publish(cut(), "boiler")
                await asyncio.sleep(0)
            while house.decisions._taps:  # noqa: ASYNC110 - aiohttp tells nobody
                await asyncio.sleep(0)
