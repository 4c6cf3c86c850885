"""Resident memory: after warm-up, and over many reports."""

from pathlib import Path
from typing import Any

from tests.bench.children import Air, stopped_at_the_end
from tests.bench.service import PROMETHEUS, Service

RATE = 1600  # reports/s
STEP = 20_000  # reports between two looks


def measure(
    folder: Path, *, relays: int = 50, steps: int = 11, step: int = STEP
) -> dict[str, Any]:
    """Return MiB before the first report and after each step, a scrape in each."""
    air = Air(folder, relays)
    with stopped_at_the_end(air):
        service = Service(folder, air.port, relays)
        with stopped_at_the_end(service):
            service.settle()
            started = service.resident_mib
            before = service.frames()["decoded"]
            curve = []
            for _ in range(steps):
                air.flood(RATE, step)
                service.scrape(**PROMETHEUS)
                service.settle()
                curve.append(service.resident_mib)
            decoded = service.frames()["decoded"] - before
            if decoded != steps * step:
                raise RuntimeError(f"{steps * step} sent, {decoded} decoded")
            return {
                "start_mib": started,
                "warm_mib": curve[0],
                "last_mib": curve[-1],
                "growth_mib": curve[-1] - curve[0],
                "reports": steps * step,
                "step": step,
                "curve_mib": curve,
            }
