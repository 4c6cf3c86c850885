"""web.api_tokens_file on the disk: read, and changed by one command at a time."""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

from collector.config.secret_files import check_secret
from collector.model.errors import CollectorError, ConfigError
from collector.web.tokens import ApiToken, Scope, new_token, parse_tokens, wrong_name

LOCK_SECONDS: Final = 10.0  # to wait for another command that changes the file
_LOOK_SECONDS: Final = 0.02
_LARGEST: Final = 1 << 20  # bytes; a token takes 200
_HEAD: Final = "# Who may use the API; `collector token create|list|revoke`\n"


def load_tokens(path: Path) -> tuple[ApiToken, ...]:
    """Return the tokens of the file; ConfigError names every problem.

    Like every secret it must be its owner's alone.
    """
    if sentence := check_secret(path):
        raise ConfigError("web.api_tokens_file", [sentence])
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigError(str(path), ["is larger than 1 MiB"])
        tokens, problems = parse_tokens(content.decode())
    except OSError as error:
        sentence = f"{path} cannot be read: {error.strerror}"
        raise ConfigError("web.api_tokens_file", [sentence]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), ["is not a text in UTF-8"]) from error
    if problems:
        raise ConfigError(str(path), problems)
    return tokens


def add_token(
    path: Path,
    name: str,
    scope: Scope,
    at: datetime,
    *,
    lock_seconds: float = LOCK_SECONDS,
) -> tuple[ApiToken, str]:
    """Write a new entry and return it with its token; the file is made if missing.

    ConfigError: the file, or the name, is wrong. CollectorError: it cannot be written.
    """
    if sentence := wrong_name(name):
        raise ConfigError("collector token create", [f"--name: {sentence}"])
    with _changing(path, lock_seconds) as (tokens, write):
        entry, token = new_token(name, scope, at, tokens)
        write((*tokens, entry))
    return entry, token


def remove_token(path: Path, ident: str) -> ApiToken:
    """Remove an entry and return it; CollectorError where there is no such."""
    with _changing(path) as (tokens, write):
        for token in tokens:
            if token.id == ident:
                write(tuple(other for other in tokens if other is not token))
                return token
    raise CollectorError(
        f"{path} holds no token {ident[:100]!r}; `collector token list` shows them."
    )


_Write = Callable[[tuple[ApiToken, ...]], None]


@contextmanager
def _changing(
    path: Path, lock_seconds: float = LOCK_SECONDS
) -> Iterator[tuple[tuple[ApiToken, ...], _Write]]:
    """Yield the file's tokens and how to write others, while nobody else does."""
    path = Path(os.path.realpath(path))  # a link stays one
    try:
        with _locked(path.parent, lock_seconds):
            tokens = load_tokens(path) if path.exists() else ()
            yield tokens, lambda new: _replace(path, new)
    except OSError as error:
        raise CollectorError(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def _locked(folder: Path, seconds: float) -> Iterator[None]:
    """Hold the folder's lock: the file itself is replaced, and a lock goes with it."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        end = time.monotonic() + seconds
        while not _take(lock):
            if time.monotonic() > end:
                raise CollectorError(f"Another command keeps {folder} locked; end it.")
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _replace(path: Path, tokens: tuple[ApiToken, ...]) -> None:
    """Write all of it beside the file, then put it in its place: no half file is seen."""
    # A line each; JSON is YAML, and leaves no word that could be read as a number.
    entries = [json.dumps(asdict(token), ensure_ascii=False) for token in tokens]
    text = _HEAD + ("".join(f"- {entry}\n" for entry in entries) or "[]\n")
    # Mode 0600 from the first moment.
    file, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(file, "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            _keep_owner(path, file)
            os.fsync(file)
        os.replace(name, path)  # noqa: PTH105  # a name from mkstemp
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _keep_owner(path: Path, file: int) -> None:
    """Root may change a file of the service's user, who must be able to read it."""
    with suppress(FileNotFoundError):
        status = path.stat()
        if status.st_uid != os.geteuid():
            os.fchown(file, status.st_uid, status.st_gid)
