"""The data folder: private, writable, or refused with one sentence."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.model.errors import ConfigError
from collector.state.folder import prepare_data_dir

NOBODY = 65_534


@pytest.fixture
def someone_else() -> Iterator[Path]:
    """A folder of another user, seen by a user who is not root."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    with tempfile.TemporaryDirectory(prefix="collector-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(0)


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        prepare_data_dir(path)
    (problem,) = caught.value.problems
    return problem


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    prepare_data_dir(tmp_path / "a" / "data")

    assert mode(tmp_path / "a" / "data") == 0o700
    assert list((tmp_path / "a" / "data").iterdir()) == []


def test_an_open_folder_of_ours_is_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "state.db").touch()

    prepare_data_dir(folder)

    assert mode(folder) == 0o700
    assert [file.name for file in folder.iterdir()] == ["state.db"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    assert refusal(tmp_path / "data") == "data_dir: is a file; name a folder"


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    assert refusal(tmp_path / "data" / "x") == (
        "data_dir: cannot be made: Not a directory"
    )


def test_a_path_that_is_none_is_refused() -> None:
    assert refusal(Path("\0")) == "data_dir: cannot be made: not a valid path"


def test_a_folder_that_nobody_can_make_is_refused() -> None:
    assert refusal(Path("/proc/collector/data")).startswith("data_dir: cannot be made")


def test_another_users_open_folder_is_refused(someone_else: Path) -> None:
    assert refusal(someone_else) == (
        "data_dir: belongs to user 0 and is open to everybody; "
        "`chmod 700` it, or choose another folder"
    )


def test_another_users_folder_that_cannot_be_written_is_refused(
    someone_else: Path,
) -> None:
    os.seteuid(0)
    someone_else.chmod(0o750)
    os.chown(someone_else, 0, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        problem = refusal(someone_else)
    finally:
        os.seteuid(0)
        os.setegid(0)

    assert problem == "data_dir: cannot be written: Permission denied"


def test_a_folder_below_a_forbidden_one_cannot_be_made(someone_else: Path) -> None:
    assert refusal(someone_else / "data") == (
        "data_dir: cannot be made: Permission denied"
    )
