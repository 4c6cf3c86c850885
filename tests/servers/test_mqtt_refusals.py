"""What a broker refuses, or never says: one sentence, and the key to look at."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest

from collector.mqtt.connection import refusal
from tests.servers.mosquitto import USER, Authority, Mosquitto
from tests.servers.mqtt_world import configured, running

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.timeout(60),
    pytest.mark.usefixtures("afresh"),
]

V4, V5 = b"\x20\x02\x00", b"\x20\x03\x00"  # a CONNACK up to its code
SUBACK = b"\x90\x03"
USER_KEYS = "mqtt.username and mqtt.password_file"


@asynccontextmanager
async def scripted(connack: bytes, allows: int = 0) -> AsyncIterator[str]:
    """Serve MQTT with this answer to CONNECT, and this code to each SUBSCRIBE."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                kind, length = await reader.readexactly(2)  # none is 128 bytes long
                body = await reader.readexactly(length)
                if kind == 0x10:
                    writer.write(connack)
                elif kind == 0x82:
                    writer.write(SUBACK + body[:2] + bytes([allows]))
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("connack", "version", "why"),  # MQTT 3.1.1 section 3.2.2.3, MQTT 5 section 3.2.2.2
    [
        (V4 + b"\2", 4, "(Client identifier not valid); look at mqtt.client_id"),
        (V4 + b"\3", 4, "(Server unavailable); look at its log"),
        (V4 + b"\4", 4, f"(Bad user name or password); look at {USER_KEYS}"),
        (V4 + b"\5", 4, f"(Not authorized); look at {USER_KEYS}"),
        (
            V5 + b"\x84\0",
            5,
            "(Unsupported protocol version); look at mqtt.version, which is 5",
        ),
        (V5 + b"\x8a\0", 5, "(Banned); look at mqtt.client_id and mqtt.username"),
    ],
)
async def test_each_refusal_names_the_key_to_look_at(
    connack: bytes, version: int, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        scripted(connack) as url,
        running(configured(url, version=version)) as world,
    ):
        await world.waits.get()
        assert not world.client.connected
        await world.waits.get()
    assert caplog.messages == [
        f"MQTT has no connection, trying on: {url}: the broker refuses us {why}"
    ]


async def test_a_topic_that_may_not_be_heard_is_said_and_the_connection_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with (
        scripted(V4 + b"\0", allows=0x80) as url,
        running(configured(url)) as world,
    ):
        await world.connects.get()
        assert world.client.connected
    assert caplog.messages == [
        f"MQTT connected: server={url}",
        *(
            f"MQTT broker does not allow it: {url} refuses to subscribe to {topic}; "
            "look at what it allows mqtt.username"
            for topic in ("b/+/set", "b/flood/#")
        ),
    ]


async def test_a_wrong_password_is_said_once_and_a_right_one_is_read(
    start: Callable[..., Mosquitto],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = start(password="right")  # noqa: S106
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text("wrong\n")
    server = configured(broker.url, username=USER, password_file=secret)
    async with running(server) as world:
        waits = [await world.waits.get() for _ in range(7)]
        assert not world.client.connected
        assert all(
            longest / 2 <= wait <= longest
            for wait, longest in zip(waits, (1, 2, 4, 8, 16, 32, 60), strict=True)
        )
        secret.write_text("right\n")
        await world.connects.get()
    assert caplog.messages[:2] == [
        (
            f"MQTT has no connection, trying on: {broker.url}: the broker refuses us "
            "(Not authorized); look at mqtt.username and mqtt.password_file"
        ),
        f"MQTT connected: server={broker.url}",
    ]


async def test_what_tls_refuses_is_said_with_the_key_to_look_at(
    start: Callable[..., Mosquitto],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "they")
    broker = start(authority=ours)
    cert, key = ours.issue("client")
    good = configured(broker.url, ca=ours.ca, client_cert=cert, client_key=key)
    _, other_key = ours.issue("other")
    plain = f"mqtt://127.0.0.1:{broker.port}"
    for server, sentence in (
        (replace(good, ca=theirs.ca), "its certificate is not trusted (self-signed"),
        (replace(good, client_cert=None, client_key=None), "look at mqtt.server"),
        (replace(good, client_key=other_key), "mqtt.client_cert: "),
        (replace(good, ca=key), f"mqtt.ca: {key} holds no certificates"),
        (
            replace(good, tls=False, url=plain),
            "look at mqtt.server (mqtts:// where it wants TLS)",
        ),
    ):
        caplog.clear()
        async with running(server) as world:
            await world.waits.get()
        assert sentence in caplog.text
        assert len(caplog.messages) == 1


async def test_where_nobody_listens_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with running(configured(f"mqtt://127.0.0.1:{port}")) as world:
        for _ in range(3):
            await world.waits.get()
    assert caplog.messages == [
        (
            f"MQTT has no connection, trying on: mqtt://127.0.0.1:{port}: "
            "no connection (Connection refused); look at mqtt.server"
        )
    ]


async def test_a_server_that_never_answers_can_be_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        loop = asyncio.get_running_loop()
        port = silent.getsockname()[1]
        async with running(configured(f"mqtt://127.0.0.1:{port}")) as world:
            connection, _ = await loop.sock_accept(silent)
            assert await loop.sock_recv(connection, 1) == b"\x10"  # CONNECT
            await world.stop()
            while await loop.sock_recv(connection, 4096):
                pass  # until it has hung up
            connection.close()


async def test_a_server_that_never_agrees_on_tls_can_be_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        loop = asyncio.get_running_loop()
        url = f"mqtts://127.0.0.1:{silent.getsockname()[1]}"
        async with running(configured(url)) as world:
            connection, _ = await loop.sock_accept(silent)
            assert await loop.sock_recv(connection, 1) == b"\x16"  # a handshake
            async with asyncio.timeout(2):
                await world.stop()
            connection.close()  # and the thread that connects ends, too


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (socket.gaierror(-2, "x"), "no such host; look at mqtt.server"),
        (OSError(113, "x"), "no connection (No route to host); look at mqtt.server"),
        (TimeoutError("timed out"), "no connection (timed out); look at mqtt.server"),
        (
            aiomqtt.MqttError("Operation timed out"),
            "no answer within 10 s; look at mqtt.server",
        ),
        (
            ssl.SSLError(1, "[SSL] wrong version number"),
            (
                "no agreement on TLS ([SSL] wrong version number); look at "
                "mqtt.server, mqtt.client_cert and mqtt.client_key"
            ),
        ),
    ],
)
def test_what_stands_in_the_way_is_one_sentence(error: Exception, why: str) -> None:
    assert refusal(configured("mqtt://h"), error) == f"mqtt://h: {why}"


async def test_a_host_that_no_name_server_can_be_asked_for_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = f"mqtt://{'a' * 64}.example"
    async with running(configured(url)) as world:
        await world.waits.get()
        await world.waits.get()
    (said,) = caplog.messages
    assert said.startswith(f"MQTT has no connection, trying on: {url}: ")
    assert said.endswith("look at mqtt.server")


async def test_tls_to_a_broker_without_it_is_said(
    start: Callable[..., Mosquitto], caplog: pytest.LogCaptureFixture
) -> None:
    url = f"mqtts://127.0.0.1:{start().port}"
    async with running(configured(url)) as world:
        await world.waits.get()
    (said,) = caplog.messages
    assert said.startswith(f"MQTT has no connection, trying on: {url}: no ")
    assert "look at mqtt.server" in said
