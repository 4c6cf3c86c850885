"""zigbee.db: checked before the radio opens it, backed up while it is open."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.model.errors import TransientError
from collector.state.zigbee_db import backup_database, check_database

NIGHT = datetime(2026, 3, 29, 2, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database such as zigpy's: with a log, and larger than a few pages."""
    path = tmp_path / "zigbee.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE devices_v13 (ieee TEXT PRIMARY KEY, note TEXT)")
    database.executemany(
        "INSERT INTO devices_v13 VALUES (?, ?)",
        [(f"00:15:8d:00:03:a0:00:{number:02x}", "x" * 500) for number in range(100)],
    )
    database.commit()
    database.close()
    return path


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 : 3 * 4096] = b"\x55" * 8192
    path.write_bytes(content)


def devices(path: Path) -> int:
    database = sqlite3.connect(path)
    (count,) = database.execute("SELECT COUNT(*) FROM devices_v13").fetchone()
    database.close()
    assert isinstance(count, int)
    return count


def test_a_sound_database_is_left_as_it_is(path: Path, backups: Path) -> None:
    path.chmod(0o644)
    content = path.read_bytes()

    assert check_database(path, backups) is None
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_database_is_a_first_start(tmp_path: Path, backups: Path) -> None:
    assert check_database(tmp_path / "zigbee.db", backups) is None
    assert not (tmp_path / "zigbee.db").exists()


def test_a_corrupt_database_without_a_backup_is_set_aside(
    path: Path, backups: Path
) -> None:
    damage(path)

    done = check_database(path, backups)

    (aside,) = path.parent.glob("zigbee.db.corrupt-*")
    assert done == (
        f"zigbee.db was corrupt and is set aside as {aside.name}; "
        "no sound backup was found, so the relays must join anew"
    )
    assert not path.exists()


def test_the_newest_sound_backup_takes_the_place_of_a_corrupt_database(
    path: Path, backups: Path
) -> None:
    old = backup_database(path, backups, at=NIGHT)
    newest = backup_database(path, backups, at=NIGHT + timedelta(days=1))
    damage(newest)
    damage(path)

    done = check_database(path, backups)

    assert done is not None
    assert done.endswith(f"; {old.name} was restored")
    assert devices(path) == 100
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert check_database(path, backups) is None


def test_a_locked_database_is_not_taken_for_a_corrupt_one(
    path: Path, backups: Path
) -> None:
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(TransientError, match="locked"):
            check_database(path, backups)
    finally:
        other.close()

    assert path.exists()


def test_a_backup_is_one_private_sound_file(path: Path, backups: Path) -> None:
    backup = backup_database(path, backups, at=NIGHT)

    assert backup == backups / "zigbee-20260329-020000.db"
    assert [file.name for file in backups.iterdir()] == [backup.name]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE(backups.stat().st_mode) == 0o700
    assert devices(backup) == 100


def test_a_database_in_use_is_backed_up_with_its_log(path: Path, backups: Path) -> None:
    writer = sqlite3.connect(path)
    writer.execute("INSERT INTO devices_v13 VALUES ('new', '')")
    writer.commit()  # in the log only
    writer.execute("INSERT INTO devices_v13 VALUES ('not committed', '')")

    backup = backup_database(path, backups, at=NIGHT)

    assert devices(backup) == 101
    writer.close()


def test_only_the_newest_backups_are_kept(path: Path, backups: Path) -> None:
    made = [
        backup_database(path, backups, keep=3, at=NIGHT + timedelta(days=day))
        for day in range(5)
    ]
    (backups / "mine.db").touch()

    backup_database(path, backups, keep=3, at=NIGHT + timedelta(days=5))

    assert {file.name for file in backups.iterdir()} == {
        "mine.db",
        made[3].name,
        made[4].name,
        "zigbee-20260403-020000.db",
    }


def test_a_database_that_is_not_there_is_no_backup(
    tmp_path: Path, backups: Path
) -> None:
    with pytest.raises(TransientError, match="no backup was made"):
        backup_database(tmp_path / "zigbee.db", backups)

    assert list(backups.iterdir()) == []
    assert not (tmp_path / "zigbee.db").exists()


def test_a_corrupt_database_never_becomes_a_backup(path: Path, backups: Path) -> None:
    damage(path)

    with pytest.raises(TransientError, match="no backup was made"):
        backup_database(path, backups)

    assert list(backups.iterdir()) == []


def test_a_backup_folder_that_is_a_file_is_named(path: Path, backups: Path) -> None:
    backups.touch()

    with pytest.raises(TransientError, match="no backup was made"):
        backup_database(path, backups)
