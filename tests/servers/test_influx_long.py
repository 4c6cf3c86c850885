"""50,000 points through ten kills of `collector run` and all that servers do: none is lost.

What the spool had acknowledged is in the database afterwards, or among the dead letters
with the server's words; and nothing is there that was never spooled.
"""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.sinks.spool import NAME, Spool
from tests.bench.children import Air, stopped_at_the_end
from tests.integration.process_world import Running, get, running, sample, write_config
from tests.servers import influx_noted
from tests.servers.influx_points import BUCKET
from tests.servers.influx_servers import (
    Door,
    InfluxDB,
    Server,
    VictoriaMetrics,
    fresh_database,
    open_door,
)
from tests.servers.influx_trouble import Trouble, is_bad
from tests.unit.sinks.line_protocol import read_line

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(420)]

POINTS = 50_000
RATE = 400  # reports/s
RELAYS = 50
KILLS = 10
POWER = "\nzigbee_relay_power_watts{"
SPOOLED = "zigbee_collector_influx_spool_points"
LIFE_SECONDS = (4.0, 16.0)  # from the listener's opening to the kill
VICTORIA_DIGITS = 1e-9  # it keeps 12 of a number
Found = dict[tuple[str, int], dict[str, float]]  # by relay and ms


@pytest.fixture
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    yield from fresh_database(tmp_path_factory.mktemp("influxdb"), BUCKET)


@pytest.fixture
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    server = VictoriaMetrics(tmp_path_factory.mktemp("victoria"))
    server.start()
    yield server
    server.kill()


@dataclass
class Site:
    """A service with its relays, its door and its server."""

    folder: Path
    server: Server
    chance: random.Random

    async def run(self) -> dict[str, dict[int, int]]:
        """Let all of it happen; return the server's answers, by turn and status."""
        async with aclosing(open_door(self.server)) as doors:
            door = await anext(doors)
            air = await asyncio.to_thread(Air, self.folder, RELAYS)
            with stopped_at_the_end(air):
                self._configure(air.port, door.url)
                return await self._live(air, door)

    async def _live(self, air: Air, door: Door) -> dict[str, dict[int, int]]:
        async with self._service() as (process, url):
            await until(url, lambda text: text.count(POWER) >= RELAYS)
            assert await process.stop() == 0
        stop = (
            self.server.kill if isinstance(self.server, InfluxDB) else self.server.stop
        )
        trouble = Trouble(door, stop, self.server.start)
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            flooding = group.create_task(self._flood(air, enough))
            troubled = group.create_task(trouble.run())
            for _ in range(KILLS):
                async with self._service() as (process, _):
                    await asyncio.sleep(self.chance.uniform(*LIFE_SECONDS))
                    process.process.kill()
                    await process.process.wait()
            async with self._service() as (process, url):
                await troubled
                enough.set()
                await flooding
                await asyncio.sleep(influx_noted.WINDOW_SECONDS + 1)
                await until(url, lambda text: sample(text, SPOOLED) == 0)
                assert await process.stop() == 0
        return trouble.seen

    async def _flood(self, air: Air, enough: asyncio.Event) -> None:
        """Let the relays report until enough is on disk and nobody needs more."""
        while not enough.is_set() or len(self.notes("acked")) < POINTS:
            air.say([RATE, RATE])
            await asyncio.to_thread(air.hear)

    @asynccontextmanager
    async def _service(self) -> AsyncIterator[tuple[Running, str]]:
        command = "notes", "run", "--config", "collector.yaml"
        async with running(
            *command, cwd=self.folder, module="tests.servers.influx_noted"
        ) as process:
            found = await process.said("HTTP listener open: url=(http://[^ ]+)")
            yield process, found[1]

    def notes(self, word: str) -> list[str]:
        """Return the lines of measurements that were noted."""
        path = self.folder / f"notes.{word}"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if line.startswith("relay,")]

    def dead(self) -> list[str]:
        """Return the lines that were set aside."""
        spool = Spool.open(self.folder / "data" / NAME, 1 << 30)
        try:
            letters = spool.dead_letters()
        finally:
            spool.close()
        assert all(each.status in {400, 422} and each.error for each in letters)
        return [each.line for each in letters]

    def _configure(self, port: int, url: str) -> None:
        write_config(
            self.folder / "collector.yaml",
            data_dir="data",
            radio={"path": f"socket://127.0.0.1:{port}", "form_network": True},
            polling={"power_seconds": 100000, "state_seconds": 100000},
            influxdb={"url": url, "bucket": BUCKET},
        )


async def until(url: str, condition: Callable[[str], bool]) -> None:
    """Wait for what no event tells outside of the process."""
    while not condition(await get(f"{url}/metrics")):  # noqa: ASYNC110
        await asyncio.sleep(0.5)


def read(lines: list[str]) -> Found:
    """Return the points of lines; their numbers as floats."""
    found: Found = {}
    for line in lines:
        point = read_line(line)
        fields = {name: float(value) for name, value in point.fields.items()}
        found.setdefault((point.tags["ieee"], point.at), {}).update(fields)
    return found


def in_influxdb(server: InfluxDB) -> Found:
    found: Found = {}
    rows = server.query('SELECT * FROM "relay"', BUCKET)[0]
    names = [str(name) for name in rows["columns"]]
    for row in rows["values"]:
        point = dict(zip(names, row, strict=True))
        key = str(point.pop("ieee")), int(str(point.pop("time")))
        assert key not in found
        assert point.pop("site") == "home"
        found[key] = {
            name: float(str(value))
            for name, value in point.items()
            if value is not None
        }
    return found


def in_victoria(server: VictoriaMetrics, names: set[str]) -> Found:
    server.flush()
    found: Found = {}
    for name in names:
        for labels, samples in server.export(f"relay_{name}").items():
            ieee = json.loads(labels)["ieee"]
            for at, value in samples:
                fields = found.setdefault((ieee, at), {})
                assert name not in fields
                fields[name] = value
    return found


async def test_fifty_thousand_points(
    tmp_path: Path, influxdb: InfluxDB, victoria: VictoriaMetrics
) -> None:
    sites = []
    for number, server in enumerate((influxdb, victoria)):
        folder = tmp_path / type(server).__name__
        folder.mkdir()
        sites.append(Site(folder, server, random.Random(number)))  # noqa: S311
    answers = await asyncio.gather(*(site.run() for site in sites))
    for site, seen in zip(sites, answers, strict=True):
        acked, dead = site.notes("acked"), site.dead()
        assert len(acked) >= POINTS, len(acked)
        assert all(is_bad(line.encode()) for line in dead)
        tried = read(site.notes("tried"))
        exact = 0.0 if isinstance(site.server, InfluxDB) else VICTORIA_DIGITS
        if isinstance(site.server, InfluxDB):
            stored = in_influxdb(site.server)
        else:
            assert isinstance(site.server, VictoriaMetrics)
            names = {name for fields in tried.values() for name in fields}
            stored = in_victoria(site.server, names)
        wanted = read(sorted(set(acked) - set(dead)))
        lost = {
            key: (fields, stored.get(key))
            for key, fields in wanted.items()
            if stored.get(key) != pytest.approx(fields, rel=exact, abs=0)
        }
        assert not lost, f"{len(lost)}: {list(lost.items())[:3]}"
        assert stored.keys() <= tried.keys()
        told = {"acknowledged": len(acked), "dead letters": len(dead), **seen}
        sys.stdout.write(f"{type(site.server).__name__}: {json.dumps(told)}\n")
        for turn, statuses in seen.items():
            assert statuses, turn
