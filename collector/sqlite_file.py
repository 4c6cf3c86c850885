"""SQLite files: whether one is sound, setting one aside, and whole transactions."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from collector.model.errors import TransientError

_COMPANIONS = ("-wal", "-shm", "-journal")


def is_sound(path: Path, *, thorough: bool = False) -> bool:
    """Tell whether SQLite can read the file to its end; an empty one is sound.

    `thorough` compares the indexes with their tables, too. Raises TransientError
    when the file cannot be opened or is locked: that says nothing about it.
    """
    check = "integrity_check" if thorough else "quick_check"
    try:
        with closing(sqlite3.connect(path, timeout=1.0)) as database:
            database.text_factory = bytes  # what is found may quote any bytes
            rows = database.execute(f"PRAGMA {check}(1)").fetchall()
    except sqlite3.OperationalError as error:
        if _says_corrupt(error):
            return False
        raise TransientError(f"{path}: {error}") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False  # "not a database", "malformed", or a message of foreign bytes
    return rows == [(b"ok",)]


def _says_corrupt(error: sqlite3.Error) -> bool:
    # A malformed schema comes as an OperationalError on some pages.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,
    }


def set_aside(path: Path) -> Path:
    """Rename a database and its log to `NAME.corrupt-<UTC time>`; return that path.

    Raises TransientError when the folder does not let it.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    try:
        path.rename(aside)
        # SQLite finds a log by its database's name, so they move together.
        for suffix in _COMPANIONS:
            companion = Path(f"{path}{suffix}")
            if companion.exists():
                companion.rename(f"{aside}{suffix}")
    except OSError as error:
        raise TransientError(f"{path}: cannot be set aside: {error}") from error
    return aside


def make_private(path: Path) -> None:
    """Make sure that the file exists and is its owner's alone, before it has content.

    SQLite gives its log the mode of the database. Raises TransientError.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise TransientError(f"{path}: {error.strerror}") from error


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end, or change nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # SQLite rolls back by itself on a full disk
            database.execute("ROLLBACK")
        raise
