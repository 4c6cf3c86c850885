"""SQLite files as files."""

from pathlib import Path

import pytest

from collector.model.errors import TransientError
from collector.sqlite_file import is_sound, make_private, set_aside


def test_a_database_is_set_aside_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"state.db{suffix}").write_text(suffix)

    aside = set_aside(path)

    assert aside.name.startswith("state.db.corrupt-2")
    assert aside.name.endswith("Z")
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        aside.name: "",
        f"{aside.name}-wal": "-wal",
        f"{aside.name}-shm": "-shm",
    }


def test_what_cannot_be_set_aside_is_named(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="cannot be set aside"):
        set_aside(tmp_path / "state.db")


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="unable to open database file"):
        is_sound(tmp_path)
    with pytest.raises(TransientError, match="Is a directory"):
        make_private(tmp_path)


def test_an_empty_file_is_sound_and_text_is_not(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()
    assert is_sound(path)

    path.write_text("text" * 1000)
    assert not is_sound(path)
