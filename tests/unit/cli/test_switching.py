"""`collector switch` against a service that is there, and one that is not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collector.model.command import (
    Action,
    CommandOutcome,
    Origin,
    RequestRefusedError,
)
from collector.model.errors import TransientError
from collector.web.server import WebServer
from collector.web.tokens import Scope
from tests.policy_words import BOILER, issue
from tests.statuses import boiler
from tests.unit.cli.commands import collector
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize(
    ("action", "seconds", "shown"),
    [
        (Action.ON, 0.0018, "2 ms"),
        (Action.OFF, 0.25, "250 ms"),
        (Action.TOGGLE, 12.34, "12.3 s"),
    ],
)
async def test_a_confirmed_command_is_exit_0(
    data_dir: Path, house: House, action: Action, seconds: float, shown: str
) -> None:
    house.seconds = seconds
    done = await collector("switch", "boiler", "l1", action, "--data-dir", data_dir)
    state = "off" if action is Action.OFF else "on"
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"boiler l1 is {state}, confirmed after {shown} (1 attempt(s)).\n"
    )
    assert house.switches == [(BOILER, "l1", action, Origin.CLI)]


@pytest.mark.parametrize(
    "outcome",
    [CommandOutcome.FAILED, CommandOutcome.REFUSED, CommandOutcome.UNKNOWN],
)
async def test_a_command_that_is_not_confirmed_is_exit_1_and_says_which(
    data_dir: Path, house: House, outcome: CommandOutcome
) -> None:
    house.outcome, house.detail = outcome, "the contact is reported closed"
    words = ("switch", "boiler", "l1", "off", "--data-dir", data_dir)
    done = await collector(*words)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"{outcome.value.capitalize()}: 'boiler' l1 is not confirmed off: "
        "the contact is reported closed.\n"
    )
    told = await collector(*words, "--json")
    assert (told.code, told.err) == (1, "")
    assert json.loads(told.out)["outcome"] == outcome.value


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            RequestRefusedError(403, "boiler l1 is protected."),
            "boiler l1 is protected.",
        ),
        (RequestRefusedError(409, "Monitor mode."), "Monitor mode."),
        (TransientError("the radio is down"), "the radio is down"),
    ],
)
async def test_what_is_turned_down_is_exit_1_with_the_reason(
    data_dir: Path, house: House, error: Exception, sentence: str
) -> None:
    house.error = error
    done = await collector("switch", "boiler", "l1", "off", "--data-dir", data_dir)
    assert (done.code, done.out, done.err) == (1, "", f"{sentence}\n")


async def test_a_relay_is_named_as_it_is(data_dir: Path, house: House) -> None:
    house.statuses = [boiler(name="Küche/{links} [red]")]
    name = house.statuses[0].name
    done = await collector("switch", name, "l2", "on", "--data-dir", data_dir)
    assert done.code == 0
    assert name in done.out
    done = await collector("switch", "oven", "l2", "on", "--data-dir", data_dir)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("No relay is called 'oven'")


async def test_without_a_service_nothing_is_opened(tmp_path: Path) -> None:
    config = tmp_path / "collector.yaml"
    config.write_text("data_dir: data\n")
    for place in (("--data-dir", tmp_path / "data"), ("--config", config)):
        done = await collector("switch", "boiler", "l1", "off", *place)
        assert (done.code, done.out) == (1, "")
        assert done.err == (
            f"No service is running at {tmp_path / 'data' / 'control.sock'}; start it "
            "with `collector run`, or name its --data-dir.\n"
        )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("boiler", "l3", "off"),
        ("boiler", "l1", "up"),
        ("boiler", "l1"),
        ("boiler", "l1", "off", "--url", "http://127.0.0.1:1", "--data-dir", "x"),
        ("boiler", "l1", "off", "--url", "nonsense"),
        ("boiler", "l1", "off", "--url", "http://127.0.0.1:1", "--token-file", "none"),
        ("boiler", "l1", "off", "--data-dir", "x", "--token-file", "none"),
        ("boiler", "l1", "off", "--data-dir", "x", "--ca-file", "none"),
        ("boiler", "l1", "off", "--config", "no such file"),
    ],
)
async def test_wrong_usage_is_exit_2(arguments: tuple[str, ...]) -> None:
    done = await collector("switch", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err


@pytest.fixture
async def remote(house: House, tmp_path: Path) -> AsyncIterator[tuple[object, ...]]:
    """The options that reach a service by URL, with a write token."""
    _, token = issue(tmp_path / "tokens.yml", Scope.WRITE)
    token_file = tmp_path / "token"
    token_file.touch(mode=0o600)
    token_file.write_text(f"{token}\n")
    server = WebServer()
    await server.start("127.0.0.1:0", house, None, tmp_path / "tokens.yml")
    yield ("--url", f"http://127.0.0.1:{server.port}", "--token-file", token_file)
    await server.stop()


async def test_a_service_elsewhere_is_reached_with_a_token(
    remote: tuple[object, ...], house: House
) -> None:
    done = await collector("switch", "boiler", "l1", "off", *remote)
    assert done.code == 0, done.err
    assert house.switches == [(BOILER, "l1", Action.OFF, Origin.API)]
    shown = await collector("relays", "--json", *remote)
    assert [each["ieee"] for each in json.loads(shown.out)] == [BOILER]
    paired = await collector("pair", "--seconds", "1", "--json", *remote)
    assert (paired.code, json.loads(paired.out)) == (0, [])
    assert house.joins == [1]


async def test_a_token_file_that_others_read_is_refused(
    remote: tuple[object, ...], house: House
) -> None:
    token_file = remote[-1]
    assert isinstance(token_file, Path)
    token_file.chmod(0o644)
    done = await collector("switch", "boiler", "l1", "off", *remote)
    assert done.code == 2
    assert "chmod 600" in done.err
    assert house.switches == []


async def test_a_relay_with_brackets_in_its_name_is_in_the_table(
    data_dir: Path, house: House
) -> None:
    house.statuses = [boiler(name="[/red]")]
    done = await collector("relays", "--data-dir", data_dir)
    assert done.code == 0
    assert "[/red]" in done.out
