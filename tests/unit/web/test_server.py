import asyncio
import gzip
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession

from collector.model.errors import ConfigError
from collector.web.server import WebServer
from tests.statuses import house as many_relays, parsed_openmetrics
from tests.unit.web.conftest import Serve
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1"])

WHOLE_REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}


async def test_metrics_are_text_for_who_does_not_say(client: ClientSession) -> None:
    async with client.get("/metrics", skip_auto_headers=["Accept-Encoding"]) as answer:
        body = await answer.read()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "Content-Encoding" not in answer.headers
    assert b"\nzigbee_relay_power_watts{" in body
    assert body.endswith(b"own_things_total 1.0\n")


async def test_metrics_are_openmetrics_for_who_asks(client: ClientSession) -> None:
    async with client.get("/metrics", headers=OPENMETRICS) as answer:
        body = gzip.decompress(await answer.read())
    assert answer.headers["Content-Type"] == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    )
    assert body.endswith(b"# EOF\n")
    assert "zigbee_relay_power_watts" in {f.name for f in parsed_openmetrics(body)}


async def test_gzip_carries_the_same_text(client: ClientSession, house: House) -> None:
    async with client.get("/metrics", headers={"Accept-Encoding": "gzip"}) as answer:
        body = await answer.read()
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == await house.metrics(openmetrics=False)


async def test_head_is_get_without_a_body(client: ClientSession) -> None:
    for path in ("/metrics", "/healthz", "/readyz"):
        async with client.head(path) as answer:
            assert answer.status == 200
            assert await answer.read() == b""


async def test_health_is_ok_even_while_not_ready(
    client: ClientSession, house: House
) -> None:
    house.reasons = ["the radio is not connected"]
    async with client.get("/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_readiness_gives_its_reasons(client: ClientSession, house: House) -> None:
    async with client.get("/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, {"ready": True})
    house.reasons = ["the radio is not connected"]
    async with client.get("/readyz") as answer:
        assert answer.status == 503
        assert await answer.json() == {
            "ready": False,
            "reasons": ["the radio is not connected"],
        }


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/", 404, "There is no '/'; there are /metrics, /healthz"),
        ("GET", "/metrics/", 404, "There is no '/metrics/'; "),
        ("GET", "/" + "x" * 300, 404, "There is no '/xxx"),
        ("POST", "/metrics", 405, "'/metrics' does not take POST; it takes GET, HEAD."),
    ],
)
async def test_what_is_not_there_is_one_clear_sentence(
    client: ClientSession, method: str, path: str, status: int, words: str
) -> None:
    async with client.request(method, path) as answer:
        text = await answer.text()
    assert answer.status == status
    assert text.startswith(words)
    assert text.count("\n") == 1
    assert len(text) < 250


async def test_a_bug_is_a_500_and_the_next_scrape_works(
    client: ClientSession, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.error = ZeroDivisionError("a bug")
    async with client.get("/metrics") as answer:
        assert answer.status == 500
        assert await answer.text() == "An error of the collector; see its log.\n"
    assert "Unexpected error: where=GET /metrics" in caplog.text
    house.error = None
    async with client.get("/metrics") as answer:
        assert answer.status == 200


async def test_the_api_reads_relays_on_localhost_and_writes_nothing(
    client: ClientSession, house: House
) -> None:
    async with client.get("/api/v1/relays") as answer:
        (relay,) = await answer.json()
        assert relay["name"] == "boiler"
    for path in ("permit_join", "reload", "relays/boiler/channels/l1"):
        async with client.post(f"/api/v1/{path}", json={"seconds": 60}) as answer:
            assert answer.status == 403
            assert "takes no writes here" in (await answer.json())["error"]
    assert (house.joins, house.reloads, house.switches) == ([], 0, [])


async def test_raw_frames_are_for_the_socket_only(client: ClientSession) -> None:
    async with client.get("/api/v1/frames") as answer:
        assert answer.status == 404
        assert "There is no '/api/v1/frames'" in (await answer.json())["error"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:10177", 200),
        ("127.0.0.1", 200),
        ("[::1]:10177", 200),
        ("[::1]", 200),
        ("attacker.example:10177", 403),
        ("localhost.attacker.example", 403),
    ],
)
async def test_a_page_that_points_its_name_to_localhost_reads_nothing(
    client: ClientSession, host: str, status: int
) -> None:
    async with client.get("/api/v1/relays", headers={"Host": host}) as answer:
        assert answer.status == status


async def test_beyond_localhost_there_is_no_api(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve("0.0.0.0:0")
    async with ClientSession(f"http://127.0.0.1:{server.port}") as client:
        async with client.get("/metrics") as answer:
            assert answer.status == 200
        async with client.get("/api/v1/relays") as answer:
            assert answer.status == 403
            assert "on a localhost listener only" in (await answer.json())["error"]
    said = [r for r in caplog.records if "Listening beyond localhost" in r.message]
    assert len(said) == 1


async def test_ipv6_localhost_is_localhost(serve: Serve) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = await serve("[::1]:0")
    async with (
        ClientSession(f"http://[::1]:{server.port}") as client,
        client.get("/api/v1/relays") as answer,
    ):
        assert answer.status == 200


async def test_a_port_in_use_is_one_sentence_and_leaves_nothing_behind(
    serve: Serve, house: House
) -> None:
    port = (await serve()).port
    second = WebServer()
    with pytest.raises(ConfigError) as caught:
        await second.start(f"127.0.0.1:{port}", house)
    assert caught.value.problems == [
        f"web.listen: 127.0.0.1:{port} is in use by another process; stop it or choose another port"
    ]
    await second.stop()


async def test_stop_is_safe_without_start_and_twice(house: House) -> None:
    server = WebServer()
    await server.stop()
    await server.start("127.0.0.1:0", house)
    await server.stop()
    await server.stop()


async def test_fifty_scrapers_at_once_share_renderings(
    client: ClientSession, house: House
) -> None:
    house.statuses = many_relays(200)

    async def scrape() -> int:
        async with client.get("/metrics") as answer:
            return len(await answer.read())

    sizes = await asyncio.gather(*[scrape() for _ in range(50)])
    assert len(set(sizes)) == 1
    assert house.renderings < 10


async def test_a_scraper_that_goes_away_does_not_end_the_rendering_of_others(
    house: House, serve: Serve
) -> None:
    house.statuses = many_relays(200)
    server = await serve()
    async with ClientSession(f"http://127.0.0.1:{server.port}") as client:
        leaving = asyncio.ensure_future(client.get("/metrics"))
        staying = asyncio.ensure_future(client.get("/metrics"))
        await asyncio.sleep(0.005)
        leaving.cancel()
        async with await staying as answer:
            assert b"relay 199" in await answer.read()


class EndlessHouse(House):
    """Has more to say than the kernel's buffers hold."""

    async def metrics(self, *, openmetrics: bool) -> bytes:  # noqa: ARG002 - WebPorts
        self.renderings += 1
        return b"# so much to say\n" * 1_000_000


async def hang(server: WebServer, request: bytes) -> socket.socket:
    """Send a request (or half of one) and never read the answer."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await loop.sock_connect(client, ("127.0.0.1", server.port))
    await loop.sock_sendall(client, request)
    return client


async def test_clients_that_stop_reading_or_writing_block_nobody_and_no_stop() -> None:
    house = EndlessHouse()
    server = WebServer()
    await server.start("127.0.0.1:0", house)
    hanging = [
        await hang(server, request)
        for request in (WHOLE_REQUEST, b"GET /metr", b"")
        for _ in range(3)
    ]
    address = f"http://127.0.0.1:{server.port}"
    async with (
        asyncio.timeout(5),
        ClientSession(address) as client,
        client.get("/api/v1/relays") as answer,
    ):
        assert answer.status == 200
    assert house.renderings
    async with asyncio.timeout(5):
        await server.stop()
    for one in hanging:
        one.close()


async def test_who_does_not_read_an_answer_in_time_is_cut_off() -> None:
    house = EndlessHouse()
    server = WebServer(send_seconds=0.1)
    await server.start("127.0.0.1:0", house)
    assert server._runner is not None
    listener = server._runner.server
    assert listener is not None
    with await hang(server, WHOLE_REQUEST):
        async with asyncio.timeout(10):
            while not house.renderings or listener.connections:  # noqa: ASYNC110 - aiohttp tells nobody
                await asyncio.sleep(0)
    await server.stop()


async def test_a_header_without_end_is_refused(serve: Serve) -> None:
    server = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 100_000)
    assert (await reader.readline()).startswith(b"HTTP/1.0 400") or reader.at_eof()
    writer.close()


async def test_a_bad_web_config_stops_the_start(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("basic_auth_usrs: {}")
    with pytest.raises(ConfigError, match='did you mean "basic_auth_users"'):
        await serve(web_config=file)
