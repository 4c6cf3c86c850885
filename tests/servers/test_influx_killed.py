"""50,000 points through kills, outages and refusals: what was acknowledged is there, once."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.integration.process_world import REPOSITORY
from tests.servers.influx_points import BUCKET, START
from tests.servers.influx_servers import Door, InfluxDB, fresh_database, open_door

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(240)]

POINTS = 50_000
RATE = 2_500  # points/s
KILLS = 10
INFOS = 50  # a relay_info for each relay, once in each process


class Writer:
    """A process with the sink, from one kill to the next."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.acked = 0
        self.empty = asyncio.Event()

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            word, *rest = line.split()
            if word == b"acked":
                self.acked = int(rest[0])
            elif word == b"empty":
                self.empty.set()


@asynccontextmanager
async def writer(
    folder: Path, url: str, first: int, count: int
) -> AsyncIterator[Writer]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "tests.servers.influx_writer", str(folder), url),
        *(str(first), str(count), str(RATE)),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    found = Writer(process)
    reading = asyncio.create_task(found.read())
    try:
        yield found
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    yield from fresh_database(tmp_path_factory.mktemp("influxdb"), BUCKET)


@pytest.fixture
async def door(database: InfluxDB) -> AsyncIterator[Door]:
    async for door in open_door(database):
        yield door


async def trouble(door: Door, database: InfluxDB) -> None:
    """What servers do, one after the other, until it is over."""

    def refused(status: int, **headers: str) -> web.Response:
        return web.Response(status=status, headers=headers)

    while True:
        await asyncio.sleep(1.5)
        door.fault = lambda *_: refused(503, **{"Retry-After": "1"})
        await asyncio.sleep(2.0)
        door.fault = lambda *_: None
        await asyncio.sleep(1.5)
        await asyncio.to_thread(database.kill)
        await asyncio.sleep(3.0)
        await asyncio.to_thread(database.start)
        await asyncio.sleep(1.5)
        door.after = lambda *_: refused(504)
        await asyncio.sleep(1.0)
        door.after = lambda *_: None
        door.fault = lambda *_: refused(429, **{"Retry-After": "1"})
        await asyncio.sleep(1.0)
        door.fault = lambda *_: None


async def test_fifty_thousand_points(
    tmp_path: Path, database: InfluxDB, door: Door
) -> None:
    chance = random.Random(4)  # noqa: S311
    troubled = asyncio.create_task(trouble(door, database))
    acked: list[int] = []
    first = 0
    for _ in range(KILLS):
        async with writer(tmp_path, door.url, first, POINTS // KILLS) as running:
            await asyncio.sleep(chance.uniform(0.8, 3.0))
        # A relay_info is counted with the first report of each relay.
        known = max(0, running.acked - INFOS) if running.acked > INFOS else 0
        acked += range(first, first + known)
        first += POINTS // KILLS
    troubled.cancel()
    await asyncio.gather(troubled, return_exceptions=True)
    door.fault = door.after = lambda *_: None
    await asyncio.to_thread(database.kill)
    await asyncio.to_thread(database.start)
    missing = POINTS - len(acked)
    async with writer(tmp_path, door.url, first, missing) as running:
        await running.empty.wait()
        assert await running.process.wait() == 0
    acked += range(first, first + missing)
    assert len(acked) == POINTS
    series = database.query('SELECT "power_w" FROM "relay" ORDER BY time', BUCKET)
    found = [(int(str(row[0])), float(str(row[1]))) for row in series[0]["values"]]
    assert len(found) == len(set(found))
    assert {(START + number, number + 0.5) for number in acked} <= set(found)
