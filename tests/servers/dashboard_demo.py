"""The demonstration as it is deployed, scraped by a Prometheus, for the dashboards.

deploy/compose/collector.yaml with addresses and folders of this test: three simulated
relays, a broker, and a server that takes points after it has refused some.
"""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.integration.process_world import REPOSITORY
from tests.servers.conftest import Prometheus, free_port
from tests.servers.mosquitto import USER, Mosquitto

SITE: Final = "demo"
JOB: Final = "collector"
RULES: Final = REPOSITORY / "deploy" / "prometheus" / "rules" / "recording.yml"
_DEMO: Final = REPOSITORY / "deploy" / "compose" / "collector.yaml"
_SECRET: Final = "not-secret"  # noqa: S105 - of this test alone
_REFUSED: Final = 2  # requests of the sink, so that its spool is seen to fill
# The heater was cut off a while ago, so that a step of a graph has passed since; then
# every panel has something to show.
_AWAITED: Final = (
    (
        'zigbee_relay_policy_state{rule="heater-overload", state="latched"} offset 17s == 1'
        ' and on (ieee) zigbee_relay_switch_state{channel="l1"} offset 17s == 0'
    ),
    'zigbee_collector_influx_points_total{outcome="delivered"} offset 17s > 0',
    'zigbee_relay_channel_power_watts{ieee=~".*:00"} offset 17s',
    'zigbee_relay_energy_cost_total{period!=""} offset 17s',
)

Series = dict[str, Any]  # {"metric": labels, "values" or "value": …}


class Asked(Prometheus):
    """A Prometheus with the deployed recording rules, asked as Grafana asks."""

    def watch(self, target: str) -> None:
        """Scrape a collector of a site every second."""
        self._write(
            [
                {
                    "job_name": JOB,
                    "scrape_interval": "1s",
                    "static_configs": [{"targets": [target], "labels": {"site": SITE}}],
                }
            ]
        )
        self._get("/-/reload", data=b"")

    def _write(self, jobs: list[dict[str, Any]]) -> None:
        document = {
            "global": {"evaluation_interval": "1s"},
            "rule_files": [str(RULES)] if RULES.is_file() else [],
            "scrape_configs": jobs,
        }
        self._config.write_text(json.dumps(document))

    def ask(self, path: str, **parameters: str | float) -> Any:
        """Return the data of an answer; fail with what Prometheus says is wrong."""
        text = urllib.parse.urlencode(parameters)
        try:
            body = self._get(f"/api/v1/{path}?{text}")
        except urllib.error.HTTPError as error:
            pytest.fail(f"{path} {parameters}: {error.read().decode()}")
        return json.loads(body)["data"]

    def now(self, query: str) -> list[Series]:
        """Return what an instant query gives now."""
        found: list[Series] = self.ask("query", query=query)["result"]
        return found

    def wait(self, query: str, seconds: float) -> None:
        """Return when a query gives anything."""
        deadline = time.monotonic() + seconds
        while not self.now(query):
            assert time.monotonic() < deadline, f"never: {query}"
            time.sleep(0.2)


@contextmanager
def demonstration(folder: Path) -> Iterator[Asked]:
    """Run it all until the overloaded heater was cut off; then yield the Prometheus."""
    with ExitStack() as stack:
        broker = Mosquitto(_made(folder / "broker"), password=_SECRET)
        stack.callback(broker.kill)
        broker.start()
        influx = stack.enter_context(_points_taken())
        server = Asked(_made(folder / "prometheus"))
        stack.callback(server.stop)
        target = f"127.0.0.1:{free_port()}"
        config = _config(_made(folder / "collector"), target, broker.port, influx)
        stack.enter_context(_collector(config))
        server.wait_ready()
        server.watch(target)
        for query in _AWAITED:
            server.wait(query, 100)
        # Graphs by the minute end at the last whole one, which must have seen it all.
        server.wait(f"vector(time() - time() % 60) > {time.time() - 15}", 100)
        yield server


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _config(folder: Path, listen: str, broker: int, influx: int) -> Path:
    document = yaml.safe_load(_DEMO.read_text(encoding="utf-8"))
    secret = folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text(_SECRET, encoding="utf-8")
    document["data_dir"] = str(folder / "data")
    document["web"]["listen"] = listen
    assert document["mqtt"]["username"] == USER
    document["mqtt"]["server"] = f"mqtt://127.0.0.1:{broker}"
    document["mqtt"]["password_file"] = str(secret)
    document["influxdb"]["url"] = f"http://127.0.0.1:{influx}"
    document["influxdb"]["token_file"] = str(secret)
    path = folder / "collector.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


@contextmanager
def _collector(config: Path) -> Iterator[None]:
    log = config.with_name("log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "collector", "run", "--config", config],
            cwd=config.parent,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
        assert process.poll() is None, log.read_text(encoding="utf-8")
    except AssertionError as error:
        error.add_note(log.read_text(encoding="utf-8"))
        raise
    finally:
        process.terminate()
        process.wait(10)
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said, said


@contextmanager
def _points_taken() -> Iterator[int]:
    """Yield the port of a server that refuses two batches of points, then takes all."""
    requests = 0

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal requests
            requests += 1
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503 if requests <= _REFUSED else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
