"""All benchmarks: prints the table, writes every figure.

python -m tests.bench.main [--json FILE] [--markdown FILE] [--only reports,memory]
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import (
    bench_replay,
    bench_scrape,
    cutoff,
    fleet,
    influx,
    latency,
    memory,
    mqtt,
    reports,
)
from tests.bench.machine import describe
from tests.bench.table import markdown, rows

SCRAPE_RELAYS = 200
PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "reports": reports.measure,
    "memory": memory.measure,
    "latency": latency.measure,
    "cutoff": cutoff.measure,
    "replay": bench_replay.measure,
    "influx": influx.measure,
    "mqtt": mqtt.measure,
    "fleet": fleet.measure,
    "scrape": lambda _: bench_scrape.measure(SCRAPE_RELAYS),
}


def main() -> int:
    """Run what was asked for; 1 where a target was missed."""
    options = _options()
    found: dict[str, Any] = {"machine": describe()}
    for name in options.only:
        sys.stderr.write(f"{name} ...\n")
        with tempfile.TemporaryDirectory() as folder:
            found[name] = PARTS[name](Path(folder))
    sys.stdout.write(markdown(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(markdown(found))
    return 0 if all(row.met for row in rows(found)) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument("--json", type=Path, help="where every figure goes")
    parser.add_argument("--markdown", type=Path, help="where the table goes")
    parser.add_argument(
        "--only",
        type=_parts,
        default=list(PARTS),
        help=f"some of {','.join(PARTS)}",
    )
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]}: not one of {','.join(PARTS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
