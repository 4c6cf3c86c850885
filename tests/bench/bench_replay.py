"""A month of one-minute power of twenty relays through `collector policy replay`."""

import json
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

RELAYS = 20
DAYS = 30
START = datetime(2026, 3, 1, tzinfo=UTC)
CONFIG = """\
timezone: Europe/Berlin
relays:
{relays}
policies:
  - {{name: overload, kind: threshold, relay: "*", quantity: power, above: 2200,
     clear: 2000, for_seconds: 60, switch_off: [l1], when_stale: keep,
     restore: {{after_seconds: 1800, at_most: 20, within_seconds: 86400}}}}
  - {{name: house, kind: budget, limit_w: 15000, members: "*",
     shed: ["r0/l1", "r1/l1", "r2/l1"], when_stale: assume_rated}}
  - {{name: cable, kind: inverse_time, relay: "*", rated_current_a: 9, curve: VI,
     tms: 1, switch_off: [l1], when_stale: keep}}
  - {{name: daily, kind: energy_budget, relay: "*", per: day, limit_kwh: 20,
     switch_off: [l1], when_stale: keep}}
"""
POLICIES = 4


def measure(folder: Path, *, relays: int = RELAYS, days: int = DAYS) -> dict[str, Any]:
    """Return how long the command took, its start included."""
    config, table = folder / "collector.yaml", folder / "month.csv"
    config.write_text(
        CONFIG.format(
            relays="\n".join(
                f'  - {{ieee: "00:15:8d:00:03:a0:00:{n:02x}", name: r{n}}}'
                for n in range(relays)
            )
        )
    )
    samples = write_month(table, relays, days)
    started = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "collector",
            "policy",
            "replay",
            str(table),
            "--config",
            str(config),
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"replay failed: {done.stderr[-2000:]}")
    report = json.loads(done.stdout)
    if report["samples"] < samples:
        raise RuntimeError(f"{samples} samples written, {report['samples']} replayed")
    return {
        "relays": relays,
        "samples": samples,
        "policies": POLICIES,
        "seconds": seconds,
        "off": len(report["off"]),
        "events": len(report["events"]),
    }


def write_month(path: Path, relays: int, days: int) -> int:
    """Write a home's month: base loads, cycles, and now and then too much."""
    chance = random.Random(3)  # noqa: S311  # a load curve, not a secret
    written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("time,relay,quantity,value\n")
        for minute in range(days * 24 * 60):
            at = (START + timedelta(minutes=minute)).isoformat()
            for relay in range(relays):
                watts = 40 + 25 * relay
                if (minute + 37 * relay) % 90 < 25:
                    watts += 900
                if chance.random() < 0.0005:
                    watts = 2600
                file.write(f"{at},r{relay},power,{watts + chance.random():.2f}\n")
                written += 1
    return written
