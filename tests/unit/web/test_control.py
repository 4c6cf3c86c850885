import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from collector.model.command import Action, CommandOutcome, Origin
from collector.model.errors import ConfigError, TransientError
from collector.web.control import ControlClient, NotRunningError, RequestError
from collector.web.control_server import ControlServer
from tests.policy_words import latched
from tests.statuses import boiler
from tests.web_ports import House


def mode(path: Path) -> int | None:
    return path.stat().st_mode & 0o777 if path.exists() else None


async def whole(stream: AsyncIterator[bytes]) -> list[bytes]:
    return [line async for line in stream]


async def raw(path: Path, method: str, url: str, body: bytes) -> tuple[int, Any]:
    connector = aiohttp.UnixConnector(str(path))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(method, f"http://localhost{url}", data=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_relays_are_listed_and_found_by_name_and_address(
    control: ControlClient, house: House
) -> None:
    odd = boiler(ieee="00:15:8d:00:03:a0:00:01", name="Küche/links 100% ?#")
    house.statuses.append(odd)
    assert [relay["name"] for relay in await control.relays()] == ["boiler", odd.name]
    for name in (odd.name, odd.ieee):
        assert (await control.relay(name))["ieee"] == odd.ieee
    with pytest.raises(RequestError, match="No relay is called 'oven'"):
        await control.relay("oven")


async def test_a_relay_that_is_known_and_not_shown_is_not_there(
    control: ControlClient, house: House
) -> None:
    boiler_ieee = house.statuses[0].ieee
    house.addresses["old name"] = boiler_ieee
    house.statuses = []
    with pytest.raises(RequestError, match=f"No relay is called '{boiler_ieee}'"):
        await control.relay("old name")


async def test_a_person_at_the_machine_switches_and_overrides(
    control: ControlClient, house: House
) -> None:
    odd = boiler(ieee="00:15:8d:00:03:a0:00:01", name="Küche/{links} 100% ?#")
    house.statuses.append(odd)
    result = await control.switch(odd.name, "l2", Action.TOGGLE)
    assert (result["ieee"], result["outcome"]) == (odd.ieee, "confirmed")
    await control.override(odd.name, 0.5)
    assert house.switches == [(odd.ieee, "l2", Action.TOGGLE, Origin.CLI)]
    assert house.overrides == [(odd.ieee, 0.5, Origin.CLI)]


async def test_a_command_that_is_not_confirmed_is_a_result_and_no_error(
    control: ControlClient, house: House
) -> None:
    house.outcome = CommandOutcome.UNKNOWN
    result = await control.switch("boiler", "l1", Action.OFF)
    assert (result["outcome"], result["attempts"]) == ("unknown", 1)
    assert result["error"].startswith("'boiler' l1 is not confirmed off: ")


async def test_policies_are_listed_and_reset_by_name(
    control: ControlClient, house: House
) -> None:
    house.rules = [latched(name="floor/1 ?")]
    (rule,) = await control.policies()
    assert rule["name"] == "floor/1 ?"
    await control.reset_policy(rule["name"])
    assert house.resets == [("floor/1 ?", Origin.CLI)]
    with pytest.raises(RequestError, match="No policy is called 'oven'"):
        await control.reset_policy("oven")


async def test_permit_join_reaches_the_radio(
    control: ControlClient, house: House
) -> None:
    for seconds in (0, 120, 254):
        await control.permit_join(seconds)
    assert house.joins == [0, 120, 254]


@pytest.mark.parametrize("seconds", [-1, 255, 10**30])
async def test_permit_join_of_another_length_is_refused(
    control: ControlClient, house: House, seconds: int
) -> None:
    with pytest.raises(RequestError, match="N from 0 \\(stop\\) to 254"):
        await control.permit_join(seconds)
    assert house.joins == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is not JSON"),
        (b"\xff", "The body is not JSON"),
        (b"[" * 60_000, "The body is not JSON"),
        (b"[]", "The body must be a JSON object."),
        (b"{}", 'The body must be {"seconds": N}'),
        (b'{"seconds": true}', 'The body must be {"seconds": N}'),
        (b'{"seconds": "60"}', 'The body must be {"seconds": N}'),
        (b'{"seconds": 60.0}', 'The body must be {"seconds": N}'),
        (b'{"seconds": 60, "who": "me"}', 'The body must be {"seconds": N}'),
    ],
)
async def test_a_wrong_body_is_one_clear_sentence(
    server: ControlServer, path: Path, body: bytes, sentence: str
) -> None:
    status, answer = await raw(path, "POST", "/api/v1/permit_join", body)
    assert status == 400
    assert answer["error"].startswith(sentence)


async def test_a_body_over_64_kib_is_refused(server: ControlServer, path: Path) -> None:
    status, answer = await raw(path, "POST", "/api/v1/permit_join", b" " * 70_000)
    assert (status, answer["error"]) == (413, "The body is larger than 64 KiB.")


async def test_a_radio_that_is_down_is_a_transient_error(
    control: ControlClient, house: House
) -> None:
    house.error = TransientError("the radio is not connected")
    with pytest.raises(TransientError, match="the radio is not connected"):
        await control.permit_join(60)


async def test_a_refused_reload_gives_the_problems(
    control: ControlClient, house: House
) -> None:
    await control.reload()
    assert house.reloads == 1
    house.error = ConfigError("collector.yaml", ["radio: missing", "x: unknown key"])
    with pytest.raises(ConfigError) as caught:
        await control.reload()
    assert caught.value.source == "collector.yaml"
    assert caught.value.problems == ["radio: missing", "x: unknown key"]


async def test_an_unknown_path_names_the_known(
    server: ControlServer, path: Path
) -> None:
    status, answer = await raw(path, "GET", "/api/v1/nothing", b"")
    assert status == 404
    assert answer["error"] == (
        "There is no '/api/v1/nothing'; there is what /api/v1/openapi.json lists."
    )


async def test_the_socket_is_for_its_owner_only_and_goes_with_the_service(
    path: Path, house: House
) -> None:
    server = ControlServer()
    await server.start(path, house)
    assert mode(path) == 0o600
    await server.stop()
    assert mode(path) is None
    await server.stop()


async def test_the_socket_of_a_dead_service_is_replaced(
    path: Path, house: House
) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    server = ControlServer()
    await server.start(path, house)
    async with ControlClient(path) as control:
        assert await control.relays()
    await server.stop()


async def test_the_socket_of_a_living_service_is_left_alone(
    server: ControlServer, path: Path, house: House, control: ControlClient
) -> None:
    second = ControlServer()
    with pytest.raises(ConfigError) as caught:
        await second.start(path, house)
    assert caught.value.problems == [
        f"{path} is in use: the service already runs on this data_dir"
    ]
    assert await control.relays()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("file", "is in the way and no socket; move it away"),
        ("no/folder/control.sock", "cannot be made: No such file or directory"),
        ("x" * 200, "is longer than 107 bytes; shorten data_dir"),
    ],
)
async def test_a_path_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, house: House, name: str, words: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError) as caught:
        await ControlServer().start(tmp_path / name, house)
    assert caught.value.problems == [f"{tmp_path / name} {words}"]


async def test_without_a_service_the_client_says_what_to_do(path: Path) -> None:
    async with ControlClient(path) as control:
        for call in (control.relays(), control.permit_join(60), control.reload()):
            with pytest.raises(NotRunningError) as caught:
                await call
            assert str(caught.value) == (
                f"No service is running at {path}; start it with `collector run`, "
                "or name its --data-dir."
            )
        with pytest.raises(NotRunningError):
            await anext(control.frames())


async def test_a_service_that_dies_within_an_answer_is_said_so(path: Path) -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")
        writer.close()

    service = await asyncio.start_unix_server(die, str(path))
    async with ControlClient(path) as control:
        with pytest.raises(NotRunningError, match="The service went away"):
            await control.relays()
        with pytest.raises(NotRunningError, match="The service went away"):
            await whole(control.frames())
    service.close()
