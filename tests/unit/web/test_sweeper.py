"""Clients that connect and say nothing are closed; who asks is served."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from collector.web.sweeper import Sweeper
from tests.integration.zigpy_host import eventually

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


class Page:
    """A runner with one page, on a free port."""

    async def __aenter__(self) -> "Page":
        app = web.Application()
        app.router.add_get("/", _hello)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self.runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()

    async def connect(
        self, words: bytes = b""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(words)
        await writer.drain()
        return reader, writer

    async def get(self) -> int:
        url = f"http://127.0.0.1:{self.port}/"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


async def test_half_a_request_is_closed_after_ten_seconds() -> None:
    async with Page() as page:
        reader, writer = await page.connect(b"GET / HT")
        assert await page.get() == 200  # the half one has been accepted by now, too
        sweeper = Sweeper(page.runner)
        sweeper.sweep(100.0)
        sweeper.sweep(109.9)
        assert not reader.at_eof()
        sweeper.sweep(110.1)
        assert await reader.read() == b""
        writer.close()


async def test_of_too_many_silent_ones_the_oldest_go_first() -> None:
    async with Page() as page:
        crowd = [await page.connect() for _ in range(5)]
        assert await page.get() == 200
        sweeper = Sweeper(page.runner, at_most=3)
        assert page.runner.server is not None
        server = page.runner.server
        await eventually(lambda: len(server.connections) >= 5)
        sweeper.sweep(0.0)
        sweeper.sweep(1.0)
        gone = [reader for reader, _ in crowd[:2]]
        assert [await reader.read() for reader in gone] == [b"", b""]
        assert await page.get() == 200
        for _, writer in crowd:
            writer.close()


async def test_who_has_asked_once_is_left_alone() -> None:
    async with Page() as page:
        reader, writer = await page.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"hello")
        sweeper = Sweeper(page.runner, at_most=0)
        sweeper.sweep(0.0)
        sweeper.sweep(1000.0)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"hello")
        writer.close()
