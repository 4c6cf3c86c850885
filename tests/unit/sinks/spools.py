"""Lines and spools, for the tests of this folder."""

from pathlib import Path

from collector.sinks.spool import Batch, Spool
from collector.sinks.spool_file import Line

START = 1_772_366_400_000  # ms: 2026-03-01T12:00:00Z
LARGE = 1 << 30  # bytes: a limit that is never reached


def line(number: int, more: str = "") -> Line:
    """A point of its own time, whose value tells which one it is."""
    stamp = START + number
    return Line(f"relay,ieee=a power_w={number}.5{more} {stamp}", stamp)


def lines(*numbers: int) -> list[Line]:
    return [line(number) for number in numbers]


def opened(folder: Path, limit: int = LARGE) -> Spool:
    return Spool.open(folder / "spool.db", limit)


def numbers_in(body: bytes) -> list[int]:
    """Which points these lines are."""
    return [int(each.rsplit(b" ", 1)[1]) - START for each in body.splitlines()]


def numbers_of(batch: Batch | None) -> list[int]:
    return [] if batch is None else numbers_in(batch.body)


def numbers_waiting(spool: Spool) -> list[int]:
    return numbers_of(spool.oldest_batch(1 << 40))
