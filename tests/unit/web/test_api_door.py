"""Who may use the API over TCP, with and without tokens."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import bcrypt
import pytest
from aiohttp import ClientSession

from collector.web.server import WebServer
from tests.unit.web.certificates import Authority
from tests.unit.web.conftest import Serve
from tests.unit.web.holders import (
    OFF,
    OPENAPI,
    RELAYS,
    SWITCH,
    Holders,
    ask,
    bearer,
    failures,
)
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])


@pytest.mark.parametrize(
    ("method", "path", "answers"),  # to a stranger, a reader and a writer
    [
        ("GET", RELAYS, (401, 200, 200)),
        ("HEAD", RELAYS, (401, 200, 200)),
        ("GET", "/api/v1/policies", (401, 200, 200)),
        ("POST", SWITCH, (401, 403, 200)),
        ("POST", "/api/v1/reload", (401, 403, 400)),  # 400: it takes no body
        ("GET", "/api/v1/frames", (401, 404, 404)),  # the socket's alone
        ("GET", "/api/v1/nothing", (401, 404, 404)),
        ("POST", RELAYS, (401, 405, 405)),
        ("DELETE", SWITCH, (401, 405, 405)),
        ("GET", OPENAPI, (200, 200, 200)),
        ("GET", "/metrics", (200, 200, 200)),
        ("GET", "/healthz", (200, 200, 200)),
    ],
)
async def test_a_token_opens_what_its_scope_says(
    serve: Serve, holders: Holders, method: str, path: str, answers: tuple[int, ...]
) -> None:
    server = await serve(tokens_file=holders.file)
    body = OFF if method == "POST" else None
    who: list[dict[str, str]] = [{}, bearer(holders.read), bearer(holders.write)]
    told = [
        (await ask(server, method, path, json=body, headers=headers))[0]
        for headers in who
    ]
    assert told == list(answers)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        ("Bearer", "missing"),
        ("Bearer  ", "missing"),
        ("Basic YWxpOng=", "missing"),
        ("Bearer wrong", "wrong"),
        ("Bearer Ünïcödé", "wrong"),
    ],
)
async def test_who_shows_no_right_token_is_told_so_and_counted(
    serve: Serve, holders: Holders, house: House, header: str | None, reason: str
) -> None:
    server = await serve(tokens_file=holders.file)
    before = failures(reason)
    headers = {} if header is None else {"Authorization": header}
    async with (
        ClientSession(f"http://127.0.0.1:{server.port}") as client,
        client.post(SWITCH, json=OFF, headers=headers) as answer,
    ):
        assert answer.status == 401
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith('Bearer realm="collector"')
        assert ('error="invalid_token"' in challenge) is (reason == "wrong")
    assert failures(reason) == before + 1
    assert house.switches == []


async def test_the_hash_in_the_file_is_no_token(serve: Serve, holders: Holders) -> None:
    server = await serve(tokens_file=holders.file)
    headers = bearer(holders.writer.hash)
    assert (await ask(server, "GET", RELAYS, headers=headers))[0] == 401


async def test_a_read_token_on_a_write_is_told_what_it_lacks(
    serve: Serve, holders: Holders, house: House
) -> None:
    server = await serve(tokens_file=holders.file)
    before = failures("scope")
    status, body = await ask(
        server, "POST", SWITCH, json=OFF, headers=bearer(holders.read)
    )
    assert status == 403
    assert body["error"] == (
        f"Token {holders.reader.id} is for reading; this path needs one of scope write."
    )
    assert failures("scope") == before + 1
    assert house.switches == []


@asynccontextmanager
async def guesser(server: WebServer, address: str) -> AsyncIterator[ClientSession]:
    """A client that comes from an address of its own."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0))
    base = f"http://127.0.0.1:{server.port}"
    async with ClientSession(base, connector=connector) as client:
        yield client


async def test_guesses_are_limited_by_address_and_a_right_token_always_passes(
    serve: Serve, holders: Holders, house: House
) -> None:
    server = await serve(tokens_file=holders.file)
    before = failures("limited")
    async with (
        guesser(server, "127.0.0.1") as guessing,
        guesser(server, "127.0.0.2") as elsewhere,
    ):

        async def status(client: ClientSession, token: str) -> int:
            async with client.post(SWITCH, json=OFF, headers=bearer(token)) as answer:
                if answer.status == 429:
                    assert 0 < int(answer.headers["Retry-After"]) <= 60
                return answer.status

        guesses = [await status(guessing, f"guess {n}") for n in range(13)]
        assert guesses == [401] * 10 + [429] * 3
        assert await status(elsewhere, "guess") == 401
        assert await status(elsewhere, holders.write) == 200
        # A proxy gives all its clients one address: none may stop the others' commands.
        assert await status(guessing, holders.write) == 200
    assert failures("limited") == before + 3
    assert len(house.switches) == 2


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
def web_config(tmp_path: Path) -> Path:
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{ali: {hashed('sesame')}}}\n")
    return file


async def test_passwords_guard_the_pages_and_tokens_the_api(
    serve: Serve, holders: Holders, web_config: Path
) -> None:
    server = await serve(web_config=web_config, tokens_file=holders.file)
    ali = {"Authorization": aiohttp.encode_basic_auth("ali", "sesame")}
    token = bearer(holders.read)
    for path, with_nothing, with_password, with_token in [
        ("/metrics", 401, 200, 401),
        (RELAYS, 401, 401, 200),
        (OPENAPI, 200, 200, 200),
        ("/healthz", 200, 200, 200),
    ]:
        for headers, expected in [
            ({}, with_nothing),
            (ali, with_password),
            (token, with_token),
        ]:
            assert (await ask(server, "GET", path, headers=headers))[0] == expected


async def test_without_tokens_the_description_needs_no_password(
    serve: Serve, web_config: Path
) -> None:
    server = await serve(web_config=web_config)
    assert (await ask(server, "GET", OPENAPI))[0] == 200
    assert (await ask(server, "GET", RELAYS))[0] == 401


async def test_beyond_localhost_no_token_is_taken_in_clear_text(
    serve: Serve, holders: Holders, web_config: Path
) -> None:
    for config in (None, web_config):  # passwords do not hide a token
        server = await serve("0.0.0.0:0", web_config=config, tokens_file=holders.file)
        for path in (RELAYS, OPENAPI):
            status, body = await ask(server, "GET", path, headers=bearer(holders.write))
            assert status == 403
            assert "would cross the network in clear text" in body["error"]
            assert "tls_server_config" in body["error"]
        assert (await ask(server, "GET", "/healthz"))[0] == 200


async def test_beyond_localhost_tls_opens_the_api_to_tokens(
    serve: Serve, holders: Holders, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    config = tmp_path / "web.yml"
    config.write_text(
        "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
    )
    server = await serve("0.0.0.0:0", web_config=config, tokens_file=holders.file)
    context = await asyncio.to_thread(
        ssl.create_default_context, cafile=str(authority.ca)
    )
    async with ClientSession(f"https://127.0.0.1:{server.port}") as client:
        for headers, expected in [
            ({}, 401),
            (bearer(holders.write), 200),
            # Tokens are asked for: a name that points here opens nothing by itself.
            ({**bearer(holders.write), "Host": "relays.example"}, 200),
        ]:
            async with client.post(
                SWITCH, json=OFF, headers=headers, ssl=context
            ) as answer:
                assert answer.status == expected
