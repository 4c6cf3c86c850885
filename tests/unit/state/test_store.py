"""state.db: whole transactions, and one clear error when the disk does not let it."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from collector.model.errors import ConfigError, TransientError
from collector.state.store import Changes, DailyTotal, StateStore

RELAY = "00:15:8d:00:03:a0:00:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def test_documents_are_there_after_reopening(path: Path) -> None:
    store = StateStore.open(path)
    store.commit({("energy", RELAY): {"total": 1.5}, ("seen", RELAY): {"at": 2}})
    store.close()

    store = StateStore.open(path)

    assert store.load_all("energy") == {RELAY: {"total": 1.5}}
    assert store.load_all("seen") == {RELAY: {"at": 2}}
    assert store.load_all("other") == {}
    store.close()


def test_a_change_replaces_and_none_deletes(path: Path) -> None:
    store = StateStore.open(path)
    store.commit({("k", "a"): {"n": 1}, ("k", "b"): {"n": 1}})

    store.commit({("k", "a"): {"n": 2}, ("k", "b"): None, ("k", "never"): None})

    assert store.load_all("k") == {"a": {"n": 2}}
    store.close()


def test_daily_totals_are_replaced_and_found_by_day(path: Path) -> None:
    store = StateStore.open(path)
    first, second, third = (date(2026, 3, day) for day in (28, 29, 30))
    store.commit({}, [DailyTotal(day=first, ieee=RELAY, joules=1.0)])
    store.commit({}, [DailyTotal(day=second, ieee=RELAY, joules=2.0, cost=0.5)])
    store.commit({}, [DailyTotal(day=second, ieee=RELAY, joules=3.0, cost=0.75)])
    store.commit({}, [DailyTotal(day=third, ieee=RELAY, joules=4.0)])

    assert store.daily(first, second) == [
        DailyTotal(day=first, ieee=RELAY, joules=1.0, cost=None),
        DailyTotal(day=second, ieee=RELAY, joules=3.0, cost=0.75),
    ]
    assert store.daily(date(2027, 1, 1), date(2027, 2, 1)) == []
    store.close()


def test_what_is_no_number_is_not_written_and_nothing_else_of_the_call(
    path: Path,
) -> None:
    store = StateStore.open(path)

    with pytest.raises(ValueError, match="JSON"):
        store.commit({("k", "a"): {"n": 1}, ("k", "b"): {"n": float("nan")}})

    assert store.load_all("k") == {}
    store.close()


def test_the_files_are_their_owners_alone(path: Path) -> None:
    store = StateStore.open(path)
    store.commit({("k", "a"): {}})

    files = list(path.parent.iterdir())

    assert {file.name for file in files} >= {"state.db", "state.db-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


def test_an_open_file_is_tightened(path: Path) -> None:
    path.touch(0o644)

    StateStore.open(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_commits_outlive_a_power_cut(path: Path) -> None:
    store = StateStore.open(path)

    assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    store.close()


def test_a_full_disk_keeps_the_old_state_and_lets_the_caller_try_again(
    path: Path,
) -> None:
    store = StateStore.open(path)
    store.commit({("k", "a"): {"n": 1}})
    (pages,) = store._database.execute("PRAGMA page_count").fetchone()
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    large: Changes = {("k", "a"): {"n": 2}, ("k", "b"): {"text": "x" * 100_000}}

    with pytest.raises(TransientError, match=r"state\.db: database or disk is full"):
        store.commit(large)
    assert store.load_all("k") == {"a": {"n": 1}}

    store._database.execute("PRAGMA max_page_count = 1000000")
    store.commit(large)
    assert store.load_all("k")["a"] == {"n": 2}
    store.close()


def test_a_disk_that_became_read_only_is_named(path: Path) -> None:
    store = StateStore.open(path)
    store._database.execute("PRAGMA query_only = ON")

    with pytest.raises(TransientError, match="readonly database"):
        store.commit({("k", "a"): {}})

    store._database.execute("PRAGMA query_only = OFF")
    store.commit({("k", "a"): {}})
    store.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="No such file or directory"):
        StateStore.open(tmp_path / "none" / "state.db")


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    StateStore.open(path).close()
    _execute(path, "PRAGMA user_version = 99")

    with pytest.raises(ConfigError, match="written by a newer version") as caught:
        StateStore.open(path)

    assert "upgrade, or choose another data_dir" in str(caught.value)
    assert not list(path.parent.glob("*.corrupt-*"))


def test_what_is_no_object_is_left_out(path: Path) -> None:
    StateStore.open(path).close()
    _execute(path, "INSERT INTO document VALUES ('k', 'a', '[1]')")
    _execute(path, "INSERT INTO document VALUES ('k', 'b', '{broken')")
    _execute(path, "INSERT INTO document VALUES ('k', 'c', '{\"n\": 1}')")

    store = StateStore.open(path)

    assert store.load_all("k") == {"c": {"n": 1}}
    store.close()


async def test_worker_threads_may_write_and_read_at_once(path: Path) -> None:
    store = StateStore.open(path)

    await asyncio.gather(
        *(
            asyncio.to_thread(store.commit, {("k", str(index)): {"n": index}})
            for index in range(50)
        ),
        *(asyncio.to_thread(store.load_all, "k") for _ in range(50)),
    )

    documents = store.load_all("k")
    assert documents == {str(index): {"n": index} for index in range(50)}
    store.close()


_VALUES = st.none() | st.dictionaries(
    st.text(max_size=5), st.integers() | st.text(max_size=5) | st.floats(0, 1)
)
_CHANGES = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.text("xyz", max_size=2)), _VALUES
)


@given(st.lists(_CHANGES, max_size=8))
@settings(max_examples=30)
def test_the_store_is_a_dictionary_that_outlives_its_process(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Changes]
) -> None:
    path = tmp_path_factory.mktemp("store") / "state.db"
    expected: dict[tuple[str, str], object] = {}
    for changes in steps:
        store = StateStore.open(path)
        store.commit(changes)
        store.close()
        expected |= changes

    store = StateStore.open(path)
    for kind in "ab":
        assert store.load_all(kind) == {
            key: document
            for (of_kind, key), document in expected.items()
            if of_kind == kind and document is not None
        }
    store.close()


def _execute(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


def test_a_database_of_somebody_else_is_moved_and_not_written_to(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE document (anything TEXT)")
        other.execute("INSERT INTO document VALUES ('kept')")
        other.commit()
    StateStore.open(path).close()
    (aside,) = path.parent.glob("state.db.corrupt-*")
    with closing(sqlite3.connect(aside)) as other:
        assert other.execute("SELECT anything FROM document").fetchall() == [("kept",)]


def test_a_closed_store_is_a_bug_and_no_disk_error(path: Path) -> None:
    store = StateStore.open(path)
    store.close()

    with pytest.raises(sqlite3.ProgrammingError):
        store.load_all("k")
    store.close()


def test_no_change_is_no_transaction(path: Path) -> None:
    store = StateStore.open(path)
    store._database.execute("PRAGMA query_only = ON")

    store.commit({})

    store.close()
