"""collector.yaml to a Config, or one ConfigError that names every problem."""

import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from collector.config.check import check
from collector.config.problems import shown
from collector.config.schema import Config
from collector.config.secret_files import Expansion, expand
from collector.config.yaml_text import YamlProblemsError, parse
from collector.model.errors import ConfigError

DEFAULT_PATHS = (Path("collector.yaml"), Path("/etc/collector/collector.yaml"))
_LARGEST = 1 << 20  # bytes; 200 relays with everything set take 100 KiB
_SHORTEST_SECRET = 4  # characters; shorter ones stand in every other word


def default_path() -> Path | None:
    """Return ./collector.yaml or /etc/collector/collector.yaml, whichever is there."""
    return next((path for path in DEFAULT_PATHS if path.exists()), None)


def load(path: Path) -> Config:
    """Return the checked configuration of a file.

    Relative paths in it start from the file's own folder: the working directory of
    a service is nobody's choice. Raises ConfigError with every problem.
    """
    return parse_config(_read(path), source=str(path), folder=path.absolute().parent)


def parse_config(
    text: str,
    *,
    source: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return the checked configuration of YAML text; raises ConfigError."""
    try:
        raw = parse(text)
    except YamlProblemsError as error:
        raise ConfigError(source, error.problems) from None
    if raw is None:
        raise ConfigError(
            source, ["the file is empty; `collector run --demo` shows a running one"]
        )
    if not isinstance(raw, dict):
        raise ConfigError(source, [f"expected keys and values, got {shown(raw)}"])
    found = Expansion()
    raw = expand(raw, os.environ if environment is None else environment, found)
    config, problems = check(raw, folder, found)
    if config is None or found.problems:
        raise ConfigError(source, [_mask(each, found) for each in problems])
    return config


def demo() -> Config:
    """Return the configuration of `run --demo`: three simulated relays, one overload."""
    text = (resources.files("collector.config") / "demo.yaml").read_text("utf-8")
    return Config.model_validate(parse(text))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(),
        "title": "collector.yaml",
    }


def _read(path: Path) -> str:
    source = str(path)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            # A pipe would be waited for, for ever.
            raise ConfigError(source, ["cannot be read: not a regular file"])
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(source, ["no such file"]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a valid path"
        raise ConfigError(source, [f"cannot be read: {reason}"]) from None
    if len(content) > _LARGEST:
        raise ConfigError(source, ["larger than 1 MiB: not a configuration"])
    try:
        return content.decode("utf-8-sig")  # editors on Windows write a mark first
    except UnicodeDecodeError as error:
        raise ConfigError(
            source, [f"not UTF-8 text (byte {error.start + 1}); save it as UTF-8"]
        ) from None


def _mask(problem: str, found: Expansion) -> str:
    """Return the sentence without any text that came from the environment."""
    for value in sorted(found.values, key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET:
            problem = problem.replace(value, "***")
    return problem
