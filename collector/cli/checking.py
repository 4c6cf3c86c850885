"""`collector config`: is the file right, and what may stand in it."""

import json
from pathlib import Path

from collector.cli.finding import find
from collector.config.load import json_schema


def check(path: Path | None) -> None:
    """Say that the file is right; ConfigError names every problem."""
    config, file = find(path)
    print(
        f"{file} is right: {len(config.relays)} relay(s) named, radio {config.radio.path}"
    )


def schema() -> None:
    """Print the JSON Schema."""
    print(json.dumps(json_schema(), indent=2))
