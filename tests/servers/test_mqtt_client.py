"""The connection to a real mosquitto: made, refused, cut, and made again."""

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import aiomqtt
import pytest

from collector.mqtt.connection import LARGEST_PAYLOAD
from collector.mqtt.message import Message
from tests.servers.conftest import need
from tests.servers.mosquitto import Authority, Mosquitto
from tests.servers.mqtt_world import (
    configured,
    counted,
    cut_off,
    listening,
    next_of,
    running,
)

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.timeout(60),
    pytest.mark.usefixtures("afresh"),
]


async def flood(broker: Mosquitto, messages: int) -> None:
    """Publish numbers on b/flood/numbers, from a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(need("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(broker.port)),
        *("-t", "b/flood/numbers", "-l"),
        stdin=asyncio.subprocess.PIPE,
    )
    await process.communicate(b"".join(b"%d\n" % n for n in range(messages)))
    assert process.returncode == 0


@pytest.mark.parametrize("version", [4, 5])
async def test_it_connects_subscribes_sends_and_hears(
    start: Callable[..., Mosquitto], version: int
) -> None:
    broker = start()
    async with (
        running(configured(broker.url, version=version)) as world,
        listening(broker, "b/#") as other,
    ):
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        assert world.client.connected
        assert counted("connected") == 1
        for qos in (0, 1, 2):
            world.outbox.put(Message("b/relay", f"{qos}", qos=qos, expiry=60))
            assert await next_of(other) == ("b/relay", f"{qos}")
        await other.publish("b/relay/set", b"\xff\x00")
        assert await world.heard.get() == ("b/relay/set", b"\xff\x00", False)


async def test_no_message_waits_for_the_last_one_to_be_acknowledged(
    start: Callable[..., Mosquitto],
) -> None:
    """Nagle's algorithm holds one back for 40 ms, which no test can rely upon."""
    async with running(configured(start().url)) as world:
        await world.connects.get()
        assert world.client._connection is not None
        ours = world.client._connection._client.socket()
        assert isinstance(ours, socket.socket)
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_cut_connection_is_the_will_and_then_a_new_connection(
    start: Callable[..., Mosquitto], caplog: pytest.LogCaptureFixture
) -> None:
    broker = start()
    async with (
        running(configured(broker.url)) as world,
        listening(broker, "b/bridge/state") as other,
    ):
        await world.connects.get()
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        before = counted("reconnects_total")
        cut_off(world)
        assert await next_of(other) == ("b/bridge/state", '{"state":"offline"}')
        assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')
        assert counted("reconnects_total") == before + 1
    assert caplog.messages == [
        f"MQTT connected: server={broker.url}",
        f"MQTT connection lost: {broker.url}: the broker hung up",
        f"MQTT connected: server={broker.url}",
    ]


async def test_tls_with_an_authority_and_a_certificate_of_its_own(
    start: Callable[..., Mosquitto],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    authority = Authority(tmp_path / "ours")
    broker = start(authority=authority)
    cert, key = authority.issue("client")
    server = configured(broker.url, ca=authority.ca, client_cert=cert, client_key=key)
    async with running(server) as world:
        await world.connects.get()
        world.outbox.put(Message("b/x/set", "hello"))
        assert await world.heard.get() == ("b/x/set", b"hello", False)
    assert caplog.messages == [f"MQTT connected: server={broker.url}"]


async def test_a_restarted_broker_gets_the_state_again(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with running(configured(broker.url)) as world:
        await world.connects.get()
        await asyncio.to_thread(broker.kill)
        await world.waits.get()
        assert not world.client.connected
        await asyncio.to_thread(broker.start)
        await world.connects.get()
        async with listening(broker, "b/bridge/state") as other:
            assert await next_of(other) == ("b/bridge/state", '{"state":"online"}')


async def test_what_waits_is_bounded_and_the_newest_arrives(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with running(configured(broker.url)) as world:
        await world.connects.get()
        await asyncio.to_thread(broker.kill)
        await world.waits.get()
        for number in range(10_000):
            topic = f"b/relay{number % 50}"
            world.outbox.put(Message(topic, str(number), retain=True, qos=number % 3))
        assert len(world.outbox) <= 51
        await asyncio.to_thread(broker.start)
        async with listening(broker, "b/+") as other:
            got = dict([await next_of(other) for _ in range(50)])
    assert got == {f"b/relay{n}": str(9950 + n) for n in range(50)}


async def test_what_a_deaf_broker_has_not_confirmed_is_sent_again(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with running(configured(broker.url)) as world:
        await world.connects.get()
        broker.signal(signal.SIGSTOP)
        world.outbox.put(Message("b/event", "1", retain=True, qos=1), ordered=True)
        while world.outbox:  # noqa: ASYNC110 - a turn of the loop, nothing to await
            await asyncio.sleep(0)
        await asyncio.to_thread(broker.kill)
        await world.waits.get()
        assert "b/event" in {each.topic for each in world.outbox._waiting.values()}
        await asyncio.to_thread(broker.start)
        async with listening(broker, "b/event") as other:
            assert await next_of(other) == ("b/event", "1")


async def test_a_flood_holds_nobody_up_and_what_is_too_large_is_dropped(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start(settings="max_queued_messages 0")
    longest, loop = 0.0, asyncio.get_running_loop()

    async def tick() -> None:
        nonlocal longest
        while True:
            began = loop.time()
            await asyncio.sleep(0.001)
            longest = max(longest, loop.time() - began)

    async with (
        running(configured(broker.url)) as world,
        aiomqtt.Client("127.0.0.1", broker.port) as other,
    ):
        await world.connects.get()
        before = counted("messages_total", direction="in", outcome="dropped")
        ticking = asyncio.create_task(tick())
        await other.publish("b/flood/large", b"x" * (LARGEST_PAYLOAD + 1))
        await flood(broker, 5_000)
        heard = [await world.heard.get() for _ in range(5_000)]
        ticking.cancel()
        dropped = counted("messages_total", direction="in", outcome="dropped")
    assert [payload for _, payload, _ in heard] == [b"%d" % n for n in range(5_000)]
    assert dropped - before == 1
    assert longest < 0.5


async def test_a_message_that_no_packet_carries_is_dropped(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with running(configured(broker.url)) as world:
        await world.connects.get()
        world.outbox.put(Message("b/#", "no topic"))
        world.outbox.put(Message("b/x/set", "next"))
        assert await world.heard.get() == ("b/x/set", b"next", False)


def test_a_client_is_called_by_a_name_that_every_broker_takes() -> None:
    first, second = (configured("mqtt://h") for _ in range(2))
    assert first.client_id != second.client_id
    assert len(first.client_id) <= 23
    assert configured("mqtt://h", client_id="me").client_id == "me"


async def test_what_the_broker_had_retained_is_marked(
    start: Callable[..., Mosquitto],
) -> None:
    broker = start()
    async with aiomqtt.Client("127.0.0.1", broker.port) as other:
        await other.publish("b/old/set", "ON", qos=1, retain=True)
        async with running(configured(broker.url)) as world:
            assert await world.heard.get() == ("b/old/set", b"ON", True)
            await other.publish("b/old/set", "OFF", retain=True)
            assert await world.heard.get() == ("b/old/set", b"OFF", False)


async def test_a_callback_that_fails_leaves_the_connection_alone(
    start: Callable[..., Mosquitto], caplog: pytest.LogCaptureFixture
) -> None:
    broker = start()
    async with running(configured(broker.url)) as world:
        await world.connects.get()

        def fail(topic: str, payload: bytes, retained: bool) -> None:
            world.heard.put_nowait((topic, payload, retained))
            raise LookupError(topic)

        world.client._on_message = fail
        for number in ("1", "2"):
            world.outbox.put(Message("b/x/set", number))
            assert await world.heard.get() == ("b/x/set", number.encode(), False)
        assert world.client.connected
    assert caplog.messages[1:] == ["Unexpected error: where=mqtt"] * 2
