"""Whole lines on disk: rotation, modes, broken lines, full disks, kills."""

import asyncio
import json
import random
import resource
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.sinks.audit_file import AuditFile

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "audit.jsonl"


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """As on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_file_are_the_owners_alone(path: Path) -> None:
    AuditFile(path).append(b"1\n")
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)


def test_what_was_open_to_others_is_tightened(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    path.touch(mode=0o644)
    AuditFile(path).append(b"1\n")
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)


def test_lines_follow_each_other(path: Path) -> None:
    AuditFile(path).append(b"1\n2\n")
    AuditFile(path).append(b"3\n")
    assert path.read_bytes() == b"1\n2\n3\n"


def test_a_full_file_moves_on_and_the_oldest_goes(path: Path) -> None:
    file = AuditFile(path, file_bytes=10, files=3)
    for number in range(10, 50):
        file.append(b"%d45\n" % number)
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == {
        "audit.jsonl": b"4845\n4945\n",
        "audit.jsonl.1": b"4645\n4745\n",
        "audit.jsonl.2": b"4445\n4545\n",
    }
    assert all(mode(each) == 0o600 for each in path.parent.iterdir())


def test_a_batch_that_no_file_holds_is_written_all_the_same(path: Path) -> None:
    file = AuditFile(path, file_bytes=10, files=2)
    file.append(b"a long line\n")
    file.append(b"another long line\n")
    assert path.read_bytes() == b"another long line\n"
    assert path.with_name("audit.jsonl.1").read_bytes() == b"a long line\n"


def test_a_line_that_broke_off_ends_before_the_next_one(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"a": 1}\n{"a": ')
    AuditFile(path).append(b'{"a": 3}\n')
    assert path.read_bytes() == b'{"a": 1}\n{"a": \n{"a": 3}\n'


def test_a_full_disk_leaves_no_half_batch_behind(path: Path) -> None:
    file = AuditFile(path)
    file.append(b"first\n")
    with no_file_longer_than(10), pytest.raises(OSError, match="File too large"):
        file.append(b"second\nthird\n")
    assert path.read_bytes() == b"first\n"
    file.append(b"second\nthird\n")
    assert path.read_bytes() == b"first\nsecond\nthird\n"


def test_a_file_that_somebody_moved_away_is_made_again(path: Path) -> None:
    file = AuditFile(path)
    file.append(b"1\n")
    path.rename(path.with_name("mine"))
    file.append(b"2\n")
    assert path.read_bytes() == b"2\n"


def test_a_folder_that_cannot_be_made_is_an_error(path: Path) -> None:
    path.parent.write_text("a file")
    with pytest.raises(OSError, match="File exists"):
        AuditFile(path).append(b"1\n")


WRITER = """
import sys
from pathlib import Path
from collector.sinks.audit_file import AuditFile

file = AuditFile(Path(sys.argv[1]), file_bytes=200_000, files=100)
number = int(sys.argv[2])
while True:
    number += 1
    line = '{"n": %d, "x": "%s"}\\n' % (number, "y" * (number % 5000))
    file.append(line.encode())
    print(number, flush=True)
"""


@pytest.mark.timeout(60)
async def test_a_killed_writer_loses_no_line_that_it_had_written(path: Path) -> None:
    chance = random.Random(8)  # noqa: S311 (moments, no secret)
    acknowledged = [0]
    for _ in range(6):
        acknowledged.append(
            await _write_until_killed(path, acknowledged[-1], chance.uniform(0, 0.1))
        )
    assert acknowledged[-1] > 50
    numbers, broken = set(), 0
    for file in path.parent.iterdir():
        for line in file.read_bytes().splitlines():
            try:
                numbers.add(json.loads(line)["n"])
            except ValueError:
                broken += 1
    assert numbers >= set(range(1, acknowledged[-1] + 1))
    assert broken <= 6  # one a kill


async def _write_until_killed(path: Path, number: int, seconds: float) -> int:
    """Return the last number that the writer printed before it was killed."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WRITER,
        str(path),
        str(number),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert writer.stdout is not None
    try:
        first = await writer.stdout.readline()
        await asyncio.sleep(seconds)  # the random moment is what is tested
    finally:
        writer.kill()
    rest = await writer.stdout.read()
    await writer.wait()
    return int((first + rest).split()[-1])
