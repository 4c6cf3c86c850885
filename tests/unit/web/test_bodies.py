"""Bodies as they should not be."""

import asyncio

import pytest
from aiohttp import web

from collector.web.answers import sentences
from collector.web.bodies import one_key
from tests.unit.web.conftest import Post
from tests.web_ports import House

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SWITCH = "/api/v1/relays/boiler/channels/l1"
STATE_FORM = (
    'The body must be {"state": "on"}, {"state": "off"} or {"state": "toggle"}.'
)


async def test_a_body_that_trickles_is_given_up() -> None:
    async def read(request: web.Request) -> web.Response:
        value = await one_key(request, "state", "of one key", seconds=0.05)
        return web.json_response(value)

    app = web.Application(middlewares=[sentences("nothing else")])
    app.add_routes([web.post("/api/body", read)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = int(runner.addresses[0][1])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b'POST /api/body HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{"state"'
    )
    async with asyncio.timeout(5):
        assert b" 408 " in await reader.readline()
        await reader.readuntil(b"The body did not arrive in time.")
    writer.close()
    await writer.wait_closed()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is not JSON: "),
        (b"\xff", "The body is not JSON: "),
        (b"\xef\xbb\xbf{}", "The body is not JSON: "),
        ('{"state": "on"}'.encode("utf-16"), "The body is not JSON: "),
        (b"[" * 60_000, "The body is not JSON: nested too deep."),
        (b'{"a":' * 10_000, "The body is not JSON: nested too deep."),
        (b'{"state": "on", "state": "off"}', "The body is not JSON: a key stands "),
        (b'{"state": NaN}', "The body is not JSON: NaN is no JSON number."),
        (b"1" * 5000, "The body is not JSON: "),
        (b'"on"', "The body must be a JSON object."),
        (b"null", "The body must be a JSON object."),
        (b"{}", STATE_FORM),
        (b'{"state": "On"}', STATE_FORM),
        (b'{"state": "on "}', STATE_FORM),
        (b'{"state": true}', STATE_FORM),
        (b'{"state": ["on"]}', STATE_FORM),
        (b'{"state": {"on": 1}}', STATE_FORM),
        (b'{"state": null}', STATE_FORM),
        (b'{"state": "\\ud800"}', STATE_FORM),
        (b'{"state": "on", "force": true}', STATE_FORM),
        (b'{"State": "on"}', STATE_FORM),
    ],
)
async def test_a_wrong_body_is_one_clear_sentence_and_nothing_is_sent(
    post: Post, house: House, body: bytes, sentence: str
) -> None:
    status, answer = await post(SWITCH, body)
    assert status == 400
    assert answer["error"].startswith(sentence)
    assert "\n" not in answer["error"]
    assert house.switches == []


async def test_a_body_over_64_kib_is_refused(post: Post, house: House) -> None:
    body = b'{"state": "' + b"x" * 70_000 + b'"}'
    assert await post(SWITCH, body) == (
        413,
        {"error": "The body is larger than 64 KiB."},
    )
    assert house.switches == []
