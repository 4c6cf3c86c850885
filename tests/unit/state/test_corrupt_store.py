"""A state.db that is damaged: set aside, and as much of it saved as can be read."""

import random
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from collector.state.store import DailyTotal, StateStore

DAY = date(2026, 3, 29)
PAGE = 4096


def filled(path: Path, documents: int = 400) -> None:
    store = StateStore.open(path)
    store.commit(
        {
            ("k", f"{index:04}"): {"n": index, "x": "y" * 90}
            for index in range(documents)
        },
        [DailyTotal(day=DAY, ieee="a", joules=5.0)],
    )
    store.close()


def reopened(path: Path) -> tuple[StateStore, list[str]]:
    said: list[str] = []
    return StateStore.open(path, said.append), said


def test_a_file_that_is_no_database_is_set_aside_and_the_start_is_anew(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)

    store, said = reopened(path)

    store.commit({("k", "a"): {"n": 1}})
    assert store.load_all("k") == {"a": {"n": 1}}
    store.close()
    (aside,) = tmp_path.glob("state.db.corrupt-*")
    assert aside.read_bytes().startswith(b"not a database")
    assert said == [f"state.db was corrupt: set aside as {aside.name}, 0 entries saved"]


def test_what_lies_on_both_sides_of_the_damage_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    filled(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // PAGE // 2 * PAGE
    content[middle : middle + PAGE] = b"\xaa" * PAGE
    path.write_bytes(content)

    store, said = reopened(path)

    saved = store.load_all("k")
    store.close()
    assert 200 < len(saved) < 400
    assert saved["0000"]["n"] == 0
    assert saved["0399"]["n"] == 399
    assert len(said) == 1


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()

    store, said = reopened(path)

    assert store.load_all("k") == {}
    assert said == []
    store.close()


def test_two_damages_in_one_second_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    for _ in range(2):
        path.write_bytes(b"no database" * 1000)
        store, _said = reopened(path)
        store.close()

    assert len(list(tmp_path.glob("state.db.corrupt-*"))) == 2


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_no_damage_keeps_the_store_from_opening(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    path = tmp_path_factory.mktemp("damage") / "state.db"
    filled(path, documents=60)
    chance = random.Random(seed)  # noqa: S311 (places to damage, no secret)
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 40)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    del content[chance.randint(len(content) // 2, len(content)) :]
    path.write_bytes(content)

    store, _ = reopened(path)

    store.commit({("after", "a"): {"n": 1}})
    assert store.load_all("after") == {"a": {"n": 1}}
    assert all(isinstance(each, dict) for each in store.load_all("k").values())
    assert isinstance(store.daily(DAY, DAY), list)
    store.close()


def test_a_damaged_file_may_be_rebuilt_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"no database" * 1000)

    store = StateStore.open(path)

    assert store.load_all("k") == {}
    store.close()


def test_content_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    filled(path, documents=3)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"n":1,"x":"yyyy', b'"n":1,"x":"yy\xffy'))

    store, said = reopened(path)

    assert sorted(store.load_all("k")) == ["0000", "0002"]
    assert said == []  # SQLite checks its structure, not what stands in it
    store.close()


@pytest.mark.parametrize(
    "script",
    [
        "PRAGMA user_version = 1",
        "CREATE TABLE document (a, b); PRAGMA user_version = 1",
        "CREATE TABLE document (kind, key, json)",
        "CREATE TABLE something (else_)",
    ],
)
def test_a_database_with_other_tables_is_set_aside(tmp_path: Path, script: str) -> None:
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script)
    said: list[str] = []
    store = StateStore.open(path, said.append)
    store.commit({("k", "a"): {"n": 1}})
    assert store.load_all("k") == {"a": {"n": 1}}
    assert len(said) == 1
    store.close()
