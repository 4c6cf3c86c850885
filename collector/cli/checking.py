"""`collector config`: is the file right, and what may stand in it."""

import json
from pathlib import Path

from collector.cli.finding import find
from collector.cli.reaction import Reaction, reactions
from collector.config.load import json_schema
from collector.config.radio import Simulator
from collector.config.settings import line_settings
from collector.model.errors import ConfigError
from collector.scheduler import cron_edge
from collector.simulator.scenario_file import load_scenario
from collector.simulator.settings import SimulatorError


def check(path: Path | None) -> None:
    """Say that the file is right, and how fast its rules are; or name every problem."""
    config, file = find(path)
    if config.radio.simulated:
        _check_scenario(str(file), config.radio.simulator)
    print(
        f"{file} is right: {len(config.relays)} relay(s) named, radio {config.radio.path}"
    )
    settings = line_settings(config, cron_edge)
    found = reactions(settings)
    if settings.policies.monitor:
        print("mode monitor: nothing is ever switched")
    if found:
        print("Time until a rule switches off, at worst:")
    for reaction in found:
        print(f"  {reaction.name}: {told(reaction)}")
        for warning in reaction.warnings:
            print(f"    warning: {warning}")


def told(reaction: Reaction) -> str:
    """Return in words how fast a rule is."""
    parts = ["dry run"] if reaction.dry else []
    if reaction.worst is None or reaction.usual is None:
        parts.append("at the edge of its hours")
    else:
        usual, worst = _seconds(reaction.usual), _seconds(reaction.worst)
        as_a_rule = "" if usual == worst else f" (as a rule {usual})"
        parts.append(f"{worst}{as_a_rule} {reaction.at}".rstrip())
    for words, seconds in (
        ("instant stage {}", reaction.instant),
        ("last channel {}", reaction.last),
        ("silent members count as rated after {}", reaction.assumed),
        ("off after {} of silence", reaction.silent),
    ):
        if seconds is not None:
            parts.append(words.format(_seconds(seconds)))
    if reaction.assumed is None and reaction.silent is None:
        parts.append("silence switches nothing")
    return ", ".join(parts)


def _seconds(seconds: float) -> str:
    """Return whole seconds, or with a digit where they are few."""
    return f"{seconds:.0f} s" if seconds >= 10 else f"{round(seconds, 1):g} s"


def _check_scenario(source: str, simulator: Simulator) -> None:
    try:
        load_scenario(simulator.scenario, simulator.relays)
    except SimulatorError as error:
        raise ConfigError(source, [f"radio.simulator.scenario: {error}"]) from error


def schema() -> None:
    """Print the JSON Schema."""
    print(json.dumps(json_schema(), indent=2))
