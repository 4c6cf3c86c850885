"""A page in a browser may not act for another host, nor read."""

import asyncio

import pytest

from tests.unit.web.conftest import Serve
from tests.unit.web.holders import OFF, RELAYS, SWITCH, Holders, ask, bearer, failures
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://{host}", 200),
        ("http://{HOST}", 200),
        ("http://attacker.example", 403),
        ("http://{host}.attacker.example", 403),
        ("http://localhost:1", 403),
        ("http://127.0.0.1:99999", 403),
        ("null", 403),
        ("", 403),
        ("file://", 403),
    ],
)
async def test_a_page_of_another_host_changes_nothing(
    serve: Serve, holders: Holders, house: House, origin: str, status: int
) -> None:
    server = await serve(tokens_file=holders.file)
    before = failures("origin")
    host = f"localhost:{server.port}"
    headers = {
        **bearer(holders.write),
        "Host": host,
        "Origin": origin.format(host=host, HOST=host.upper()),
    }
    assert (await ask(server, "POST", SWITCH, json=OFF, headers=headers))[0] == status
    assert failures("origin") == before + (status == 403)
    assert len(house.switches) == (status == 200)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
async def test_what_a_form_of_a_page_can_send_is_no_body(
    serve: Serve, holders: Holders, house: House, content_type: str, status: int
) -> None:
    server = await serve(tokens_file=holders.file)
    headers = {**bearer(holders.write), "Content-Type": content_type}
    told, body = await ask(
        server, "POST", SWITCH, data=b'{"state": "off"}', headers=headers
    )
    assert told == status
    if status == 415:
        assert body["error"] == (
            "The body must be JSON, with Content-Type: application/json."
        )
    assert len(house.switches) == (status == 200)


async def test_a_page_of_another_host_reads_nothing_without_tokens_either(
    serve: Serve,
) -> None:
    server = await serve()
    headers = {"Origin": "http://attacker.example"}
    assert (await ask(server, "GET", RELAYS, headers=headers))[0] == 403


@pytest.mark.parametrize(
    ("more", "status"), [(b"", b"200"), (b"Origin: http://localhost\r\n", b"403")]
)
async def test_who_names_no_host_is_no_browser(
    serve: Serve, more: bytes, status: bytes
) -> None:
    server = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /api/v1/relays HTTP/1.0\r\n" + more + b"\r\n")
    assert (await reader.readline()).split()[1] == status
    writer.close()
    await writer.wait_closed()
