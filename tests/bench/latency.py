"""From the frame on the wire to the status that a scrape shows."""

import pickle
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from tests.bench.children import Air, stopped_at_the_end
from tests.bench.service import PROMETHEUS, Service

RATE = 400  # reports/s
SECONDS = 60.0
SCRAPE_SECONDS = 1.0


def measure(
    folder: Path, *, relays: int = 50, rate: int = RATE, seconds: float = SECONDS
) -> dict[str, Any]:
    """Return percentiles in ms under this rate and a scrape a second."""
    sent_at, done_at = folder / "sent.pickle", folder / "done.pickle"
    air = Air(folder, relays, sent_at)
    count = round(rate * seconds)
    with stopped_at_the_end(air):
        service = Service(folder, air.port, relays, done_at)
        with stopped_at_the_end(service):
            air.flood(rate, 10 * relays)
            service.settle()
            waited = service.kept_waiting_seconds
            air.say([rate, count])
            scrapes = _scrape(service, seconds)
            air.flooded()
            service.settle()
            waited = service.kept_waiting_seconds - waited
    sent = pickle.loads(sent_at.read_bytes())  # noqa: S301  # written by our own child
    done = pickle.loads(done_at.read_bytes())  # noqa: S301
    return {
        "scrapes": len(scrapes),
        "scrape_worst_ms": max(scrapes) * 1e3,
        "service_waited_seconds": waited,
        **join(sent, done),
    }


def join(
    sent: list[tuple[int, str, bytes]], done: list[tuple[int, str, bytes, int]]
) -> dict[str, float]:
    """Pair by relay and content; RuntimeError where a frame is missing."""
    handled: dict[tuple[str, bytes], tuple[int, int]] = {}
    for at, ieee, data, arrived in done:
        handled[ieee, data] = (at, arrived)
    try:
        pairs = [(at, *handled[ieee, data]) for at, ieee, data in sent]
    except KeyError:
        raise RuntimeError("a frame that was sent was not handled") from None
    if len({(ieee, data) for _, ieee, data in sent}) != len(sent):
        raise RuntimeError("two frames of one relay are equal: no telling them apart")
    whole = sorted((done_at - at) / 1e6 for at, done_at, _ in pairs)
    wire = sorted((arrived - at) / 1e6 for at, _, arrived in pairs)
    cuts, wire_cuts = quantiles(whole, n=1000), quantiles(wire, n=1000)
    return {
        "reports": len(sent),
        "median_ms": cuts[499],
        "p99_ms": cuts[989],
        "p999_ms": cuts[998],
        "worst_ms": whole[-1],
        "to_tap_median_ms": wire_cuts[499],
        "to_tap_p99_ms": wire_cuts[989],
    }


def _scrape(service: Service, seconds: float) -> list[float]:
    """Scrape every second like Prometheus; return how long each took, s."""
    taken = []
    begin = time.monotonic()
    while (passed := time.monotonic() - begin) < seconds:
        service.scrape(**PROMETHEUS)
        taken.append(time.monotonic() - begin - passed)
        time.sleep(max(0.0, SCRAPE_SECONDS - taken[-1]))
    return taken
