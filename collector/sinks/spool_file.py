"""The file under the spool: its tables, and what can still be read of a corrupt one."""

import re
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from collector.model.errors import ConfigError, TransientError
from collector.sqlite_file import is_sound, make_private, set_aside, transaction

SCHEMA_VERSION: Final = 1
BUSY_SECONDS: Final = 1.0  # for another process; a stop takes 5 s at most
_STAMP: Final = re.compile(r" (-?\d+)\Z")
# AUTOINCREMENT: the number of a chunk that is gone must not come again, or what was
# delivered of the first would be taken for the second.
_SCHEMA: Final = """
    CREATE TABLE chunk (id INTEGER PRIMARY KEY AUTOINCREMENT, points INTEGER NOT NULL,
        oldest INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE TABLE dead (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,
        status INTEGER NOT NULL, error TEXT NOT NULL, line TEXT NOT NULL)
"""
_BOTH_WAYS: Final = (
    "SELECT id, body FROM chunk ORDER BY id",
    "SELECT id, body FROM chunk ORDER BY id DESC",
)


class Line(NamedTuple):
    """One point in line protocol."""

    text: str
    at: int  # ms, Unix time of the point

    @classmethod
    def of(cls, text: str) -> "Line":
        """Return the line with the time that it ends with."""
        stamp = _STAMP.search(text)
        return cls(text, int(stamp[1]) if stamp else 0)


def open_file(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """Open the database, or make it; also return where a corrupt one was set aside.

    ConfigError for a file of a newer version, TransientError when the disk does not
    let it.
    """
    make_private(path)
    aside = None if is_sound(path) and _ours(path) else set_aside(path)
    if aside is not None:
        make_private(path)
    try:
        database = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise TransientError(f"{path}: {error}") from error
    try:
        # Of a new file: a commit writes whole pages, and has little to say.
        database.execute("PRAGMA page_size = 1024")
        database.execute("PRAGMA journal_mode = WAL")
        # What was spooled is promised: a commit must outlive a power cut.
        database.execute("PRAGMA synchronous = FULL")
        # Chunks are written and read once: nothing is gained by remembering pages.
        database.execute("PRAGMA cache_size = -128")  # KiB
        _migrate(path, database)
    except sqlite3.Error as error:
        database.close()
        raise TransientError(f"{path}: {error}") from error
    except BaseException:
        database.close()
        raise
    return database, aside


def salvage(path: Path) -> list[Line]:
    """Return the points that a corrupt file still gives, the oldest first.

    Read from both ends towards the damage. Dead letters are left behind: they are no
    loss that is new.
    """
    found: dict[int, bytes] = {}
    for select in _BOTH_WAYS:
        try:
            with closing(sqlite3.connect(path)) as database:
                # Without it SQLite does not look into a file that was cut off.
                database.execute("PRAGMA writable_schema = ON")
                rows = database.execute(select)
                for number, body in rows:
                    found.setdefault(number, body)
        except sqlite3.Error:
            continue  # the damage: go on from the other end
    return [line for number in sorted(found) for line in _lines(found[number])]


def _lines(body: object) -> list[Line]:
    try:
        text = zlib.decompress(body).decode()  # type: ignore[arg-type]  # as it was read
    except (TypeError, zlib.error, UnicodeDecodeError):
        return []
    return [Line.of(each) for each in text.split("\n") if _STAMP.search(each)]


def _ours(path: Path) -> bool:
    """Whether the tables are those that its version must have."""
    if not path.stat().st_size:
        return True
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version == SCHEMA_VERSION:
                database.execute("SELECT id, points, oldest, body FROM chunk LIMIT 0")
                database.execute("SELECT id, at, status, error, line FROM dead LIMIT 0")
            return bool(version >= SCHEMA_VERSION)
    except sqlite3.DatabaseError as error:
        return "locked" in str(error)


def _migrate(path: Path, database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        sentence = (
            f"written by a newer version of the collector (schema {version}, this one "
            f"knows {SCHEMA_VERSION}); upgrade, or choose another data_dir"
        )
        raise ConfigError(str(path), [sentence])
    if version < SCHEMA_VERSION:
        with transaction(database):
            for statement in _SCHEMA.split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def text_of(body: object) -> bytes:
    """Return a chunk's lines; b"" where they are damaged: SQLite checks no content."""
    try:
        return zlib.decompress(body)  # type: ignore[arg-type]  # whatever was read
    except (TypeError, zlib.error):
        return b""
