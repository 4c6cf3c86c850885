"""Real servers for the tests: each on 127.0.0.1, a free port and a folder of its own."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.servers.mosquitto import Mosquitto


def need(program: str) -> str:
    """Return the path of a server's program; without it skip, or fail in CI."""
    found = shutil.which(program)
    if found is None:
        message = f"{program} is not installed; apt-get install {program}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Prometheus:
    """A Prometheus of this test run; the scrape configuration can be replaced."""

    def __init__(self, folder: Path) -> None:
        self._program = need("prometheus")
        self._config = folder / "prometheus.yml"
        self._folder = folder
        self._log = (folder / "log").open("wb")
        self.url = f"http://127.0.0.1:{free_port()}"
        self._write([])
        self._process = subprocess.Popen(
            [
                self._program,
                f"--config.file={self._config}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address={self.url.removeprefix('http://')}",
                "--web.enable-lifecycle",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    async def scrape(self, jobs: dict[str, str]) -> None:
        """Scrape these targets, job name -> host:port, every second from now on."""
        await asyncio.to_thread(self.scrape_only, jobs)

    def scrape_only(self, jobs: dict[str, str]) -> None:
        """Do the same where no loop runs."""
        self._write(
            [
                {
                    "job_name": job,
                    "scrape_interval": "1s",
                    "static_configs": [{"targets": [target]}],
                }
                for job, target in jobs.items()
            ]
        )
        self._get("/-/reload", data=b"")

    async def query(self, promql: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Return what an instant query gives now, by the labels of each series."""
        query = urllib.parse.urlencode({"query": promql})
        body = await asyncio.to_thread(self._get, f"/api/v1/query?{query}")
        return {
            tuple(sorted(series["metric"].items())): float(series["value"][1])
            for series in json.loads(body)["data"]["result"]
        }

    async def until(
        self, promql: str, wanted: Callable[[list[float]], bool]
    ) -> list[float]:
        """Ask until the values are as wanted (the test's time-out ends it)."""
        while True:
            values = sorted((await self.query(promql)).values())
            if wanted(values):
                return values
            await asyncio.sleep(0.1)

    async def metadata(self, metric: str) -> dict[str, str]:
        """Return type, help and unit as the scraped format told them."""
        body = await asyncio.to_thread(self._get, f"/api/v1/metadata?metric={metric}")
        (known,) = json.loads(body)["data"][metric]
        return dict(known)

    def wait_ready(self) -> None:
        """Return when it answers; fail with its log if it never does."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError):
                self._get("/-/ready")
                return
            time.sleep(0.05)
        pytest.fail((self._folder / "log").read_text())

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _write(self, jobs: list[dict[str, Any]]) -> None:
        # JSON is YAML.
        self._config.write_text(json.dumps({"scrape_configs": jobs}))

    def _get(self, path: str, data: bytes | None = None) -> bytes:
        with urllib.request.urlopen(self.url + path, data, timeout=5) as answer:  # noqa: S310 - our own URL
            body: bytes = answer.read()
            return body


@pytest.fixture(scope="session")
def prometheus_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Prometheus]]:
    """Start Prometheus at its first use; one for all tests, as it is slow to start."""
    started: list[Prometheus] = []

    def start() -> Prometheus:
        if not started:
            started.append(Prometheus(tmp_path_factory.mktemp("prometheus")))
            started[0].wait_ready()
        return started[0]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def prometheus(prometheus_server: Callable[[], Prometheus]) -> Iterator[Prometheus]:
    """The Prometheus of this run, scraping nothing yet.

    Started within a test: only there are sockets allowed.
    """
    server = prometheus_server()
    yield server
    server.scrape_only({})


@pytest.fixture
def broker(tmp_path: Path) -> Iterator["Mosquitto"]:
    """A mosquitto for one test."""
    from tests.servers.mqtt_again import one_broker  # noqa: PLC0415  # it imports us

    yield from one_broker(tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., "Mosquitto"]]:
    """Start brokers with options; they end with the test."""
    from tests.servers.mqtt_world import brokers  # noqa: PLC0415  # it imports us

    yield from brokers(tmp_path)


@pytest.fixture
def afresh(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The families of MQTT are shown, and nothing was said yet."""
    from tests.servers.mqtt_world import watched  # noqa: PLC0415  # it imports us

    yield from watched(caplog)
