"""One POST: what goes over the wire, and a sentence for everything that goes wrong."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from collector.model.errors import ConfigError
from collector.sinks.influx_answer import Answer, Fate
from collector.sinks.influx_client import InfluxClient, InfluxServer
from tests.unit.web.certificates import Authority

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

LINES = b"relay,ieee=a power_w=1 1\nrelay,ieee=a power_w=2 2"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(
    handler: Handler, context: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.post("/api/v2/write", handler)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    yield f"{'https' if context else 'http'}://127.0.0.1:{site.port}"
    await runner.cleanup()


async def posted(url: str, **more: object) -> Answer:
    client = InfluxClient(
        InfluxServer(url=url, bucket="energy", **more),  # type: ignore[arg-type]
        request_seconds=2.0,
    )
    try:
        return await client.post(LINES)
    finally:
        await client.close()
        await client.close()  # any number of times


async def taken(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def test_what_goes_over_the_wire() -> None:
    seen: list[tuple[dict[str, str], dict[str, str], bytes]] = []

    async def note(request: web.Request) -> web.StreamResponse:
        raw = await request.content.read()
        seen.append((dict(request.query), dict(request.headers), raw))
        return web.Response(status=204)

    async with server(note) as url:
        answer = await posted(url, org="home", token=lambda: "user:right")
    assert answer == Answer(Fate.STORED, 204)
    [(query, headers, body)] = seen
    assert query == {"org": "home", "bucket": "energy", "precision": "ms"}
    assert headers["Authorization"] == "Token user:right"
    assert headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    assert text == LINES


async def test_nobody_answers_there() -> None:
    answer = await posted("http://127.0.0.1:9")
    assert answer.fate is Fate.KEEP
    assert "no connection (Connection refused)" in answer.sentence


async def test_an_answer_that_does_not_come() -> None:
    never = asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    async with server(hang) as url:
        client = InfluxClient(
            InfluxServer(url=url, bucket="energy"), request_seconds=0.1
        )
        answer = await client.post(LINES)
        await client.close()
        never.set()
    assert answer.fate is Fate.KEEP
    assert "has not answered within 0.1 s" in answer.sentence


async def test_who_sends_us_elsewhere_is_no_database() -> None:
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/login")

    async with server(elsewhere) as url:
        answer = await posted(url)
    assert (answer.fate, answer.status) == (Fate.KEEP, 302)


async def test_a_token_that_no_header_can_carry() -> None:
    async with server(taken) as url:
        answer = await posted(url, token=lambda: "two\nlines")
    assert answer.fate is Fate.KEEP
    assert answer.sentence


async def test_a_token_file_that_is_gone() -> None:
    def gone() -> str:
        raise ConfigError("token", ["token does not exist; create it"])

    answer = await posted("http://127.0.0.1:9", token=gone)
    assert (answer.fate, answer.sentence) == (
        Fate.KEEP,
        "token does not exist; create it",
    )


async def test_a_connection_that_breaks_off() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with server(cut) as url:
        answer = await posted(url)
    assert answer.fate is Fate.KEEP
    assert url in answer.sentence


def context_of(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the file of the authority that its client trusts."""
    authority = Authority(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("database"))
    return context, authority.ca


async def test_tls_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    context, authority = context_of(tmp_path)
    async with server(taken, context) as url:
        answer = await posted(url, ca_file=authority)
    assert answer.fate is Fate.STORED, answer.sentence


async def test_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    context, _ = context_of(tmp_path)
    async with server(taken, context) as url:
        answer = await posted(url)
    assert answer.fate is Fate.KEEP
    assert "certificate is not trusted" in answer.sentence
    assert "influxdb.ca_file" in answer.sentence


async def test_a_file_that_holds_no_certificates(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("nonsense")
    answer = await posted("https://127.0.0.1:9", ca_file=wrong)
    assert answer.fate is Fate.KEEP
    assert "holds no certificates" in answer.sentence


async def test_the_token_is_read_again_once_it_was_refused() -> None:
    tokens = iter(["old", "new"])
    seen: list[str] = []

    async def door(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers["Authorization"])
        return web.Response(status=401 if "old" in seen[-1] else 204)

    async with server(door) as url:
        client = InfluxClient(
            InfluxServer(url=url, bucket="energy", token=lambda: next(tokens))
        )
        assert (await client.post(LINES)).denied
        assert (await client.post(LINES)).fate is Fate.STORED
        assert (await client.post(LINES)).fate is Fate.STORED
        await client.close()
    assert seen == ["Token old", "Token new", "Token new"]
