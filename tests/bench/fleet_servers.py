"""VictoriaMetrics and vmagent as processes, and what they take."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil

from tests.bench.fleet_site import site_name

READY_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.1


class Program:
    """One server on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, program: str, *options: str) -> None:
        found = shutil.which(program)
        if found is None:
            raise RuntimeError(f"{program} is not installed")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = folder / f"{program}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [found, f"-httpListenAddr=127.0.0.1:{port}", *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        self._seen = psutil.Process(self._process.pid)
        self._await_ready()

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far, s."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    @property
    def resident_mib(self) -> float:
        """Resident memory, MiB."""
        return float(self._seen.memory_info().rss / 2**20)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> bytes:
        """Return an answer; HTTPError where it is not 2xx."""
        query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        with urllib.request.urlopen(self.url + path + query, timeout=60) as answer:  # noqa: S310 - our own
            body: bytes = answer.read()
            return body

    def metric(self, name: str, labels: str = "") -> float:
        """Return the sum of the program's own series whose labels match a pattern."""
        line = re.compile(rf"^{name}(\{{[^}}]*{labels}[^}}]*\}})? (\S+)$", re.MULTILINE)
        found = line.findall(self.get("/metrics").decode())
        return sum(float(value) for _, value in found)

    def stop(self) -> None:
        """End it in good order."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.get("/health")
            except OSError:
                time.sleep(_LOOK_SECONDS)
            else:
                return
        self.stop()
        raise RuntimeError(self._log.read_text()[-2000:])


class Database(Program):
    """VictoriaMetrics, one node."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            "victoria-metrics",
            f"-storageDataPath={folder / 'victoria'}",
            "-retentionPeriod=1y",
            "-search.latencyOffset=0s",
        )

    def instant(self, expression: str) -> dict[str, float]:
        """Return what a query gives now: labels as JSON -> value."""
        answer = self.get("/api/v1/query", {"query": expression, "nocache": "1"})
        return {
            json.dumps(each["metric"], sort_keys=True): float(each["value"][1])
            for each in json.loads(answer)["data"]["result"]
        }

    def span(self, expression: str, seconds: float, step: str) -> int:
        """Ask for a range that ends now; return how many series came."""
        now = time.time()
        asked = {
            "query": expression,
            "start": f"{now - seconds:.3f}",
            "end": f"{now:.3f}",
            "step": step,
            "nocache": "1",
        }
        answer = json.loads(self.get("/api/v1/query_range", asked))
        return len(answer["data"]["result"])

    @property
    def rows(self) -> float:
        """Samples taken by remote_write so far."""
        return self.metric("vm_rows_inserted_total", 'type="promremotewrite"')

    def on_disk(self) -> dict[str, float]:
        """Return samples and bytes on disk, the index apart."""
        self.get("/internal/force_flush")
        return {
            "samples": self.metric("vm_rows", 'type="storage/'),
            "bytes": self.metric("vm_data_size_bytes", 'type="storage/'),
            "index_bytes": self.metric("vm_data_size_bytes", 'type="indexdb'),
        }


class Agent(Program):
    """vmagent, which scrapes the sites and writes to the database."""

    def __init__(self, folder: Path, targets: "Targets", database: Database) -> None:
        config = folder / "scrape.yml"
        config.write_text(json.dumps(targets.config()))  # JSON is YAML
        super().__init__(
            folder,
            "vmagent",
            f"-promscrape.config={config}",
            "-promscrape.suppressScrapeErrors",
            f"-remoteWrite.url={database.url}/api/v1/write",
            f"-remoteWrite.tmpDataPath={folder / 'vmagent'}",
        )

    @property
    def pending_bytes(self) -> float:
        """What waits on disk for the database."""
        return self.metric("vmagent_remotewrite_pending_data_bytes")


class Targets:
    """Who is scraped, as in deploy/prometheus: job `collector`, a label `site`."""

    def __init__(self, interval: float, *, compressed: bool) -> None:
        self._interval = interval
        self._compressed = compressed
        self._targets: list[dict[str, Any]] = []

    def add(self, first: int, count: int, port: int) -> None:
        """Add the sites of one process."""
        for number in range(first, first + count):
            name = site_name(number)
            labels = {
                "site": name,
                "instance": f"{name}:10177",
                "__metrics_path__": f"/{name}/metrics",
            }
            self._targets.append({"targets": [f"127.0.0.1:{port}"], "labels": labels})

    def config(self) -> dict[str, Any]:
        """Return the scrape configuration."""
        job = {
            "job_name": "collector",
            "scrape_interval": f"{self._interval * 1000:.0f}ms",
            "scrape_timeout": f"{min(10.0, self._interval) * 1000:.0f}ms",
            "disable_compression": not self._compressed,
            "static_configs": self._targets,
        }
        return {"scrape_configs": [job]}
