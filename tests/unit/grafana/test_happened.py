"""What a panel counts as having happened, asked of Prometheus' own engine."""

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from grafana.promql import RATE, happened
from tests.servers.conftest import need

STEP: Final = 15  # s, of the samples and of the panel
TARGET: Final = '{instance="c",job="collector",site="s"}'
COUNTER: Final = 'acts{instance="c",job="collector"}'
# Versions, the start of the process, the counter; what is counted at the 21st sample.
CASES: Final = {
    "the first of its series": ("1x40", "0x40", "_x20 1x20", 1),
    "one more, in the windows of several moments": ("1x40", "0x40", "7x19 8x20", 1),
    "two at a time": ("1x40", "0x40", "7x19 9x20", 2),
    "an old one after a scrape that failed": (
        "1x19 stale 1x20",
        "0x19 stale 0x20",
        "7x19 stale 7x20",
        0,
    ),
    "the first of a process that was just started": (
        "1x9 stale _x9 1x20",
        "0x9 stale _x9 290x20",
        "_x20 1x20",
        1,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_happened_is_counted(case: str, tmp_path: Path) -> None:
    info, start, counter, wanted = CASES[case]
    query = happened(COUNTER, RATE)
    for name, value in (
        ("$site", ".*"),
        (RATE, f"{4 * STEP}s"),
        ("$__interval_ms", str(STEP * 1000)),
        ("$__interval", f"{STEP}s"),
    ):
        query = query.replace(name, value)
    # Promtool reads YAML, and JSON is some.
    document = {
        "evaluation_interval": f"{STEP}s",
        "tests": [
            {
                "interval": f"{STEP}s",
                "input_series": [
                    {"series": f"zigbee_collector_build_info{TARGET}", "values": info},
                    {"series": f"process_start_time_seconds{TARGET}", "values": start},
                    {"series": COUNTER, "values": counter},
                ],
                "promql_expr_test": [
                    {
                        "expr": f"sum({query}) or vector(0)",
                        "eval_time": f"{at * STEP}s",
                        "exp_samples": [{"labels": "{}", "value": value}],
                    }
                    for at, value in ((19, 0), (20, wanted), (21, 0))
                ],
            }
        ],
    }
    path = tmp_path / "case.yml"
    path.write_text(json.dumps(document), encoding="utf-8")

    tried = subprocess.run(  # noqa: S603
        [need("promtool"), "test", "rules", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert tried.returncode == 0, tried.stdout + tried.stderr
