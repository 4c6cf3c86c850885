"""One process for each data folder."""

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from collector.model.errors import ConfigError
from collector.state.lock import DataDirLock

ROOT = Path(__file__).parents[3]

HOLDER = """
import sys, time
from pathlib import Path
from collector.state.lock import DataDirLock

with DataDirLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_held_folder_names_its_holder(tmp_path: Path) -> None:
    with DataDirLock(tmp_path), pytest.raises(ConfigError) as caught:
        DataDirLock(tmp_path).__enter__()

    assert caught.value.source == str(tmp_path)
    assert caught.value.problems == [
        (
            f"data_dir: already in use by process {os.getpid()}; "
            "stop it or choose another data_dir"
        )
    ]


def test_a_folder_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with DataDirLock(tmp_path):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"

    assert stat.S_IMODE((tmp_path / "lock").stat().st_mode) == 0o600


def test_two_folders_have_two_locks(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    with DataDirLock(tmp_path / "a"), DataDirLock(tmp_path / "b"):
        assert (tmp_path / "b" / "lock").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file or directory"):
        DataDirLock(tmp_path / "none").__enter__()


async def test_a_killed_holder_leaves_the_folder_free(tmp_path: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(tmp_path), stdin=pipe, stdout=pipe, cwd=ROOT
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"

    with pytest.raises(ConfigError, match=f"by process {holder.pid};"):
        DataDirLock(tmp_path).__enter__()
    holder.kill()
    await holder.wait()

    with DataDirLock(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_holder_without_a_readable_pid_is_unknown(tmp_path: Path) -> None:
    with DataDirLock(tmp_path):
        (tmp_path / "lock").write_bytes(b"\xff\xfe")

        with pytest.raises(ConfigError, match="by process unknown;"):
            DataDirLock(tmp_path).__enter__()
