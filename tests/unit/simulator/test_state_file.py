"""The simulator's memory on disk."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from collector.simulator.state_file import NAME, StateFile


def restored(folder: Path) -> list[Mapping[str, object]]:
    taken: list[Mapping[str, object]] = []
    StateFile(folder).restore(taken.append)
    return taken


def test_what_was_saved_comes_back_and_others_cannot_read_it(tmp_path: Path) -> None:
    StateFile(tmp_path).save({"nv": {"1/0/1": "00"}})
    StateFile(tmp_path).save({"nv": {"1/0/1": "01"}})
    assert restored(tmp_path) == [{"version": 1, "nv": {"1/0/1": "01"}}]
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [NAME]


def test_nothing_saved_is_nothing_restored(tmp_path: Path) -> None:
    assert restored(tmp_path) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 99}', "\0\0"])
def test_what_cannot_be_read_is_set_aside(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        assert restored(tmp_path) == []
    assert "begun anew" in caplog.text
    assert [each.suffix for each in tmp_path.iterdir()] == [".corrupt"]


def test_a_failure_to_save_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = StateFile(tmp_path / "missing")
    with caplog.at_level(logging.ERROR):
        file.save({})
        file.save({})
    assert caplog.text.count("not saved") == 1
