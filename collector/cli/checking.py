"""`collector config`: is the file right, and what may stand in it."""

import json
from pathlib import Path

from collector.cli.finding import find
from collector.config.load import json_schema
from collector.config.radio import Simulator
from collector.model.errors import ConfigError
from collector.simulator.scenario_file import load_scenario
from collector.simulator.settings import SimulatorError


def check(path: Path | None) -> None:
    """Say that the file is right; ConfigError names every problem."""
    config, file = find(path)
    if config.radio.simulated:
        _check_scenario(str(file), config.radio.simulator)
    print(
        f"{file} is right: {len(config.relays)} relay(s) named, radio {config.radio.path}"
    )


def _check_scenario(source: str, simulator: Simulator) -> None:
    try:
        load_scenario(simulator.scenario, simulator.relays)
    except SimulatorError as error:
        raise ConfigError(source, [f"radio.simulator.scenario: {error}"]) from error


def schema() -> None:
    """Print the JSON Schema."""
    print(json.dumps(json_schema(), indent=2))
