"""CPU of a scrape beside prometheus_client on equal families, in one run.

    python -m tests.bench.bench_scrape [relays]

Prints one JSON line. `steady`: nothing has changed since the last scrape; `live`: a
quarter of the relays have reported everything anew (the relay's main report comes
every 2-5 minutes, Prometheus every 15-60 s); `storm`: every value of every relay is
new. Their side renders families that were built beforehand, ours starts from the
statuses. Each number is the best of the rounds: what else runs only adds.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from prometheus_client import CollectorRegistry, Metric

from collector.model.status import EnergyStatus, RelayStatus
from collector.sinks.prometheus import PrometheusExposition
from tests.statuses import EqualFamilies, by_prometheus_client, house

ROUNDS = 20
CHANGING = {"steady": 0, "live": 4, "storm": 1}  # every n-th relay has new values
_STEP = 0.000_731  # what a value moves by, in its unit


class Prebuilt:
    """Families that cost nothing to collect."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> list[Metric]:
        return self._metrics


def measure(relays: int) -> dict[str, float]:
    """Return CPU ms of each side and their ratios, by format and way of change."""
    statuses = house(relays)
    found: dict[str, float] = {
        "relays": relays,
        "series": sum(
            len(metric.samples) for metric in EqualFamilies(statuses).collect()
        ),
    }
    for way, every in CHANGING.items():
        for openmetrics in (False, True):
            name = f"{way}_{'openmetrics' if openmetrics else 'text'}"
            ours, theirs = asyncio.run(
                compare(scenes(statuses, every), openmetrics=openmetrics)
            )
            found[f"{name}_ms"] = round(ours * 1000, 2)
            found[f"{name}_generate_latest_ms"] = round(theirs * 1000, 2)
            found[f"{name}_ratio"] = round(ours / theirs, 3)
    found["ratio"] = max(
        found[f"live_{name}_ratio"] for name in ("text", "openmetrics")
    )
    return found


def scenes(statuses: list[RelayStatus], every: int) -> Iterator[list[RelayStatus]]:
    """Yield the house at one scrape after the other."""
    for scrape in count(1):
        yield statuses
        statuses = [
            moved(status, scrape)
            if every and (number + scrape) % every == 0
            else status
            for number, status in enumerate(statuses)
        ]


def moved(status: RelayStatus, scrape: int) -> RelayStatus:
    """Return the relay after a report that changed all that can change."""
    step = _STEP * scrape
    return replace(
        status,
        last_seen=(status.last_seen or 0) + step,
        values={key: value + step for key, value in status.values.items()},
        measured_at={key: at + step for key, at in status.measured_at.items()},
        energy=EnergyStatus(
            total_joules=1_000 + step,
            cost={"day": step, "night": step / 2},
            currency="EUR",
        ),
        channel_power={
            channel: replace(part, watts=part.watts + step)
            for channel, part in status.channel_power.items()
        },
        rules={
            rule: replace(each, margin=(each.margin or 0.5) - step)
            for rule, each in status.rules.items()
        },
    )


async def compare(
    houses: Iterator[list[RelayStatus]], *, openmetrics: bool
) -> tuple[float, float]:
    """Render scrape after scrape on both sides; check the bytes, return CPU seconds."""
    statuses: list[RelayStatus] = []
    ours = PrometheusExposition(lambda: statuses, CollectorRegistry())
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        statuses = next(houses)
        registry = CollectorRegistry()
        registry.register(Prebuilt(list(EqualFamilies(statuses).collect())))
        gc.collect()  # what was made for the measurement is not to be paid within it
        started = time.process_time()
        text = await ours.render(openmetrics=openmetrics)
        mine.append(time.process_time() - started)
        gc.collect()
        started = time.process_time()
        other = by_prometheus_client(registry, openmetrics=openmetrics)
        theirs.append(time.process_time() - started)
        assert text == other
    return min(mine), min(theirs)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    sys.stdout.write(json.dumps(measure(size)) + "\n")
