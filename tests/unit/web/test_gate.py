import asyncio
import os
import ssl
from pathlib import Path

import aiohttp
import bcrypt
import pytest
from aiohttp import ClientSession

from collector.web.server import WebServer
from tests.unit.web.certificates import Authority
from tests.unit.web.conftest import Serve

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ALI = ("ali", "open sesame")


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def rewrite(file: Path, text: str) -> None:
    """Change the file so that its time moves, however coarse the clock."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text)
    os.utime(file, ns=(before + 10**9, before + 10**9))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "web.yml"
    rewrite(file, f"basic_auth_users: {{ali: {hashed(ALI[1])}}}\n")
    return file


async def status(
    server: WebServer, path: str = "/metrics", login: tuple[str, str] | None = None
) -> int:
    headers = {}
    if login:
        headers["Authorization"] = aiohttp.encode_basic_auth(*login)
    url = f"http://127.0.0.1:{server.port}{path}"
    async with ClientSession() as client, client.get(url, headers=headers) as answer:
        if answer.status == 401:
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="collector"'
        return answer.status


@pytest.mark.parametrize(
    ("path", "stranger", "friend"),
    [
        ("/metrics", 401, 200),
        ("/api/v1/relays", 401, 200),
        ("/nothing", 401, 404),
        ("/healthz", 200, 200),
        ("/readyz", 200, 200),
    ],
)
async def test_all_but_health_is_behind_the_password(
    serve: Serve, file: Path, path: str, stranger: int, friend: int
) -> None:
    server = await serve(web_config=file)
    assert await status(server, path) == stranger
    assert await status(server, path, ("ali", "wrong")) == stranger
    assert await status(server, path, ALI) == friend


async def test_a_changed_file_is_taken_and_a_bad_one_leaves_the_old_in_force(
    serve: Serve, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(web_config=file)
    bad = "basic_auth_users: {ali: plain text}\n"
    for text, expected in [
        (bad, 200),
        (f"basic_auth_users: {{ali: {hashed('new')}}}\n", 401),
        ("http_server_config: {headers: {X-Frame-Options: deny}}\n", 200),
    ]:
        rewrite(file, text)
        await server.refresh()
        assert await status(server, login=ALI) == expected
    refused = [r for r in caplog.records if "refused" in r.message]
    assert len(refused) == 1
    assert "basic_auth_users.ali: not a bcrypt hash" in refused[0].message


async def test_a_file_that_goes_away_leaves_the_old_in_force(
    serve: Serve, file: Path
) -> None:
    server = await serve(web_config=file)
    await asyncio.to_thread(file.unlink)
    await server.refresh()
    assert await status(server) == 401
    assert await status(server, login=ALI) == 200


async def test_the_watch_sees_a_change_by_itself(serve: Serve, file: Path) -> None:
    server = await serve(web_config=file)
    rewrite(file, "")
    async with asyncio.timeout(10):
        while await status(server) != 200:
            pass


async def test_configured_headers_are_on_every_answer(serve: Serve, file: Path) -> None:
    rewrite(file, "http_server_config: {headers: {X-Content-Type-Options: nosniff}}\n")
    server = await serve(web_config=file)
    async with ClientSession(f"http://127.0.0.1:{server.port}") as client:
        for path in ("/metrics", "/healthz", "/nothing"):
            async with client.get(path) as answer:
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_rate_limit_spares_health(serve: Serve, file: Path) -> None:
    rewrite(file, "rate_limit: {interval: 1h, burst: 2}\n")
    server = await serve(web_config=file)
    assert [await status(server) for _ in range(3)] == [200, 200, 429]
    assert await status(server, "/healthz") == 200


def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority.ca))


async def common_name(server: WebServer, context: ssl.SSLContext) -> str:
    """Scrape over TLS and return the name on the server's certificate."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=context
    )
    writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"200"
    certificate = writer.get_extra_info("peercert")
    writer.close()
    return str(dict(entry[0] for entry in certificate["subject"])["commonName"])


async def test_tls_shows_the_certificate_and_a_renewed_one_without_a_restart(
    serve: Serve, file: Path, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.issue("first")
    rewrite(file, "tls_server_config: {cert_file: first.pem, key_file: first.key}\n")
    server = await serve(web_config=file)
    context = trusting(authority)
    assert await common_name(server, context) == "first"
    authority.issue("second")
    (tmp_path / "second.pem").replace(tmp_path / "first.pem")
    (tmp_path / "second.key").replace(tmp_path / "first.key")
    await server.refresh()
    assert await common_name(server, context) == "second"


async def test_tls_can_come_and_go_on_the_same_port(
    serve: Serve, file: Path, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    rewrite(file, "")
    server = await serve(web_config=file)
    port = server.port
    assert await status(server) == 200
    rewrite(file, "tls_server_config: {cert_file: server.pem, key_file: server.key}\n")
    await server.refresh()
    assert await common_name(server, trusting(authority)) == "server"
    rewrite(file, "")
    await server.refresh()
    assert await status(server) == 200
    assert server.port == port


async def test_a_client_certificate_is_asked_for(
    serve: Serve, file: Path, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    authority.issue("server")
    mine = authority.issue("prometheus")
    rewrite(
        file,
        "tls_server_config: {cert_file: server.pem, key_file: server.key, "
        "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}\n",
    )
    server = await serve(web_config=file)
    context = trusting(authority)
    url = f"https://127.0.0.1:{server.port}/healthz"
    async with ClientSession() as client:
        with pytest.raises(aiohttp.ClientError):
            await client.get(url, ssl=context)
        context.load_cert_chain(*mine)
        async with client.get(url, ssl=context) as answer:
            assert answer.status == 200
