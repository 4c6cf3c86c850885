"""Secrets live outside the configuration: in files, or in the environment."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.model.errors import ConfigError

_VARIABLE = re.compile(r"\$(\$\{|\{([^{}]*)\})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_SECRET = 65_536  # bytes; a token is shorter, a device file has no end
# Where container engines put the secrets that a container is given.
_MOUNTED = Path("/run/secrets")


def read_secret(path: Path) -> str:
    """Return the text of a secret file, without the line end that editors add.

    Raises ConfigError when it is missing, empty, unreadable or open to others, unless
    the engine of this container has mounted it.
    """
    sentence = check_secret(path)
    if sentence is None:
        try:
            with path.open("rb") as file:
                text = file.read(_LONGEST_SECRET).decode().rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            sentence = f"{path} is not a readable text file"
        else:
            if text:
                return text
            sentence = f"{path} is empty; write the secret into it"
    raise ConfigError(str(path), [sentence])


def check_secret(path: Path) -> str | None:
    """Return what is wrong with a secret file and what to do, or None."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return f"{path} does not exist; create it, then `chmod 600` it"
    except (OSError, ValueError) as error:
        return f"{path} cannot be reached ({_reason(error)})"
    if not stat.S_ISREG(mode):
        return f"{path} is not a file"
    if mode & (0o022 if _is_mounted(path) else 0o077):
        return f"{path} can be read by others; `chmod 600 {path}`"
    if not os.access(path, os.R_OK):
        return f"{path} cannot be read by this user; `chown` it to the service's user"
    return None


def _is_mounted(path: Path) -> bool:
    """Tell whether a container's engine gave this file to this container alone.

    Compose, Swarm and Kubernetes show it with a mode that lets every user of the
    container read it, and the owner of another machine; there is no other user in
    there. On a plain host /run is writable, so this never loosens anything there.
    """
    try:
        real = path.resolve(strict=True)  # Kubernetes puts links into the mount
        return real.is_relative_to(_MOUNTED) and _is_read_only(real)
    except OSError:
        return False


def _is_read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "not a valid path"


@dataclass
class Expansion:
    """What `${VARIABLE}` expansion of one file found."""

    problems: list[str] = field(default_factory=list)
    failed: set[tuple[str | int, ...]] = field(default_factory=set)
    # Places and values that came from the environment: never to be shown.
    places: set[tuple[str | int, ...]] = field(default_factory=set)
    values: set[str] = field(default_factory=set)


def expand(
    value: Any,
    environment: Mapping[str, str],
    found: Expansion,
    place: tuple[str | int, ...] = (),
) -> Any:
    """Return `value` with every `${NAME}` in its texts replaced.

    `$${` stands for a plain `${`. A missing variable becomes a problem.
    """
    if isinstance(value, dict):
        return {
            key: expand(item, environment, found, (*place, key))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [
            expand(item, environment, found, (*place, index))
            for index, item in enumerate(value)
        ]
    if isinstance(value, str):
        return _expand_text(value, environment, found, place)
    return value


def _expand_text(
    text: str,
    environment: Mapping[str, str],
    found: Expansion,
    place: tuple[str | int, ...],
) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[2]
        if name is None:  # the escape $${
            return "${"
        where = ".".join(map(str, place))
        if not _NAME.fullmatch(name):
            found.problems.append(
                f"{where}: what stands in ${{...}} is no name of an environment"
                " variable; write $${ for a plain ${"
            )
            found.failed.add(place)
            return ""
        if name not in environment:
            found.problems.append(
                f"{where}: environment variable {name} is not set; set it,"
                " or write $${ for a plain ${"
            )
            found.failed.add(place)
            return ""
        found.places.add(place)
        found.values.add(environment[name])
        return environment[name]

    return _VARIABLE.sub(replace, text)
