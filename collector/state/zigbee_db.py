"""zigbee.db, seen as a file: checked before the radio opens it, and backed up."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from collector.model.errors import TransientError
from collector.sqlite_file import is_sound, make_private, set_aside

_PATTERN = "zigbee-????????-??????.db"


def check_database(path: Path, backups_dir: Path) -> str | None:
    """Make sure that the radio finds a sound database; return what was done, or None.

    zigpy only logs a failed check and goes on, so a corrupt file is set aside here
    and the newest sound backup takes its place; without one the start is anew.
    Raises TransientError when the disk does not let it.
    """
    if not path.exists():
        return None
    make_private(path)
    if is_sound(path):
        return None
    aside = set_aside(path)
    what = f"{path.name} was corrupt and is set aside as {aside.name}"
    backup = next(_sound_backups(backups_dir), None)
    if backup is None:
        return f"{what}; no sound backup was found, so the relays must join anew"
    _copy(backup, path)
    return f"{what}; {backup.name} was restored"


def backup_database(
    path: Path, backups_dir: Path, keep: int = 7, *, at: datetime | None = None
) -> Path:
    """Copy the database, also while it is in use; keep the newest `keep` copies.

    Return the new copy, `zigbee-YYYYMMDD-HHMMSS.db` (UTC), mode 0600. Raises
    TransientError when there is no sound database, or the disk does not let it.
    """
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    target = backups_dir / f"zigbee-{moment:%Y%m%d-%H%M%S}.db"
    partial = target.with_suffix(".partial")
    try:
        backups_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        make_private(partial)
        _copy_online(path, partial)
        _flush(partial)
        partial.replace(target)
        _flush(backups_dir)
        _prune(backups_dir, keep)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise TransientError(f"{path}: no backup was made: {error}") from error
    return target


def _copy_online(path: Path, target: Path) -> None:
    # mode=ro: a database that is not there must not be made by copying it.
    with (
        closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        # One file without a log beside it can be moved and restored as it is.
        new.execute("PRAGMA journal_mode = DELETE")
        if new.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy is not sound")


def _sound_backups(backups_dir: Path) -> Iterator[Path]:
    """Yield the backups that can be read to their end, newest first."""
    for backup in sorted(backups_dir.glob(_PATTERN), reverse=True):
        try:
            if backup.stat().st_size and is_sound(backup):
                yield backup
        except (OSError, TransientError):
            continue


def _copy(backup: Path, path: Path) -> None:
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        make_private(partial)
        shutil.copyfile(backup, partial)
        _flush(partial)
        partial.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise TransientError(f"{path}: not restored: {error.strerror}") from error


def _prune(backups_dir: Path, keep: int) -> None:
    for old in sorted(backups_dir.glob(_PATTERN), reverse=True)[max(1, keep) :]:
        old.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Have the file or folder on disk before the next step relies on it."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
