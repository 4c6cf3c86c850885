"""The tables of state.db, and what can still be read of a corrupt one."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

SCHEMA_VERSION = 1

Row = tuple[object, ...]


def create_schema(database: sqlite3.Connection) -> None:
    """Make the tables in the open transaction."""
    database.execute(
        "CREATE TABLE document (kind TEXT NOT NULL, key TEXT NOT NULL,"
        " json TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
    )
    database.execute(
        "CREATE TABLE daily (day TEXT NOT NULL, ieee TEXT NOT NULL,"
        " joules REAL NOT NULL, cost REAL, PRIMARY KEY (day, ieee)) WITHOUT ROWID"
    )
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def salvage(path: Path) -> tuple[list[Row], list[Row]]:
    """Return the document rows and the daily rows that a corrupt file still gives.

    Each table is read from both ends towards the damage; a row that makes no sense
    is left behind.
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            database.text_factory = text_of
            documents = _rows(database, "kind, key", "kind, key, json FROM document")
            days = _rows(database, "day, ieee", "day, ieee, joules, cost FROM daily")
    except (sqlite3.Error, UnicodeDecodeError):
        return [], []
    return (
        [row for row in documents if is_document(row)],
        [row for row in days if is_day(row)],
    )


def _rows(database: sqlite3.Connection, key: str, columns: str) -> list[Row]:
    first, second = key.split(", ")
    found: dict[Row, Row] = {}
    for direction in ("ASC", "DESC"):
        order = f"{first} {direction}, {second} {direction}"
        try:
            cursor = database.execute(f"SELECT {columns} ORDER BY {order}")
            for row in cursor:
                found.setdefault(row[:2], row)
        except (sqlite3.Error, UnicodeDecodeError):
            continue  # the damage: go on from the other end
    return list(found.values())


def text_of(content: bytes) -> str:
    """Return stored text; SQLite checks no content, so any bytes may be in it."""
    return content.decode("utf-8", "surrogateescape")


def is_document(row: Row) -> bool:
    """Tell whether (kind, key, json) is what this program writes."""
    try:
        for each in row:
            if not isinstance(each, str):
                return False
            each.encode()  # foreign bytes stand as surrogates
        return isinstance(json.loads(str(row[2])), dict)
    except (ValueError, RecursionError):
        return False


def is_day(row: Row) -> bool:
    """Tell whether (day, ieee, joules, cost) is what this program writes."""
    day, ieee, joules, cost = row
    try:
        date.fromisoformat(str(day))
        str(ieee).encode()
    except ValueError:
        return False
    return (
        isinstance(ieee, str)
        and isinstance(joules, float)
        and (cost is None or isinstance(cost, float))
    )
