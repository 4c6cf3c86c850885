"""state.db: small JSON documents and daily totals, in whole transactions."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from collector.model.errors import ConfigError, TransientError
from collector.sqlite_file import is_sound, make_private, set_aside, transaction
from collector.state.salvage import (
    SCHEMA_VERSION,
    create_schema,
    is_day,
    is_document,
    salvage,
    text_of,
)

Document = dict[str, Any]
Changes = Mapping[tuple[str, str], Document | None]  # (kind, key); None: delete

BUSY_SECONDS = 1.0  # for another process; a stop takes 5 s at most
_UPSERT = (
    "INSERT INTO document (kind, key, json) VALUES (?, ?, ?)"
    " ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json"
)
_UPSERT_DAY = (
    "INSERT INTO daily (day, ieee, joules, cost) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (day, ieee) DO UPDATE"
    " SET joules = excluded.joules, cost = excluded.cost"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyTotal:
    """What one relay took in one local day."""

    day: date
    ieee: str
    joules: float  # J
    cost: float | None = None  # in the tariff's currency; None: no tariff


class StateStore:
    """The open state.db of one data folder; any thread may call any method.

    Every method but `close` raises TransientError when the disk is full, read-only
    or gone: nothing of that call was kept, and it may be made again.
    """

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._path = path
        self._database = database
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls, path: Path, on_corrupt: Callable[[str], None] | None = None
    ) -> "StateStore":
        """Open the store, or make it.

        A corrupt file is set aside and what can still be read of it is taken over;
        `on_corrupt` gets a sentence about it. Raises ConfigError for a file of a
        newer version, TransientError when the disk does not let it.
        """
        make_private(path)
        sound = is_sound(path, thorough=True) and _has_our_tables(path)
        aside = None if sound else set_aside(path)
        if aside is not None:
            make_private(path)
        try:
            database = _connect(path)
        except sqlite3.Error as error:
            raise TransientError(f"{path}: {error}") from error
        try:
            _migrate(path, database)
            store = cls(path, database)
            if aside is not None:
                kept = store._take_over(aside)
                if on_corrupt is not None:
                    on_corrupt(
                        f"{path.name} was corrupt: set aside as {aside.name}, "
                        f"{kept} entries saved"
                    )
        except BaseException:
            database.close()
            raise
        return store

    def load_all(self, kind: str) -> dict[str, Document]:
        """Return all documents of a kind by key; foreign content is left out."""
        with self._guard() as database:
            rows = database.execute(
                "SELECT kind, key, json FROM document WHERE kind = ? ORDER BY key",
                (kind,),
            ).fetchall()
        return {row[1]: json.loads(row[2]) for row in rows if is_document(row)}

    def commit(self, changes: Changes, daily: Iterable[DailyTotal] = ()) -> None:
        """Write all changes and days, or none; on disk when it returns."""
        writes = [
            (kind, key, json.dumps(document, allow_nan=False, separators=(",", ":")))
            for (kind, key), document in changes.items()
            if document is not None
        ]
        deletes = [pair for pair, document in changes.items() if document is None]
        days = [(row.day.isoformat(), row.ieee, row.joules, row.cost) for row in daily]
        if not writes and not deletes and not days:
            return
        with self._guard() as database, transaction(database):
            database.executemany(_UPSERT, writes)
            database.executemany(
                "DELETE FROM document WHERE kind = ? AND key = ?", deletes
            )
            database.executemany(_UPSERT_DAY, days)

    def daily(self, first: date, last: date) -> list[DailyTotal]:
        """Return the totals of the days from `first` to `last`, both included."""
        with self._guard() as database:
            rows = database.execute(
                "SELECT day, ieee, joules, cost FROM daily"
                " WHERE day BETWEEN ? AND ? ORDER BY day, ieee",
                (first.isoformat(), last.isoformat()),
            ).fetchall()
        return [
            DailyTotal(day=date.fromisoformat(day), ieee=ieee, joules=joules, cost=cost)
            for day, ieee, joules, cost in filter(is_day, rows)
        ]

    def close(self) -> None:
        """Close the file; the log is folded into it."""
        with self._lock:
            self._database.close()

    def _take_over(self, aside: Path) -> int:
        """Copy what a corrupt file still gives; return the number of entries."""
        documents, days = salvage(aside)
        with self._guard() as database, transaction(database):
            database.executemany(_UPSERT, documents)
            database.executemany(_UPSERT_DAY, days)
        return len(documents) + len(days)

    @contextmanager
    def _guard(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._database
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                if isinstance(error, sqlite3.ProgrammingError):
                    raise  # a closed store: a bug, not the disk
                raise TransientError(f"{self._path}: {error}") from error


def _has_our_tables(path: Path) -> bool:
    """Return whether the tables are those that its version must have."""
    if not path.exists() or not path.stat().st_size:
        return True
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            tables = database.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
            ).fetchone()[0]
            if version == SCHEMA_VERSION:
                database.execute("SELECT kind, key, json FROM document LIMIT 0")
                database.execute("SELECT day, ieee, joules, cost FROM daily LIMIT 0")
            return version >= SCHEMA_VERSION or not tables
    except sqlite3.OperationalError as error:
        return "no such" not in str(error)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    database.text_factory = text_of
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # A counter is shown as committed, so a commit must outlive a power cut.
        database.execute("PRAGMA synchronous = FULL")
    except BaseException:
        database.close()
        raise
    return database


def _migrate(path: Path, database: sqlite3.Connection) -> None:
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise ConfigError(
                str(path),
                [
                    (
                        f"written by a newer version of the collector (schema {version}, "
                        f"this one knows {SCHEMA_VERSION}); upgrade, or choose another "
                        "data_dir"
                    )
                ],
            )
        if version < SCHEMA_VERSION:
            with transaction(database):
                create_schema(database)
    except sqlite3.Error as error:
        raise TransientError(f"{path}: {error}") from error
