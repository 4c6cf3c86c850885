"""A fleet of sites through vmagent into VictoriaMetrics, and the fleet's queries on it.

Each site is the service's own exposition of relays that report at the real cadence.
Time is compressed by SPEED: relays report, and vmagent scrapes, so many times as often
as in truth (15 s); the samples are the same ones, they only come faster.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.bench.children import Child, stopped_at_the_end
from tests.bench.fleet_queries import Query, fleet_queries
from tests.bench.fleet_servers import Agent, Database, Targets
from tests.bench.fleet_site import out_of_reach

SITES: Final = 1000
RELAYS: Final = 20
SPEED: Final = 2.0
SECONDS: Final = 120.0
SITES_OF_A_PROCESS: Final = 500
QUERY_ROUNDS: Final = 10
SCRAPE_SECONDS: Final = 15.0
WARM_SCRAPES: Final = 3  # of each site, before anything is measured
_START_SECONDS: Final = 600.0


class Fleet:
    """The running processes: sites, agent, database."""

    def __init__(
        self, sites: list[Child], agent: Agent, database: Database, interval: float
    ) -> None:
        self.sites = sites
        self.agent = agent
        self.database = database
        self.interval = interval

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Look until it holds; RuntimeError where it never does."""
        deadline = time.monotonic() + _START_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise RuntimeError(f"never seen: {what}")
            time.sleep(0.2)


@contextmanager
def fleet(
    folder: Path, sites: int, relays: int, speed: float, *, compressed: bool = False
) -> Iterator[Fleet]:
    """Run a fleet of so many sites."""
    interval = SCRAPE_SECONDS / speed
    targets = Targets(interval, compressed=compressed)
    children: list[Child] = []
    for first in range(0, sites, SITES_OF_A_PROCESS):
        count = min(SITES_OF_A_PROCESS, sites - first)
        options = (str(first), str(count), str(relays), str(speed))
        children.append(
            Child("tests.bench.fleet_sites", *options, log=folder / "sites.log")
        )
        targets.add(first, count, int(children[-1].hear()["port"]))
    with stopped_at_the_end(*children):
        database = Database(folder)
        try:
            agent = Agent(folder, targets, database)
            try:
                yield Fleet(children, agent, database, interval)
            finally:
                agent.stop()
        finally:
            database.stop()


def measure(
    folder: Path,
    *,
    sites: int = SITES,
    relays: int = RELAYS,
    speed: float = SPEED,
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """Return series, rates, what the servers take, and the times of the queries."""
    with fleet(folder, sites, relays, speed) as running:
        scraped = f"count(up) == {sites}"
        running.until(lambda: bool(running.database.instant(scraped)), scraped)
        time.sleep(WARM_SCRAPES * running.interval)
        found = _ingested(running, seconds)
        found |= _counted(running, sites)
        found["queries"] = timed(running.database, fleet_queries(), QUERY_ROUNDS)
        found["disk"] = running.database.on_disk()
    found["disk"]["bytes_per_sample"] = (
        found["disk"]["bytes"] / found["disk"]["samples"]
    )
    return found | {"sites": sites, "relays": relays, "speed": speed}


def timed(
    database: Database, queries: list[Query], rounds: int
) -> dict[str, dict[str, float]]:
    """Return median and p99 of each query, ms: at once, and over the last hour."""
    found = {}
    for query in queries:
        ways: dict[str, Callable[[], object]] = {
            "instant": lambda query=query: database.instant(query.expression),  # type: ignore[misc]  # bound here
            "range": lambda query=query: database.span(query.expression, 3600, "15s"),  # type: ignore[misc]  # bound here
        }
        found[query.title] = {
            f"{way}_{name}_ms": value
            for way, ask in ways.items()
            for name, value in _times(ask, rounds).items()
        }
    return found


def _times(ask: Callable[[], object], rounds: int) -> dict[str, float]:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    return {"median": median(times), "p99": times[int(0.99 * (len(times) - 1) + 0.5)]}


def _ingested(running: Fleet, seconds: float) -> dict[str, Any]:
    """Look at a stretch of time: rate of samples, CPU of each part, memory."""
    every: dict[str, list[Any]] = {
        "vmagent": [running.agent],
        "victoria": [running.database],
        "sites": [*running.sites],
    }
    before = {name: _cpu(programs) for name, programs in every.items()}
    rows, started = running.database.rows, time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - started
    found: dict[str, Any] = {
        "samples_per_second": (running.database.rows - rows) / passed,
        "pending_bytes": running.agent.pending_bytes,
    }
    for name, programs in every.items():
        found[f"{name}_cores"] = (_cpu(programs) - before[name]) / passed
        found[f"{name}_mib"] = sum(each.resident_mib for each in programs)
    return found


def _counted(running: Fleet, sites: int) -> dict[str, Any]:
    """Count series, and scrapes that were late or failed."""
    [series] = running.database.instant("sum(scrape_samples_scraped)").values()
    [up] = running.database.instant("sum(up)").values()
    in_reach = sum(not out_of_reach(each) for each in range(sites))
    [slowest] = running.database.instant("max(scrape_duration_seconds)").values()
    return {
        "series": series,
        "series_per_site": series / up,
        "up": up,
        "slowest_scrape_seconds": slowest,
        "in_reach": in_reach,
        # Of all sites that can be scraped, also where some were too slow.
        "wanted_per_second": series / up * in_reach / running.interval,
    }


def _cpu(programs: list[Any]) -> float:
    return float(sum(each.cpu_seconds for each in programs))
