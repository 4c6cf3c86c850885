"""The tokens file on a real disk, changed by processes at once."""

import asyncio
import fcntl
import os
import resource
import sys
from pathlib import Path

import pytest

from collector.model.errors import CollectorError, ConfigError
from collector.web import token_file
from collector.web.token_file import add_token, load_tokens, remove_token
from collector.web.tokens import Scope, holder
from tests.policy_words import AT, issue


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.yml"


def test_a_file_is_made_for_its_owner_alone_and_leaves_nothing_beside_it(
    path: Path,
) -> None:
    entry, token = issue(path, Scope.WRITE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["tokens.yml"]
    assert load_tokens(path) == (entry,)
    assert token not in path.read_text()


def test_tokens_add_up_and_a_revoked_one_is_gone(path: Path) -> None:
    made = [issue(path, Scope.READ, name) for name in ("a", "b", "c")]
    assert remove_token(path, made[1][0].id) == made[1][0]
    assert load_tokens(path) == (made[0][0], made[2][0])
    assert holder(load_tokens(path), made[1][1]) is None
    with pytest.raises(CollectorError, match=f"holds no token '{made[1][0].id}'"):
        remove_token(path, made[1][0].id)
    for entry, _ in (made[0], made[2]):
        remove_token(path, entry.id)
    assert load_tokens(path) == ()


async def test_many_creates_at_once_lose_none(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from collector.web.token_file import add_token\n"
        "from collector.web.tokens import Scope\n"
        "for n in range(10):\n"
        "    add_token(Path(sys.argv[1]), f'{sys.argv[2]}-{n}', Scope.READ, "
        "datetime.now(UTC))\n"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, path, str(number)
        )
        for number in range(3)
    ]
    assert await asyncio.gather(*(each.wait() for each in processes)) == [0, 0, 0]
    names = {token.name for token in load_tokens(path)}
    assert names == {f"{p}-{n}" for p in range(3) for n in range(10)}


def test_another_command_is_waited_for_but_not_for_ever(path: Path) -> None:
    lock = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        with pytest.raises(CollectorError, match="Another command keeps"):
            add_token(path, "late", Scope.READ, AT, lock_seconds=0.05)
    finally:
        os.close(lock)
    assert not path.exists()


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real.yml"
    real.parent.mkdir()
    path.symlink_to(real)
    entry, _ = issue(path, Scope.READ)
    assert path.is_symlink()
    assert load_tokens(real) == (entry,)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    issue(path, Scope.READ)
    path.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        load_tokens(path)
    assert caught.value.problems == [
        f"{path} can be read by others; `chmod 600 {path}`"
    ]
    before = path.read_text()
    with pytest.raises(ConfigError):
        issue(path, Scope.READ)
    assert path.read_text() == before


def test_a_broken_file_is_not_written_over(path: Path) -> None:
    path.touch(mode=0o600)
    path.write_text("- {id: t1}\n")
    with pytest.raises(ConfigError, match="name: is missing"):
        issue(path, Scope.READ)
    assert path.read_text() == "- {id: t1}\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe", "is not a text in UTF-8"),
        (b"#" * (token_file._LARGEST + 1), "is larger than 1 MiB"),
    ],
)
def test_a_file_of_another_kind_is_one_sentence(
    path: Path, content: bytes, sentence: str
) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_tokens(path)
    assert caught.value.problems == [sentence]


def test_a_missing_file_or_folder_is_one_sentence(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist; create it"):
        load_tokens(path)
    with pytest.raises(CollectorError, match="cannot be written: No such file"):
        issue(tmp_path / "no" / "tokens.yml", Scope.READ)
    path.touch()
    with pytest.raises(CollectorError, match="cannot be written: Not a directory"):
        issue(path / "tokens.yml", Scope.READ)


def test_a_disk_that_takes_no_more_leaves_the_old_file_and_nothing_beside_it(
    path: Path,
) -> None:
    entry, _ = issue(path, Scope.READ)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(CollectorError, match="cannot be written: File too large"):
            issue(path, Scope.READ)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert load_tokens(path) == (entry,)
    assert [each.name for each in path.parent.iterdir()] == ["tokens.yml"]


def test_a_file_of_the_services_user_stays_his_when_root_changes_it(
    path: Path,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can change the file of somebody else")
    issue(path, Scope.READ)
    os.chown(path, 12345, 12345)
    issue(path, Scope.READ)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_wrong_name_makes_no_file(path: Path) -> None:
    with pytest.raises(ConfigError, match="--name: a name has 1 to 100 printable"):
        add_token(path, "two\nlines", Scope.READ, AT)
    assert not path.exists()
