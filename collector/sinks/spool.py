"""The spool: line protocol on its way to a database, in a bounded SQLite file.

influxdb-client alone keeps an outage in memory and loses it with the process. Here points
are on disk before they are sent, and leave it when the server has them. One row is a chunk:
the lines of one commit, deflated, which writes a fifth of what a row for each would.
"""

import sqlite3
import threading
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from collector.model.errors import TransientError
from collector.sinks.dead_letters import (
    ROW_BYTES,
    SIZE,
    DeadLetter,
    letters_in,
    size_of,
)
from collector.sinks.spool_file import (
    Line,
    open_file,
    salvage,
    text_of,
)
from collector.sqlite_file import transaction

NAME: Final = "spool.db"  # in data_dir
LEVEL: Final = 1  # of zlib: a quarter of the size in a tenth of the best one's time
DEAD_SHARE: Final = 0.1  # of the limit, for dead letters
CHUNK_POINTS: Final = 500  # at most; a few packets on the way to the server


class Chunk(NamedTuple):
    """What is known of a chunk without reading it."""

    points: int
    size: int  # bytes on disk
    oldest: int  # ms, Unix time


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of whole chunks."""

    chunks: tuple[int, ...]
    points: int
    body: bytes  # line protocol
    oldest: int  # ms, Unix time of its first point
    lost: int = 0  # points of chunks whose text is damaged; not among `points`


class Spool:
    """The open file; any thread may call any method.

    Every method raises TransientError where the disk is full, read-only or gone: nothing
    of that call was kept, and it may be made again.
    """

    def __init__(self, path: Path, database: sqlite3.Connection, limit: int) -> None:
        self._path = path
        self._database = database
        self._limit = limit  # bytes
        self._lock = threading.Lock()
        self._chunks: dict[int, Chunk] = {}  # by number, which is the order of time
        self.dead = 0  # dead letters
        self._dead_bytes = 0
        self._read()

    @classmethod
    def open(
        cls, path: Path, limit: int, on_corrupt: Callable[[str], None] = lambda _: None
    ) -> "Spool":
        """Open the spool of at most `limit` bytes, or make it.

        A corrupt file is set aside and what can still be read of it is taken over;
        `on_corrupt` gets a sentence about it. ConfigError for a file of a newer version.
        """
        database, aside = open_file(path)
        try:
            spool = cls(path, database, limit)
            if aside is not None:
                lines = salvage(aside)
                spool.commit(lines)
                on_corrupt(
                    f"{path.name} was corrupt: set aside as {aside.name}, "
                    f"{len(lines)} points saved"
                )
        except BaseException:
            database.close()
            raise
        return spool

    @property
    def points(self) -> int:
        """How many points wait."""
        return sum(chunk.points for chunk in tuple(self._chunks.values()))

    @property
    def numbers(self) -> tuple[int, ...]:
        """The chunks that it holds, the oldest first."""
        return tuple(self._chunks)

    @property
    def size(self) -> int:
        """How many bytes they take, dead letters included; the file may have more."""
        chunks = tuple(self._chunks.values())
        return sum(chunk.size for chunk in chunks) + self._dead_bytes

    @property
    def oldest(self) -> int | None:
        """The time of the oldest point, ms, Unix time; None: nothing waits."""
        chunks = tuple(self._chunks.values())
        return min((chunk.oldest for chunk in chunks), default=None)

    def commit(
        self,
        lines: Sequence[Line] = (),
        done: Collection[int] = (),
        dead: Sequence[DeadLetter] = (),
    ) -> int:
        """Add lines and dead letters, remove the chunks that are done; all or nothing.

        On disk when it returns. Returns how many points had to make room for others.
        """
        if not (lines or done or dead):
            return 0
        with self._guard() as database:
            chunks = {n: each for n, each in self._chunks.items() if n not in done}
            with transaction(database):
                _remove(database, done)
                chunks |= _add_all(database, lines)
                letters, letter_bytes = self._bury(database, dead)
                dropped = self._beyond(chunks, letter_bytes)
                _remove(database, dropped)
            lost = sum(chunks.pop(number).points for number in dropped)
            self._chunks = chunks
            self.dead, self._dead_bytes = letters, letter_bytes
        return lost

    def newest(self, most: int, but: Collection[int] = ()) -> Batch | None:
        """Return the newest chunks, of `most` points or one; None: there is nothing."""
        return self._take(reversed, most, but)

    def oldest_batch(self, most: int, but: Collection[int] = ()) -> Batch | None:
        """Return the oldest chunks, of `most` points or one; None: there is nothing."""
        return self._take(iter, most, but)

    # dead letters ---------------------------------------------------------------------

    def dead_letters(self) -> list[DeadLetter]:
        """Return the lines that were set aside, the oldest first."""
        with self._guard() as database:
            return letters_in(database)

    def retry_dead(self) -> int:
        """Put every dead letter on its way again; return how many."""
        with self._guard() as database:
            letters, chunks = letters_in(database), dict(self._chunks)
            lines = [Line.of(each.line) for each in letters]
            with transaction(database):
                chunks |= _add_all(database, lines)
                database.execute("DELETE FROM dead")
            self._chunks, self.dead, self._dead_bytes = chunks, 0, 0
        return len(letters)

    def drop_dead(self) -> int:
        """Forget every dead letter; return how many."""
        with self._guard() as database:
            with transaction(database):
                dropped = database.execute("DELETE FROM dead").rowcount
            self.dead, self._dead_bytes = 0, 0
        return int(dropped)

    def close(self) -> None:
        """Close the file; the log is folded into it."""
        with self._lock:
            self._database.close()

    # ----------------------------------------------------------------------------------

    def _read(self) -> None:
        """Find out what is there."""
        with self._guard() as database:
            rows = database.execute(
                "SELECT id, points, length(body), oldest FROM chunk ORDER BY id"
            )
            self._chunks = {
                number: Chunk(points, size + ROW_BYTES, oldest)
                for number, points, size, oldest in rows
            }
            self.dead, self._dead_bytes = database.execute(
                f"SELECT count(*), coalesce(sum({SIZE}), 0) FROM dead"  # noqa: S608
            ).fetchone()

    def _take(
        self,
        order: Callable[[dict[int, Chunk]], Iterable[int]],
        most: int,
        but: Collection[int],
    ) -> Batch | None:
        with self._guard() as database:
            taken: list[int] = []
            points = 0
            for number in order(self._chunks):
                if number in but:
                    continue
                points += self._chunks[number].points
                if taken and points > most:
                    break
                taken.append(number)
            taken.sort()
            bodies = {
                number: row[0]
                for number in taken
                for row in database.execute(
                    "SELECT body FROM chunk WHERE id = ?", (number,)
                )
            }
            held = {number: self._chunks[number] for number in taken}
        if not taken:
            return None
        texts = {number: text_of(bodies.get(number)) for number in taken}
        good = [number for number, text in texts.items() if text]
        points = sum(held[number].points for number in good)
        return Batch(
            chunks=tuple(taken),
            points=points,
            body=b"\n".join(texts[number] for number in good),
            oldest=min(chunk.oldest for chunk in held.values()),
            lost=sum(chunk.points for chunk in held.values()) - points,
        )

    def _bury(
        self, database: sqlite3.Connection, dead: Sequence[DeadLetter]
    ) -> tuple[int, int]:
        """Set lines aside; the oldest ones go for them. Return count and bytes."""
        count, size = self.dead + len(dead), self._dead_bytes
        database.executemany(
            "INSERT INTO dead (at, status, error, line) VALUES (?, ?, ?, ?)",
            [(each.at, each.status, each.error, each.line) for each in dead],
        )
        size += sum(size_of(each) for each in dead)
        while dead and size > DEAD_SHARE * self._limit and count > 1:
            number, length = database.execute(
                f"SELECT id, {SIZE} FROM dead ORDER BY id LIMIT 1"  # noqa: S608
            ).fetchone()
            database.execute("DELETE FROM dead WHERE id = ?", (number,))
            count, size = count - 1, size - length
        return count, size

    def _beyond(self, chunks: dict[int, Chunk], dead_bytes: int) -> list[int]:
        """Return the oldest chunks beyond the limit; the newest one always stays."""
        beyond = sum(each.size for each in chunks.values()) + dead_bytes - self._limit
        dropped = []
        for number in list(chunks)[:-1]:
            if beyond <= 0:
                break
            beyond -= chunks[number].size
            dropped.append(number)
        return dropped

    @contextmanager
    def _guard(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._database
            except (sqlite3.DatabaseError, zlib.error) as error:
                if isinstance(error, sqlite3.ProgrammingError):
                    raise  # a closed spool: a bug, not the disk
                raise TransientError(f"{self._path}: {error}") from error


def _add_all(database: sqlite3.Connection, lines: Sequence[Line]) -> dict[int, Chunk]:
    """Add lines in chunks; return those by number."""
    added = {}
    for begin in range(0, len(lines), CHUNK_POINTS):
        part = lines[begin : begin + CHUNK_POINTS]
        body = zlib.compress("\n".join(line.text for line in part).encode(), LEVEL)
        oldest = min(line.at for line in part)
        number = database.execute(
            "INSERT INTO chunk (points, oldest, body) VALUES (?, ?, ?)",
            (len(part), oldest, body),
        ).lastrowid
        added[int(number or 0)] = Chunk(len(part), len(body) + ROW_BYTES, oldest)
    return added


def _remove(database: sqlite3.Connection, numbers: Iterable[int]) -> None:
    database.executemany("DELETE FROM chunk WHERE id = ?", [(n,) for n in numbers])
