"""Real databases for the InfluxDB sink: InfluxDB 1.6 behind a v2 door, VictoriaMetrics.

Debian's InfluxDB has no /api/v2: the door turns `/api/v2/write?bucket=DB&precision=ms` into
its `/write?db=DB&precision=ms`, and plays the faults that a test asks for on the way.
"""

import asyncio
import contextlib
import io
import json
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.servers.conftest import free_port, need

Fault = Callable[[web.Request, bytes], web.Response | None]

INFLUXD = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  max-values-per-tag = 0
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
[monitor]
  store-enabled = false
"""


class Server:
    """A database process that may be killed and started again on its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                self.command(), stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError):
                self.get(self.READY)
                return
            time.sleep(0.02)
        pytest.fail((self.folder / "log").read_text())

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def get(self, path: str, data: bytes | None = None) -> bytes:
        with urllib.request.urlopen(self.url + path, data, timeout=30) as answer:  # noqa: S310 - our own
            body: bytes = answer.read()
            return body

    READY = "/"

    def command(self) -> list[str]:
        raise NotImplementedError

    def write_path(self, bucket: str) -> str:
        raise NotImplementedError


class InfluxDB(Server):
    """InfluxDB 1.6.7: the exact oracle."""

    READY = "/ping"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = need("influxd")
        self._config = folder / "influxdb.conf"
        self._config.write_text(
            INFLUXD.format(folder=folder, port=self.port, rpc=free_port())
        )

    def command(self) -> list[str]:
        return [self._program, "-config", str(self._config)]

    def create(self, database: str) -> None:
        self.query(f'CREATE DATABASE "{database}"', "")

    def query(self, text: str, database: str) -> list[dict[str, list[list[object]]]]:
        """Return the series that a query gives, times in ms."""
        parameters = urllib.parse.urlencode({"q": text, "db": database, "epoch": "ms"})
        answer = json.loads(self.get("/query", parameters.encode()))
        result = answer["results"][0]
        assert "error" not in result, result
        series: list[dict[str, list[list[object]]]] = result.get("series", [])
        return series

    def write_path(self, bucket: str) -> str:
        return f"/write?db={bucket}&precision=ms"


class VictoriaMetrics(Server):
    """VictoriaMetrics: takes the path as it is, and is lenient."""

    READY = "/health"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = need("victoria-metrics")

    def command(self) -> list[str]:
        return [
            self._program,
            f"-storageDataPath={self.folder / 'data'}",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-retentionPeriod=100y",
            "-search.latencyOffset=0s",
            "-dedup.minScrapeInterval=1ms",
        ]

    def write_path(self, bucket: str) -> str:
        return f"/api/v2/write?bucket={bucket}&precision=ms"

    def flush(self) -> None:
        """Make what was written visible."""
        self.get("/internal/force_flush")
        time.sleep(2.0)  # an early empty answer is cached for seconds (servers.md)

    def export(self, match: str) -> dict[str, list[tuple[int, float]]]:
        """Return every sample of what matches, by series."""
        query = urllib.parse.urlencode({"match[]": match})
        found = {}
        for line in self.get(f"/api/v1/export?{query}").splitlines():
            entry = json.loads(line)
            labels = json.dumps(entry["metric"], sort_keys=True)
            found[labels] = list(zip(entry["timestamps"], entry["values"], strict=True))
        return found


class Door:
    """`/api/v2/write` of a database, with faults; counts what came through."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.fault: Fault = lambda _, __: None
        self.after: Fault = lambda _, __: None  # … once the database has stored it
        self.note: Callable[[], None] = lambda: None  # called at each request
        self.keep: Callable[[bytes], bytes] = lambda body: body  # what is stored
        self.delay = 0.0  # s, before each answer
        self.after_seconds = 0.0  # s, … once the database has stored it
        self.requests = 0
        self.statuses: list[int] = []
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def open(self) -> None:
        app = web.Application(client_max_size=64 << 20)
        app.add_routes([web.post("/api/v2/write", self._write)])
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site.port

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()
        self._runner = self._session = None

    async def _write(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.note()
        body = await request.read()  # aiohttp has un-gzipped it
        await asyncio.sleep(self.delay)
        answer = self.fault(request, body)
        if answer is None:
            answer = await self._pass_on(request, self.keep(body))
            await asyncio.sleep(self.after_seconds)
            answer = self.after(request, body) or answer
        self.statuses.append(answer.status)
        return answer

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        assert self._session is not None
        if not body:
            return web.Response(status=204)
        path = self.server.write_path(request.query["bucket"])
        try:
            async with self._session.post(
                self.server.url + path, data=io.BytesIO(body)
            ) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    content_type=answer.content_type,
                )
        except (TimeoutError, aiohttp.ClientError) as error:
            return web.Response(status=503, text=str(error))


def fresh_database(folder: Path, bucket: str) -> Iterator[InfluxDB]:
    """Yield a running InfluxDB with an empty database; a fixture's `yield from`."""
    server = InfluxDB(folder)
    server.start()
    server.create(bucket)
    yield server
    server.kill()


async def open_door(server: Server) -> AsyncGenerator[Door]:
    """Yield an open door in front of it."""
    door = Door(server)
    await door.open()
    try:
        yield door
    finally:
        await door.close()
