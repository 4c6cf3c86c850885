"""CPU of a report: our whole service beside plain zigpy, in turns, in one run."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.children import Air, Child, PlainZigpy, stopped_at_the_end
from tests.bench.service import Service

RATES = (100, 400, 1600)  # reports/s
FLOOD_SECONDS = 10.0
WARM_UP = 2000  # reports before anything is measured
WARM_UP_RATE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one flood cost one process."""

    reports: int
    cpu: float  # s, of which
    idle: float  # s it would have taken without any report
    waited: float  # s that it could have run and was not let: how busy the machine was

    @property
    def per_report(self) -> float:
        """CPU of one report, s."""
        return (self.cpu - self.idle) / self.reports


def measure(
    folder: Path,
    *,
    relays: int = 50,
    rates: tuple[int, ...] = RATES,
    seconds: float = FLOOD_SECONDS,
    rounds: int = 3,
) -> dict[str, Any]:
    """Return the cost of a report by rate; RuntimeError where a frame got lost."""
    airs = Air(folder, relays), Air(folder, relays)
    with stopped_at_the_end(*airs):
        ours = Service(folder, airs[0].port, relays)
        with stopped_at_the_end(ours):
            theirs = PlainZigpy(folder, airs[1].port, relays)
            with stopped_at_the_end(theirs):
                sides = (
                    Side("ours", ours, airs[0], lambda: _decoded(ours)),
                    Side("plain_zigpy", theirs, airs[1], theirs.received),
                )
                for side in sides:
                    side.flood(WARM_UP_RATE, WARM_UP)
                return {
                    str(rate): _rate(sides, rate, seconds, rounds) for rate in rates
                }


class Side:
    """A process, the air that it listens to, and what it says to have received."""

    def __init__(
        self, name: str, child: Child, air: Air, received: Callable[[], int]
    ) -> None:
        self.name = name
        self._child = child
        self._air = air
        self._received = received

    def cost(self, rate: int, seconds: float) -> Cost:
        """Let it be idle, and then flood it for as long."""
        self._child.settle()
        idle = self._child.cpu_seconds
        time.sleep(seconds)
        idle = (self._child.cpu_seconds - idle) / seconds
        return self.flood(rate, round(rate * seconds), idle)

    def flood(self, rate: int, count: int, idle: float = 0.0) -> Cost:
        """Flood it; RuntimeError where it has not received every single frame."""
        before = self._received()
        self._child.settle()
        child = self._child
        started, cpu = time.monotonic(), child.cpu_seconds
        waited = child.kept_waiting_seconds
        self._air.flood(rate, count)
        child.settle()
        cpu = child.cpu_seconds - cpu
        cost = Cost(
            reports=count,
            cpu=cpu,
            idle=idle * (time.monotonic() - started),
            waited=child.kept_waiting_seconds - waited,
        )
        received = self._received() - before
        if received != count:
            raise RuntimeError(f"{self.name}: {count} sent, {received} received")
        return cost


def _rate(
    sides: tuple[Side, Side], rate: int, seconds: float, rounds: int
) -> dict[str, Any]:
    costs: dict[str, list[Cost]] = {side.name: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            costs[side.name].append(side.cost(rate, seconds))
    ours, theirs = (
        median(cost.per_report for cost in costs[side.name]) for side in sides
    )
    gross, other = (median(cost.cpu for cost in costs[side.name]) for side in sides)
    return {
        "ours_us": ours * 1e6,
        "plain_zigpy_us": theirs * 1e6,
        "ratio": ours / theirs,
        "ratio_with_idle": gross / other,
        "rounds": {
            name: [asdict(cost) for cost in each] for name, each in costs.items()
        },
    }


def _decoded(service: Service) -> int:
    """Return the decoded reports; RuntimeError where one had another end."""
    frames = service.frames()
    good = ("decoded", "response")  # what was read at the start has been answered
    others = {word: n for word, n in frames.items() if n and word not in good}
    if others:
        raise RuntimeError(f"ours: frames were not decoded: {others}")
    return frames["decoded"]
