"""From an over-limit frame on the wire to the OFF on the wire, beside the bare path."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from collector.sinks.points import Points
from collector.sinks.spool import NAME, Spool
from tests.bench.children import Child, stopped_at_the_end
from tests.bench.influx import NullServer
from tests.bench.overload_air import LIMIT_WATTS
from tests.bench.service import PROMETHEUS, Service
from tests.servers.influx_points import BUCKET, context, readings

RATES = (0, 100, 400)  # reports/s beside it
TRIALS = 400  # at each rate, in ROUNDS turns
ROUNDS = 4
OVERLOADED = 17  # relays with a threshold of their own; three more policies for all
SCRAPE_SECONDS = 1.0
BACKLOG = 4_000_000  # points that are delivered meanwhile
ANSWER_SECONDS = 0.1  # of the server; less, and no backlog would last
COMMIT = 4_000
POLICIES = """\
policies:
  - {name: house, kind: budget, limit_w: 200000, members: "*", shed: ["relay 0/l1"],
     when_stale: keep}
  - {name: peak, kind: demand, limit_w: 200000, members: "*", shed: ["relay 1/l1"],
     when_stale: keep}
  - {name: cables, kind: inverse_time, relay: "*", rated_current_a: 10, curve: SI,
     switch_off: [l2], when_stale: keep}
"""
THRESHOLD = """\
  - {{name: "overload {number}", kind: threshold, relay: "relay {number}",
     quantity: power, above: {limit}, clear: 2400, switch_off: [l1], when_stale: keep}}
"""


class OverloadAir(Child):
    """A coordinator whose relays report overloads."""

    def __init__(self, folder: Path, relays: int, overloaded: int) -> None:
        super().__init__(
            "tests.bench.overload_air",
            str(relays),
            str(overloaded),
            log=folder / "overload_air.log",
        )
        self.port = int(self.hear()["port"])

    def overload(self, rate: int, trials: int) -> list[float]:
        """Return the milliseconds of each trial."""
        self.say({"rate": rate, "trials": trials})
        answer = self.hear()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return [float(each) for each in answer["ms"]]


class BarePath(Child):
    """The loop that sends a CRITICAL command the moment the raw frame arrives."""

    def __init__(self, folder: Path, port: int, relays: int) -> None:
        super().__init__(
            "tests.bench.bare_path",
            str(port),
            str(folder / "bare.db"),
            str(relays),
            log=folder / "bare.log",
        )
        self.hear()


class HungService(Service):
    """The whole service with its policies, a sink of which hangs."""

    MODULE = "tests.bench.hung_sink_service"

    def stop(self) -> None:
        """A process with a thread that hangs is killed."""
        self._process.kill()
        self._process.communicate()


class Scraper:
    """Scrapes once a second until the end of the context."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.scrapes = 0

    def __enter__(self) -> "Scraper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(SCRAPE_SECONDS):
            self._service.scrape(**PROMETHEUS)
            self.scrapes += 1


def measure(
    folder: Path,
    *,
    relays: int = 50,
    overloaded: int = OVERLOADED,
    rates: tuple[int, ...] = RATES,
    trials: int = TRIALS,
    rounds: int = ROUNDS,
    backlog: int = BACKLOG,
) -> dict[str, Any]:
    """Return median and p99 of both paths by what is beside it, ms; in turns, in one run."""
    rules = policies(overloaded)
    found: dict[str, Any] = {}
    plain = folder / "plain", relays, overloaded
    with protecting(*plain, rules) as ours, bare_path(folder, *plain[1:]) as bare:
        for rate in rates:
            found[f"{rate} reports/s"] = in_turns(ours, bare, rate, trials, rounds)
    far = folder / "backlog"
    spool = _backlog(far, backlog)
    server = NullServer(folder, ANSWER_SECONDS)
    with stopped_at_the_end(server):
        more = f"influxdb: {{url: '{server.url}', bucket: {BUCKET}, spool_max_mib: 1024}}\n"
        with protecting(far, relays, overloaded, rules + more) as ours:
            undisturbed = found[f"{rates[-1]} reports/s"]
            beside = _beside(ours, rates[-1], trials, undisturbed)
            left = _left(spool)
    if left < COMMIT:
        raise RuntimeError(f"the backlog of {backlog} points did not last")
    beside["delivered"] = backlog - left
    return found | {f"{rates[-1]} reports/s and a backlog to InfluxDB": beside}


def policies(overloaded: int) -> str:
    """Return the section: a threshold for each of so many relays, and three for all."""
    return POLICIES + "".join(
        THRESHOLD.format(number=number, limit=LIMIT_WATTS)
        for number in range(overloaded)
    )


@contextmanager
def protecting(
    folder: Path, relays: int, overloaded: int, more: str
) -> Iterator[tuple[Service, OverloadAir]]:
    """Run the whole service with these sections, warm, and its relays."""
    folder.mkdir(exist_ok=True)
    air = OverloadAir(folder, relays, overloaded)
    with stopped_at_the_end(air):
        service = HungService(folder, air.port, relays, more=more)
        with stopped_at_the_end(service):
            air.overload(0, 2 * overloaded)  # warm
            yield service, air


@contextmanager
def bare_path(folder: Path, relays: int, overloaded: int) -> Iterator[OverloadAir]:
    """Run the bare path, warm, on relays of its own."""
    air = OverloadAir(folder, relays, overloaded)
    with stopped_at_the_end(air):
        loop = BarePath(folder, air.port, relays)
        with stopped_at_the_end(loop):
            air.overload(0, 2 * overloaded)  # warm
            yield air


def _backlog(folder: Path, points: int) -> Path:
    """Make a spool of so many points; return its file."""
    path = folder / "data" / NAME
    path.parent.mkdir(parents=True)
    spool, made = Spool.open(path, 1 << 30), Points("home", {})
    for begin in range(0, points, COMMIT):
        spool.commit(
            [
                line
                for number in range(begin, min(begin + COMMIT, points))
                for line in made.report("r", readings(number), context())
            ]
        )
    spool.close()
    return path


def _left(path: Path) -> int:
    spool = Spool.open(path, 1 << 30)
    try:
        return spool.points
    finally:
        spool.close()


def _beside(
    ours: tuple[Service, OverloadAir], rate: int, trials: int, bare: dict[str, Any]
) -> dict[str, Any]:
    """Return what `in_turns` does, with the bare path's figures of an earlier turn."""
    service, air = ours
    with Scraper(service) as scraper:
        taken = air.overload(rate, trials)
    found = _figures(taken) | {"scrapes": scraper.scrapes}
    for name in ("median_ms", "p99_ms"):
        found[f"bare_{name}"] = bare[f"bare_{name}"]
    return _ratios(found)


def in_turns(
    ours: tuple[Service, OverloadAir],
    bare: OverloadAir,
    rate: int,
    trials: int,
    rounds: int,
    beside: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> dict[str, Any]:
    """Return the figures of both paths; `beside` is entered for ours alone."""
    service, air = ours
    taken: list[list[float]] = [[], []]
    scrapes = 0
    for _ in range(rounds):
        with beside(), Scraper(service) as scraper:
            taken[0] += air.overload(rate, trials // rounds)
        scrapes += scraper.scrapes
        taken[1] += bare.overload(rate, trials // rounds)
        time.sleep(0.5)
    found = _figures(taken[0]) | {"scrapes": scrapes}
    found |= {f"bare_{name}": value for name, value in _figures(taken[1]).items()}
    return _ratios(found)


def _figures(taken: list[float]) -> dict[str, Any]:
    return {
        "trials": len(taken),
        "median_ms": median(taken),
        "p99_ms": quantiles(taken, n=100, method="inclusive")[98],
        "worst_ms": max(taken),
    }


def _ratios(found: dict[str, Any]) -> dict[str, Any]:
    for name in ("median", "p99"):
        found[f"{name}_ratio"] = found[f"{name}_ms"] / found[f"bare_{name}_ms"]
    return found
