import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, TCPConnector, web

from collector.web.addresses import Listen, bind
from collector.web.doors import Doors

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
async def runner() -> AsyncIterator[web.AppRunner]:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    runner = web.AppRunner(app)
    await runner.setup()
    yield runner
    await runner.cleanup()


async def test_nobody_is_lost_while_the_doors_are_replaced(
    runner: web.AppRunner,
) -> None:
    (bound,) = bind(Listen("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
    doors = Doors(runner, [bound])
    await doors.open(None)
    answered = 0

    async def visit(client: ClientSession) -> None:
        nonlocal answered
        while answered < 400:
            async with client.get(url) as answer:
                assert await answer.text() == "hello"
            answered += 1

    async def replace() -> None:
        while answered < 400:
            await doors.open(None)

    connector = TCPConnector(force_close=True)  # each visit knocks anew
    async with (
        ClientSession(connector=connector) as client,
        asyncio.TaskGroup() as all_,
    ):
        all_.create_task(replace())
        for _ in range(8):
            all_.create_task(visit(client))
    await doors.close()


async def test_closed_doors_stay_closed(runner: web.AppRunner) -> None:
    (bound,) = bind(Listen("127.0.0.1", 0))
    port = bound.getsockname()[1]
    doors = Doors(runner, [bound])
    await doors.open(None)
    await doors.close()
    await doors.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
