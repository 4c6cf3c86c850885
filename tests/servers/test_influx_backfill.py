"""`collector backfill` through kills: the recording is in the database, once."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web

from tests.integration.process_world import collector, running, write_config
from tests.integration.zigpy_host import eventually
from tests.servers.influx_points import BEGAN, BUCKET, START
from tests.servers.influx_servers import Door, InfluxDB, fresh_database, open_door

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]

ROWS = 16_000  # four requests
KILLS = 3


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    yield from fresh_database(tmp_path_factory.mktemp("influxdb"), BUCKET)


@pytest.fixture
async def door(database: InfluxDB) -> AsyncIterator[Door]:
    async for door in open_door(database):
        yield door


def more_than(moments: list[float], count: int) -> bool:
    return len(moments) > count


def write_table(path: Path, rows: int) -> None:
    with path.open("w") as file:
        file.write("time,relay,quantity,value\n")
        for number in range(rows):
            at = (BEGAN + timedelta(seconds=number // 20)).isoformat()
            file.write(f"{at},r{number % 20},power,{number}.5\n")


def configured(folder: Path, url: str, relays: int = 20) -> Path:
    return write_config(
        folder / "collector.yaml",
        site="hut",
        influxdb={"url": url, "bucket": BUCKET},
        relays=[
            {"ieee": f"00:15:8d:00:03:a0:00:{n:02x}", "name": f"r{n}"}
            for n in range(relays)
        ],
    )


async def test_a_month_through_kills(
    tmp_path: Path, database: InfluxDB, door: Door
) -> None:
    chance = random.Random(5)  # noqa: S311
    door.delay = 0.3  # each run is killed before its second request is answered
    moments: list[float] = []
    door.note = lambda: moments.append(0.0)
    write_table(tmp_path / "month.csv", ROWS)
    configured(tmp_path, door.url)
    command = ("backfill", "--from", "month.csv", "--config", "collector.yaml")
    for _ in range(KILLS):
        before = len(moments)
        async with running(*command, cwd=tmp_path) as process:
            await eventually(partial(more_than, moments, before), 30.0)
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            process.process.kill()
    done = await collector(*command, cwd=tmp_path)
    assert done.code == 0, done.err
    again = await collector(*command, cwd=tmp_path)
    assert "points are there already" in again.out
    series = database.query(
        'SELECT "power_w" FROM "relay" GROUP BY ieee, site ORDER BY time', BUCKET
    )
    found = {
        (str(each["tags"]), int(str(row[0])), float(str(row[1])))
        for each in series
        for row in each["values"]
    }
    assert len(series) == 20
    assert len(found) == ROWS
    assert {value for _, _, value in found} == {n + 0.5 for n in range(ROWS)}
    assert min(at for _, at, _ in found) == START


async def test_it_waits_for_a_server_and_says_why(tmp_path: Path, door: Door) -> None:
    refusing = [True]
    door.fault = lambda *_: web.Response(status=401) if refusing[0] else None
    write_table(tmp_path / "few.csv", 40)
    configured(tmp_path, door.url)
    command = ("backfill", "--from", "few.csv", "--config", "collector.yaml")
    async with running(*command, cwd=tmp_path) as process:
        await process.said("Waiting: answered 401 .*token_file", 60.0)
        refusing[0] = False
        await process.said("60 points written, 0 refused", 60.0)  # with 20 relay_info
        assert await process.process.wait() == 0


async def test_what_is_wrong_is_named_before_anything_is_written(
    tmp_path: Path,
) -> None:
    write_config(tmp_path / "collector.yaml")
    write_table(tmp_path / "few.csv", 40)
    command = ("backfill", "--from", "few.csv", "--config", "collector.yaml")
    done = await collector(*command, cwd=tmp_path)
    assert done.code == 2
    assert "influxdb is missing" in done.err
    configured(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "few.csv").write_text("time,relay,quantity,value\nnow,r0,power,1\n")
    done = await collector(*command, cwd=tmp_path)
    assert done.code == 2
    assert "line 2" in done.err
