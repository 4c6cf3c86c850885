"""Prometheus with the deployed rules, Alertmanager with the deployed routes, a receiver."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from tests.prometheus.rule_files import DEPLOYED, RULES
from tests.servers.conftest import free_port, need

_DURATION = re.compile(r"(\d+)([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def faster(duration: str, factor: float) -> str:
    """Return a duration of one unit, divided; of Prometheus, at least 1 s."""
    found = _DURATION.fullmatch(duration)
    assert found, duration
    seconds = int(found[1]) * _SECONDS[found[2]] / factor
    return f"{max(1000, round(seconds * 1000))}ms"


@dataclass
class Receiver:
    """What was notified, as the webhook got it."""

    port: int
    notified: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """Keep each alert of a notification."""
        body = await request.json()
        for each in body["alerts"]:
            self.notified.append({**each, "receiver": body["receiver"]})
        self._news.set()
        return web.Response()

    def of(self, alert: str, status: str) -> list[dict[str, Any]]:
        return [
            each
            for each in self.notified
            if each["labels"]["alertname"] == alert and each["status"] == status
        ]

    async def told(self, alert: str, status: str) -> dict[str, Any]:
        """Wait until an alert was notified (the test's time-out ends it)."""
        while not self.of(alert, status):
            self._news.clear()
            await self._news.wait()
        return self.of(alert, status)[0]

    async def told_of(self, labels: dict[str, str]) -> None:
        """Wait until the alert with exactly these labels was notified."""
        while all(each["labels"] != labels for each in self.notified):
            self._news.clear()
            await self._news.wait()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Listen for notifications."""
    here = Receiver(free_port())
    application = web.Application()
    application.router.add_post("/{name}", here.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", here.port).start()
    try:
        yield here
    finally:
        await runner.cleanup()


@contextmanager
def program(folder: Path, *arguments: str) -> Iterator[None]:
    """Run a server until the context ends; its log is a file."""
    folder.mkdir()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def asked(url: str, body: Any = None) -> Any:
    """Return what a server answers; with a body it is a POST."""
    async with (
        aiohttp.ClientSession() as session,
        session.request("GET" if body is None else "POST", url, json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        text = await answer.text()
        return json.loads(text) if text.startswith(("{", "[")) else text


async def until(
    ask: Callable[[], Any], wanted: Callable[[Any], bool], folder: Path
) -> Any:
    """Ask until the answer is as wanted; a server that does not answer yet is asked on."""
    found: Any = None
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    found = await ask()
                except aiohttp.ClientConnectionError:
                    found = None
                except AssertionError as error:  # not ready yet
                    found = error
                else:
                    if wanted(found):
                        return found
                await asyncio.sleep(0.1)
    except TimeoutError:
        log = (folder / "log").read_text()[-3000:]
        raise AssertionError(f"{found!r}\n{log}") from None


@asynccontextmanager
async def alertmanager(
    folder: Path, receiver_port: int, *, factor: float
) -> AsyncIterator[str]:
    """Run it with the deployed file; only its waits and receivers' addresses differ."""
    config = yaml.safe_load((DEPLOYED / "alertmanager.yml").read_text(encoding="utf-8"))
    for route in (config["route"], *config["route"]["routes"]):
        for key in ("group_wait", "group_interval", "repeat_interval"):
            if key in route:
                route[key] = faster(route[key], factor)
    for each in config["receivers"]:
        for webhook in each["webhook_configs"]:
            name = webhook["url"].rsplit("/", 1)[1]
            webhook["url"] = f"http://127.0.0.1:{receiver_port}/{name}"
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    async with _served(
        folder / "alertmanager",
        need("prometheus-alertmanager"),
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager' / 'data'}",
        "--cluster.listen-address=",
    ) as url:
        yield url


@asynccontextmanager
async def prometheus_with_rules(
    folder: Path, target: str, alertmanager_url: str, *, factor: float
) -> AsyncIterator[str]:
    """Run it with the deployed rules; only `for` and the intervals are shorter."""
    copies = []
    for path in RULES:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in document["groups"]:
            group["interval"] = faster(group["interval"], factor)
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = faster(rule["for"], factor)
        copy = folder / path.name
        copy.write_text(yaml.safe_dump(document), encoding="utf-8")
        copies.append(str(copy))
    config = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = copies
    (manager,) = config["alerting"]["alertmanagers"]
    manager["static_configs"][0]["targets"] = [alertmanager_url.removeprefix("http://")]
    job = config["scrape_configs"][0]
    job["static_configs"][0]["targets"] = [target]
    config["scrape_configs"] = [job]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    async with _served(
        folder / "prometheus",
        need("prometheus"),
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'prometheus' / 'data'}",
        "--rules.alert.resend-delay=1s",
    ) as url:
        yield url


@asynccontextmanager
async def _served(own: Path, *command: str) -> AsyncIterator[str]:
    """Run a server on a free port until it is no longer needed; yield its URL, ready."""
    address = f"127.0.0.1:{free_port()}"
    with program(own, *command, f"--web.listen-address={address}"):
        url = f"http://{address}"
        await until(lambda: asked(f"{url}/-/ready"), bool, own)
        yield url
