"""`collector token`: made once, shown once, revoked for good."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from collector.web.token_file import load_tokens
from collector.web.tokens import Scope, holder
from tests.unit.cli.commands import collector


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tokens.yml"


@pytest.fixture
def config(tmp_path: Path, file: Path) -> Path:
    path = tmp_path / "collector.yaml"
    path.write_text("web: {api_tokens_file: tokens.yml}\n")
    return path


async def test_a_token_is_printed_once_and_alone(config: Path, file: Path) -> None:
    done = await collector(
        *("token", "create", "--name", "ha", "--scope", "write", "--config", config)
    )
    assert done.code == 0, done.err
    entry = holder(load_tokens(file), done.out.rstrip("\n"))
    assert entry is not None
    assert (entry.name, entry.scope) == ("ha", Scope.WRITE)
    assert (
        done.err == f"Token {entry.id} (write) is in {file}; it is shown this once.\n"
    )
    assert mode(file) == 0o600


async def test_programs_get_json(file: Path) -> None:
    made = await collector(
        *("token", "create", "--name", "ha", "--scope", "read", "--file", file),
        "--json",
    )
    told = json.loads(made.out)
    assert (made.err, told.keys()) == (
        "",
        {"id", "name", "scope", "created", "token"},
    )
    assert holder(load_tokens(file), told["token"]) is not None
    shown = await collector("token", "list", "--file", file, "--json")
    assert json.loads(shown.out) == [
        {key: told[key] for key in ("id", "name", "scope", "created")}
    ]


async def test_the_list_shows_no_token_and_no_hash(file: Path) -> None:
    made = await collector(
        *("token", "create", "--name", "[red]ha", "--scope", "read", "--file", file)
    )
    (entry,) = load_tokens(file)
    for more in ((), ("--json",)):
        shown = await collector("token", "list", "--file", file, *more)
        assert shown.code == 0
        for told in (entry.id, "[red]ha", "read", entry.created):
            assert told in shown.out
        assert entry.hash not in shown.out
        assert made.out.strip() not in shown.out


async def test_a_revoked_token_is_gone(file: Path) -> None:
    await collector(
        *("token", "create", "--name", "ha", "--scope", "read", "--file", file)
    )
    (entry,) = load_tokens(file)
    done = await collector("token", "revoke", entry.id, "--file", file)
    assert (done.code, done.out) == (0, f"Token {entry.id} of 'ha' is revoked.\n")
    assert load_tokens(file) == ()
    done = await collector("token", "revoke", entry.id, "--file", file)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"{file} holds no token '{entry.id}'; `collector token list` shows them.\n"
    )


async def test_creates_at_once_lose_none(file: Path) -> None:
    # Processes of their own: CliRunner has one standard output for all.
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "collector", "token", "create", "--name", name),
            *("--scope", "read", "--file", str(file), "--json"),
            stdout=asyncio.subprocess.PIPE,
        )
        for name in ("one", "two", "three")
    ]
    outputs = [(await each.communicate())[0] for each in processes]
    tokens = load_tokens(file)
    assert len(tokens) == 3
    assert all(holder(tokens, json.loads(output)["token"]) for output in outputs)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "--name", "x", "--scope", "admin", "--file", "t"), 2, "admin"),
        (("create", "--scope", "read", "--file", "t"), 2, "--name"),
        (("create", "--name", "", "--scope", "read", "--file", "t"), 2, "--name: a "),
        (("create", "--name", "x", "--scope", "read", "--file", "no/t"), 1, "written"),
        (("list", "--file", "t"), 2, "does not exist"),
        (("list", "--file", "t", "--config", "c"), 2, "--file takes no --config"),
        (("revoke", "t1", "--file", "t"), 1, "holds no token 't1'"),
        (("list", "--config", "plain.yaml"), 2, "web.api_tokens_file: is not there"),
    ],
)
async def test_what_a_person_gets_wrong_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.yaml").write_text("site: home\n")
    done = await collector("token", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert not (tmp_path / "t").exists()
