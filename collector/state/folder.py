"""The data folder: made for this user alone, and proven writable before use."""

import os
import stat
import tempfile
from pathlib import Path

from collector.model.errors import ConfigError

_OWNER_ONLY = 0o700  # keys and the network's database stand in it in clear


def prepare_data_dir(path: Path) -> None:
    """Make the folder, or tighten it to its owner.

    Raises ConfigError when it cannot be made or written, is a file, or belongs to
    somebody else and is open to everybody.
    """
    try:
        path.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        status = path.stat()
    except FileExistsError:
        raise _error(path, "is a file; name a folder") from None
    except (OSError, ValueError) as error:
        raise _error(path, f"cannot be made: {_reason(error)}") from error
    if status.st_uid == os.geteuid():
        _tighten(path, status.st_mode)
    elif status.st_mode & 0o007:
        raise _error(
            path,
            f"belongs to user {status.st_uid} and is open to everybody; "
            "`chmod 700` it, or choose another folder",
        )
    _prove_writable(path)


def _tighten(path: Path, mode: int) -> None:
    if stat.S_IMODE(mode) & 0o077:
        try:
            path.chmod(_OWNER_ONLY)
        except OSError as error:
            raise _error(path, f"cannot be tightened: {_reason(error)}") from error


def _prove_writable(path: Path) -> None:
    """Write a byte: permissions alone do not show a read-only or a full disk."""
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"\0")
            file.flush()
    except OSError as error:
        raise _error(path, f"cannot be written: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "not a valid path"


def _error(path: Path, sentence: str) -> ConfigError:
    return ConfigError(str(path), [f"data_dir: {sentence}"])
