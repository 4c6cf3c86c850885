"""Configurations from texts, for every test of this folder."""

from pathlib import Path

import pytest

from collector.config.load import parse_config
from collector.config.schema import Config
from collector.model.errors import ConfigError

FOLDER = Path("/etc/c")


def config_of(text: str, folder: Path = FOLDER, **environment: str) -> Config:
    """Return the configuration of a text that must be taken."""
    return parse_config(text, source="c", folder=folder, environment=environment)


def problems_of(text: str, folder: Path = FOLDER, **environment: str) -> list[str]:
    """Return the problems of a text that must be refused."""
    with pytest.raises(ConfigError) as caught:
        config_of(text, folder, **environment)
    return caught.value.problems
