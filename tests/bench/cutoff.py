"""From an over-limit frame on the wire to the OFF on the wire, beside the bare path."""

import threading
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from tests.bench.children import Child, stopped_at_the_end
from tests.bench.overload_air import LIMIT_WATTS
from tests.bench.service import PROMETHEUS, Service

RATES = (0, 100, 400)  # reports/s beside it
TRIALS = 400  # at each rate, in ROUNDS turns
ROUNDS = 4
OVERLOADED = 17  # relays with a threshold of their own; three more policies for all
SCRAPE_SECONDS = 1.0
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
) -> dict[str, Any]:
    """Return median and p99 of both paths by rate, ms; in turns, in one run."""
    policies = POLICIES + "".join(
        THRESHOLD.format(number=number, limit=LIMIT_WATTS)
        for number in range(overloaded)
    )
    ours_folder, bare_folder = folder / "ours", folder / "bare"
    for each in (ours_folder, bare_folder):
        each.mkdir()
    airs = [
        OverloadAir(each, relays, overloaded) for each in (ours_folder, bare_folder)
    ]
    with stopped_at_the_end(*airs):
        ours = HungService(ours_folder, airs[0].port, relays, more=policies)
        with stopped_at_the_end(ours):
            bare = BarePath(bare_folder, airs[1].port, relays)
            with stopped_at_the_end(bare):
                for air in airs:
                    air.overload(0, 2 * overloaded)  # warm
                found: dict[str, Any] = {}
                for rate in rates:
                    found[str(rate)] = _rate(ours, airs, rate, trials, rounds)
                return found


def _rate(
    ours: Service, airs: list[OverloadAir], rate: int, trials: int, rounds: int
) -> dict[str, Any]:
    taken: list[list[float]] = [[], []]
    scrapes = 0
    for _ in range(rounds):
        with Scraper(ours) as scraper:
            taken[0] += airs[0].overload(rate, trials // rounds)
        scrapes += scraper.scrapes
        taken[1] += airs[1].overload(rate, trials // rounds)
        time.sleep(0.5)
    cuts = [quantiles(each, n=100) for each in taken]
    return {
        "trials": len(taken[0]),
        "scrapes": scrapes,
        "median_ms": median(taken[0]),
        "p99_ms": cuts[0][98],
        "worst_ms": max(taken[0]),
        "bare_median_ms": median(taken[1]),
        "bare_p99_ms": cuts[1][98],
        "median_ratio": median(taken[0]) / median(taken[1]),
        "p99_ratio": cuts[0][98] / cuts[1][98],
    }
