"""A spool that is foreign, damaged, newer, or was being written when it was killed."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from collector.model.errors import ConfigError, TransientError
from collector.sinks.spool import Spool
from collector.sinks.spool_file import Line
from collector.sqlite_file import is_sound
from tests.unit.sinks.spools import LARGE, line, lines, numbers_waiting, opened

ROOT = Path(__file__).parents[3]
PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


def reopened(path: Path) -> tuple[Spool, list[str]]:
    said: list[str] = []
    return Spool.open(path, LARGE, said.append), said


def works(spool: Spool) -> bool:
    """Whether it takes and gives points."""
    spool.commit(lines(77_777))
    return numbers_waiting(spool)[-1] == 77_777


@pytest.mark.parametrize(
    ("text", "at"),
    [("a b=1 5", 5), ("a b=1 -5", -5), ("a b=1", 0), ('a b="x 5"', 0), ("", 0)],
)
def test_a_line_knows_its_time(text: str, at: int) -> None:
    assert Line.of(text) == Line(text, at)


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    opened(path.parent).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 2")
    content = path.read_bytes()
    with pytest.raises(ConfigError) as caught:
        opened(path.parent)
    assert caught.value.problems == [
        (
            "written by a newer version of the collector (schema 2, this one knows 1); "
            "upgrade, or choose another data_dir"
        )
    ]
    assert path.read_bytes() == content
    assert list(path.parent.glob("*corrupt*")) == []


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE something (else_)",
        "PRAGMA user_version = 1",
        "CREATE TABLE chunk (a, b); PRAGMA user_version = 1",
        "CREATE TABLE chunk (id, points, oldest, body); PRAGMA user_version = 1",
    ],
)
def test_a_foreign_database_is_set_aside(script: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script)
    spool, said = reopened(path)
    assert works(spool)
    spool.close()
    (aside,) = path.parent.glob("spool.db.corrupt-*")
    assert said == [f"spool.db was corrupt: set aside as {aside.name}, 0 points saved"]
    assert is_sound(aside)


def test_what_is_no_database_is_set_aside(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    spool, said = reopened(path)
    assert works(spool)
    spool.close()
    (aside,) = path.parent.glob("spool.db.corrupt-*")
    assert aside.read_bytes().startswith(b"not a database")
    assert said == [f"spool.db was corrupt: set aside as {aside.name}, 0 points saved"]


def test_an_empty_file_is_a_new_spool(path: Path) -> None:
    path.touch()
    spool, said = reopened(path)
    assert works(spool)
    assert said == []
    spool.close()


def test_a_folder_that_is_gone_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"spool\.db: No such file"):
        opened(tmp_path / "gone")


def filled(path: Path, chunks: int = 200) -> None:
    """Chunks of ten points that take some pages each."""
    noise = Random(8)  # noqa: S311 (what cannot be deflated, no secret)
    spool = opened(path.parent)
    spool._database.execute("PRAGMA synchronous = OFF")  # only here: it is many
    for chunk in range(chunks):
        spool.commit(
            [line(n, noise.randbytes(200).hex()) for n in range(chunk, chunk + 10)]
        )
    spool.close()


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_what_lies_on_both_sides_of_the_damage_is_saved(
    share: float, path: Path
) -> None:
    filled(path)
    content = bytearray(path.read_bytes())
    at = int(len(content) / PAGE * share) * PAGE
    content[at : at + PAGE] = b"\xaa" * PAGE
    path.write_bytes(content)
    spool, said = reopened(path)
    saved = numbers_waiting(spool)
    spool.close()
    (aside,) = path.parent.glob("spool.db.corrupt-*")
    assert said == [
        f"spool.db was corrupt: set aside as {aside.name}, {len(saved)} points saved"
    ]
    assert 1_800 <= len(saved) < 2_000
    assert saved[:10] == list(range(10))
    assert saved[-10:] == list(range(199, 209))


def test_a_file_that_was_cut_off_does_not_keep_the_spool_from_opening(
    path: Path,
) -> None:
    filled(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // PAGE // 2 * PAGE])
    spool, said = reopened(path)
    assert len(said) == 1
    assert works(spool)
    spool.close()


def test_a_spool_that_is_locked_is_not_set_aside(path: Path) -> None:
    opened(path.parent).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TransientError, match="locked"):
            opened(path.parent)
    assert list(path.parent.glob("*corrupt*")) == []


WRITER = """
import sys
from pathlib import Path
from tests.unit.sinks.spools import line, opened

spool = opened(Path(sys.argv[1]))
chunk = int(sys.argv[2])
while True:
    chunk += 1
    spool.commit([line(chunk * 10 + n) for n in range(chunk % 10 + 1)], done={chunk - 9})
    print(chunk, flush=True)
"""


@pytest.mark.timeout(60)
async def test_a_killed_writer_loses_nothing_that_it_had_acknowledged(
    path: Path,
) -> None:
    last = 0
    for acknowledged in (1, 7, 40):  # how many commits before the kill
        last = await _write_until_killed(path.parent, last, acknowledged)
        assert is_sound(path, thorough=True)
        spool = opened(path.parent)
        waiting = numbers_waiting(spool)
        spool.close()
        # One more may be on disk whose acknowledgement was cut off.
        wanted = [_numbers(range(max(1, n - 8), n + 1)) for n in (last, last + 1)]
        assert waiting in wanted
        last = waiting[-1] // 10  # go on with the next number of a chunk
    assert last >= 48


def _numbers(chunks: range) -> list[int]:
    return [c * 10 + n for c in chunks for n in range(c % 10 + 1)]


async def _write_until_killed(folder: Path, last: int, commits: int) -> int:
    """Return the last number that the writer printed before it was killed."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WRITER,
        str(folder),
        str(last),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert writer.stdout is not None
    said = b""
    try:
        for _ in range(commits):
            said += await writer.stdout.readline()
    finally:
        writer.kill()
    said += await writer.stdout.read()
    await writer.wait()
    return int(said.decode().rpartition("\n")[0].splitlines()[-1])
