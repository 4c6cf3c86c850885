"""The whole service in front of a real InfluxDB: frames on the air, points in the database."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from collector.sinks.spool import Spool
from tests.integration.process_world import (
    Running,
    collector,
    get,
    running,
    sample,
    write_config,
)
from tests.integration.zigpy_host import eventually
from tests.servers.influx_points import BUCKET
from tests.servers.influx_servers import Door, InfluxDB, fresh_database, open_door

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(120)]

INFLUX = "zigbee_collector_influx_"
SECRET = "user:right"  # noqa: S105
OVERLOAD = {
    "name": "overload",
    "kind": "threshold",
    "relay": "boiler",
    "quantity": "power",
    "above": 50,
    "clear": 40,
    "switch_off": ["l1", "l2"],
    "when_stale": "keep",
}


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    yield from fresh_database(tmp_path_factory.mktemp("influxdb"), BUCKET)


@pytest.fixture
async def door(database: InfluxDB) -> AsyncIterator[Door]:
    async for door in open_door(database):
        yield door


def configure(folder: Path, url: str, **more: Any) -> None:
    token = folder / "token"
    token.write_text(SECRET + "\n")
    token.chmod(0o600)
    write_config(
        folder / "collector.yaml",
        site="hut, on\\the hill\\",
        radio={
            "path": "simulator",
            "simulator": {"relays": 2, "scenario": "household", "speed": 20},
        },
        relays=[{"ieee": "00:15:8d:00:03:a0:00:00", "name": "boiler"}],
        policies=[OVERLOAD],
        influxdb={"url": url, "bucket": BUCKET, "token_file": "token", **more},
    )


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[tuple[Running, str]]:
    async with running("run", "--config", "collector.yaml", cwd=folder) as process:
        found = await process.said("HTTP listener open: url=(http://[^ ]+)")
        yield process, found[1]


async def figure(url: str, name: str, **labels: str) -> float | None:
    return sample(await get(f"{url}/metrics"), INFLUX + name, **labels)


async def until(url: str, name: str, least: float, **labels: str) -> float:
    async with asyncio.timeout(40):
        while True:
            value = await figure(url, name, **labels)
            if value is not None and value >= least:
                return value
            await asyncio.sleep(0.2)


async def test_frames_become_points_and_events(
    tmp_path: Path, database: InfluxDB, door: Door
) -> None:
    asked: list[str] = []

    def note(request: web.Request, _: bytes) -> None:
        asked.append(request.headers["Authorization"])

    door.fault = note
    configure(tmp_path, door.url, tags={"owner": "me"})
    async with service(tmp_path) as (process, url):
        await process.said("Policy switches off")
        await until(url, "points_total", 20, outcome="delivered")
        assert await figure(url, "dead_letters") == 0
        lag = await figure(url, "delivery_lag_seconds")
        assert lag is not None
        assert await process.stop() == 0
    assert set(asked) == {f"Token {SECRET}"}
    relay = database.query('SELECT * FROM "relay" ORDER BY time DESC LIMIT 1', BUCKET)[
        0
    ]
    row = dict(zip(map(str, relay["columns"]), relay["values"][0], strict=True))
    assert row["site"] == "hut, on\\the hill"
    assert row["owner"] == "me"
    keys = database.query('SHOW FIELD KEYS FROM "relay"', BUCKET)[0]["values"]
    types = {str(name): str(kind) for name, kind in keys}
    assert types["power_w"] == types["energy_j"] == types["link_quality"] == "float"
    assert types["state_l1"] == "integer"
    info = database.query('SELECT "name", model, ieee FROM "relay_info"', BUCKET)[0]
    # Again when the firmware becomes known.
    assert ("boiler", "LLKZMK11LM", "00:15:8d:00:03:a0:00:00") in {
        tuple(map(str, row[1:])) for row in info["values"]
    }
    events = database.query(
        'SELECT reason, rule, outcome, kind FROM "relay_event"', BUCKET
    )
    kinds = {str(row[4]) for row in events[0]["values"]}
    assert {"join", "policy", "switch"} <= kinds
    assert "overload" in {row[2] for row in events[0]["values"]}


async def test_without_a_server_it_starts_is_ready_stops_and_loses_nothing(
    tmp_path: Path, database: InfluxDB, door: Door
) -> None:
    await door.close()
    configure(tmp_path, door.url)
    async with service(tmp_path) as (process, url):
        waiting = await until(url, "spool_points", 20)
        await process.said("InfluxDB takes no points.*no connection")
        await get(f"{url}/readyz")  # 200: a sink that is degraded is no dead service
        assert await figure(url, "last_error_timestamp_seconds") is not None
        assert await figure(url, "spool_oldest_timestamp_seconds") is not None
        assert await figure(url, "delivery_lag_seconds") is None
        assert await process.stop(signal.SIGTERM) == 0
    spool = Spool.open(tmp_path / "data" / "spool.db", 1 << 30)
    kept = spool.oldest_batch(1_000_000)
    spool.close()
    assert kept is not None
    assert kept.points >= waiting
    await door.open()
    async with service(tmp_path) as (process, url):
        await until(url, "points_total", kept.points, outcome="delivered")
        assert await process.stop() == 0
    lines = [each for each in kept.body.decode().splitlines() if " power_w=" in each]
    expected = {int(each.rsplit(" ", 1)[1]) for each in lines}
    series = database.query('SELECT "power_w" FROM "relay"', BUCKET)
    assert expected <= {int(str(row[0])) for row in series[0]["values"]}


async def test_dead_letters_are_listed_sent_again_and_dropped(
    tmp_path: Path, database: InfluxDB, door: Door
) -> None:
    def conflict(_: web.Request, body: bytes) -> web.Response | None:
        if b"relay_info" not in body:
            return None
        words = {"code": "unprocessable entity", "message": "[brackets] type conflict"}
        return web.json_response(words, status=422)

    door.fault = conflict
    configure(tmp_path, door.url)
    command = ("spool", "list", "--json", "--config", "collector.yaml")
    async with service(tmp_path) as (process, url):
        await until(url, "dead_letters", 2)
        letters = json.loads((await collector(*command, cwd=tmp_path)).out)
        assert {each["status"] for each in letters} == {422}
        assert all("relay_info" in each["line"] for each in letters)
        shown = await collector(
            "spool", "list", "--config", "collector.yaml", cwd=tmp_path
        )
        assert "[brackets]" in shown.out
        await process.stop()
    # The same without a service.
    offline = json.loads((await collector(*command, cwd=tmp_path)).out)
    assert offline[: len(letters)] == letters  # more may have come before the stop
    retried = await collector(
        "spool", "retry", "--config", "collector.yaml", cwd=tmp_path
    )
    assert f"{len(offline)} points are on their way" in retried.out
    door.fault = lambda *_: None
    async with service(tmp_path) as (process, url):
        await eventually(
            lambda: database.query('SELECT "name" FROM "relay_info"', BUCKET), 30
        )
        dropped = await collector(
            "spool", "drop", "--config", "collector.yaml", cwd=tmp_path
        )
        assert "0 points are forgotten" in dropped.out
        await process.stop()


async def test_without_a_database_there_are_no_dead_letters(tmp_path: Path) -> None:
    write_config(tmp_path / "collector.yaml")
    done = await collector("spool", "list", "--config", "collector.yaml", cwd=tmp_path)
    assert done.code != 0
    assert "no points were ever spooled" in done.err
