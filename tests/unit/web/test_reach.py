"""The client at a URL: over TLS, with a token that goes to nobody else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from collector.model.command import Action, Origin
from collector.model.errors import ConfigError, TransientError
from collector.web.control import ControlClient, NotRunningError, RequestError
from collector.web.reach import SocketReach, UrlReach, checked_token, checked_url
from collector.web.tokens import Scope
from tests.policy_words import BOILER, issue, latched
from tests.unit.web.certificates import Authority
from tests.unit.web.conftest import Serve
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

Page = Callable[[web.Request], Awaitable[web.StreamResponse]]
Answer = Callable[[Page], Awaitable[str]]


@pytest.fixture
async def answer() -> AsyncIterator[Answer]:
    """Serve one handler for every path; return its URL."""
    runners: list[web.AppRunner] = []

    async def start(page: Page) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", page)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_a_token_over_tls_does_what_the_socket_does(
    serve: Serve, house: House, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    config = tmp_path / "web.yml"
    config.write_text(
        "tls_server_config: {cert_file: server.pem, key_file: server.key}\n"
    )
    _, token = issue(tmp_path / "tokens.yml", Scope.WRITE)
    server = await serve("0.0.0.0:0", config, tmp_path / "tokens.yml")
    house.rules = [latched()]
    url = checked_url(f"https://127.0.0.1:{server.port}/", with_token=True)
    async with ControlClient(UrlReach(url, token, authority.ca)) as client:
        assert [each["ieee"] for each in await client.relays()] == [BOILER]
        assert (await client.switch("boiler", "l1", Action.OFF))["on"] is False
        assert [each["name"] for each in await client.policies()] == ["heater-overload"]
        await client.override("boiler", 60)
        await client.reset_policy("heater-overload")
        with pytest.raises(RequestError, match="There is no '/api/v1/frames'"):
            await anext(client.frames())
    assert house.switches == [(BOILER, "l1", Action.OFF, Origin.API)]
    async with ControlClient(UrlReach(url, token)) as client:
        with pytest.raises(NotRunningError) as caught:
            await client.relays()
    assert str(caught.value).startswith(f"The certificate at {url} is not trusted (")
    assert str(caught.value).endswith("; name its authority with --ca-file.")


async def test_what_the_token_may_not_do_is_the_services_sentence(
    serve: Serve, tmp_path: Path
) -> None:
    entry, token = issue(tmp_path / "tokens.yml", Scope.READ)
    server = await serve(tokens_file=tmp_path / "tokens.yml")
    url = f"http://127.0.0.1:{server.port}"
    async with ControlClient(UrlReach(url, token)) as client:
        assert await client.policies() == []
        with pytest.raises(RequestError, match=f"Token {entry.id} is for reading"):
            await client.permit_join(60)
    async with ControlClient(UrlReach(url)) as client:
        with pytest.raises(RequestError, match="A token is needed"):
            await client.relays()


async def test_a_redirection_does_not_get_the_token(answer: Answer) -> None:
    shown: list[str | None] = []

    async def thief(request: web.Request) -> web.StreamResponse:
        shown.append(request.headers.get("Authorization"))
        return web.json_response([])

    stolen_to = await answer(thief)

    async def redirect(request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect(f"{stolen_to}{request.path}")

    url = await answer(redirect)
    async with ControlClient(UrlReach(url, "secret")) as client:
        with pytest.raises(NotRunningError) as caught:
            await client.relays()
    assert str(caught.value) == f"What answers at {url} is no collector (HTTP 307)."
    assert shown == []


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (200, b"<html>hello</html>", "text/html"),
        (200, b"{", "application/json"),
        (200, b"1", "application/json"),
        (200, b"\xff", "application/json"),
        (404, b"not found", "text/plain"),
        (500, b"[]", "application/json"),
        (502, b"{}", "application/json"),
    ],
)
async def test_another_server_is_known_as_such(
    answer: Answer, status: int, body: bytes, content_type: str
) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type=content_type)

    url = await answer(page)
    async with ControlClient(UrlReach(url)) as client:
        with pytest.raises(NotRunningError) as caught:
            await client.relays()
    assert str(caught.value) == (
        f"What answers at {url} is no collector (HTTP {status})."
    )


async def test_a_service_that_does_not_answer_is_given_up(answer: Answer) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise web.HTTPOk

    url = await answer(page)
    async with ControlClient(UrlReach(url), answer_seconds=0.05) as client:
        with pytest.raises(TransientError, match="The service does not answer"):
            await client.relays()


async def test_nobody_at_a_url_is_one_sentence(answer: Answer) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.json_response([])

    url = await answer(page)
    with socket.create_server(("127.0.0.1", 0)) as closing:
        gone = f"http://127.0.0.1:{closing.getsockname()[1]}"
    async with ControlClient(UrlReach(gone)) as client:
        with pytest.raises(NotRunningError) as caught:
            await client.relays()
    assert str(caught.value) == f"No service answers at {gone}: Connection refused."
    plain = url.replace("http", "https")
    async with ControlClient(UrlReach(plain)) as client:
        with pytest.raises(NotRunningError, match="does not speak TLS as it should"):
            await client.relays()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://relays.example:10177", "https://relays.example:10177"),
        ("https://relays.example/", "https://relays.example"),
        ("https://example/collector/", "https://example/collector"),
        ("http://127.0.0.1:10177", "http://127.0.0.1:10177"),
        ("http://[::1]:10177/", "http://[::1]:10177"),
        ("http://LOCALHOST:1", "http://localhost:1"),
    ],
)
def test_a_url_is_taken_with_a_token(text: str, url: str) -> None:
    assert checked_url(text, with_token=True) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "relays.example",
        "relays.example:10177",
        "ftp://relays.example",
        "https://",
        "https://me:secret@relays.example",
        "https://relays.example/?token=secret",
        "https://relays.example/#here",
        "https://relays.example:99999",
        "https://relays.example:port",
        "http://[::1",
    ],
)
def test_what_is_no_url_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_url(text, with_token=False)
    assert caught.value.problems == [
        "--url: expected a URL such as https://relays.example:10177"
    ]


def test_a_token_does_not_cross_the_network_in_clear_text() -> None:
    assert checked_url("http://relays.example", with_token=False)
    with pytest.raises(ConfigError, match="in clear text; use https://"):
        checked_url("http://relays.example", with_token=True)


@pytest.mark.parametrize("text", ["", " \n", "two words", "a\nb", "tökén", "a\x00"])
def test_a_file_that_holds_no_token_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked_token(text, Path("token"))
    assert caught.value.problems == [
        "--token-file: token must hold one token, as `token create` printed it"
    ]


def test_a_token_is_taken_without_its_line_end_and_is_never_shown() -> None:
    assert checked_token("abc-_1\n", Path("token")) == "abc-_1"
    assert "abc" not in repr(UrlReach("https://x", "abc"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be used: No such file or directory"),
        (b"no certificate", "cannot be used: it holds no certificate in PEM"),
    ],
)
async def test_an_authority_that_is_none_is_refused(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        await ControlClient(UrlReach("https://x", None, file)).__aenter__()
    assert caught.value.problems == [f"--ca-file: {file} {sentence}"]


def test_a_socket_of_another_user_is_told_apart() -> None:
    error = aiohttp.ClientConnectorError(
        aiohttp.client_reqrep.ConnectionKey("", None, False, True, None, None, None),
        PermissionError(13, "Permission denied"),
    )
    told = str(SocketReach(Path("control.sock")).unreachable(error))
    assert told == (
        "control.sock belongs to another user; run this as the user of the service."
    )
