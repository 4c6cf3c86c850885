"""The same into VictoriaMetrics, which keeps each sample once by its deduplication."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.servers.influx_servers import VictoriaMetrics
from tests.servers.influx_world import POINTS, START, line, world

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(90)]


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    server = VictoriaMetrics(tmp_path_factory.mktemp("victoria"))
    yield server
    server.kill()


async def test_victoriametrics(tmp_path: Path, victoria: VictoriaMetrics) -> None:
    victoria.start()
    left = [2]

    def _twice(_: web.Request, __: bytes) -> web.Response | None:
        left[0] -= 1
        return web.Response(status=504) if left[0] >= 0 else None

    async with world(tmp_path, victoria) as here:
        here.door.after = _twice
        here.fill([line(number) for number in range(POINTS)])
        await here.deliver()
    await asyncio.to_thread(victoria.flush)
    found = await asyncio.to_thread(victoria.export, '{__name__="relay_power_w"}')
    samples = sorted(sample for each in found.values() for sample in each)
    assert samples == [(START + n, n + 0.5) for n in range(POINTS)]
