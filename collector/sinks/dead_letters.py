"""Points that the server refuses while it takes others; kept beside the spool."""

import sqlite3
from dataclasses import dataclass
from typing import Final

ROW_BYTES: Final = 64  # of a row beside its texts, about
# Of a dead letter in the table, bytes; length() of a text would end at a NUL.
SIZE: Final = f"length(CAST(line AS BLOB)) + length(CAST(error AS BLOB)) + {ROW_BYTES}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A line that the server does not take, and why."""

    at: float  # Unix time, s, when it was refused
    status: int  # of HTTP
    error: str
    line: str


def size_of(letter: DeadLetter) -> int:
    """Return what SIZE gives of the letter."""
    return len(letter.line.encode()) + len(letter.error.encode()) + ROW_BYTES


def letters_in(database: sqlite3.Connection) -> list[DeadLetter]:
    """Return all of them, the oldest first."""
    rows = database.execute("SELECT at, status, error, line FROM dead ORDER BY id")
    return [DeadLetter(*row) for row in rows]
