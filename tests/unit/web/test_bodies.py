import asyncio

import pytest
from aiohttp import web

from collector.web.answers import sentences
from collector.web.bodies import one_key

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


async def test_a_body_that_trickles_is_given_up() -> None:
    async def read(request: web.Request) -> web.Response:
        value = await one_key(request, "state", "of one key", seconds=0.05)
        return web.json_response(value)

    app = web.Application(middlewares=[sentences("nothing else")])
    app.add_routes([web.post("/api/body", read)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = int(runner.addresses[0][1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b'POST /api/body HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{"state"'
    )
    async with asyncio.timeout(5):
        assert b" 408 " in await reader.readline()
        await reader.readuntil(b"The body did not arrive in time.")
    writer.close()
    await writer.wait_closed()
    await runner.cleanup()
