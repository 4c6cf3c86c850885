"""Points into the spool and out of it, beside influxdb-client's own batching API."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.children import Child, stopped_at_the_end

POINTS = 100_000
ROUNDS = 3
HOUR_POINTS = 36_000  # 50 relays, a report each five seconds


class NullServer(Child):
    """Answers 204 to everybody."""

    def __init__(self, folder: Path, seconds: float = 0.0) -> None:
        """`seconds`: how long each answer takes."""
        super().__init__(
            "tests.bench.influx_null", str(seconds), log=folder / "null.log"
        )
        self.url = f"http://127.0.0.1:{int(self.hear()['port'])}"


def measure(
    folder: Path, *, points: int = POINTS, rounds: int = ROUNDS, hour: int = HOUR_POINTS
) -> dict[str, Any]:
    """Return points/s and CPU of both, in turns, and what an hour's outage costs."""
    server = NullServer(folder)
    sides: dict[str, list[dict[str, float]]] = {"ours": [], "batching": []}
    with stopped_at_the_end(server):
        for number in range(rounds):
            for side, found in sides.items():
                own = folder / f"{side}{number}"
                own.mkdir()
                found.append(_run(side, own, server.url, points))
    own = folder / "outage"
    own.mkdir()
    ours, theirs = (
        median(each["per_second"] for each in found) for found in sides.values()
    )
    return {
        "points": points,
        "ours_per_second": ours,
        "batching_per_second": theirs,
        "ratio": ours / theirs,
        "ours_cpu_us": median(each["cpu_us"] for each in sides["ours"]),
        "batching_cpu_us": median(each["cpu_us"] for each in sides["batching"]),
        "spooled_per_second": median(e["spooled_per_second"] for e in sides["ours"]),
        "rounds": sides,
        "outage": _run("outage", own, "", hour),
    }


def _run(side: str, folder: Path, url: str, points: int) -> dict[str, float]:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.influx_child"),
            *(side, str(folder), url, str(points)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{side} failed: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
