"""The connection to the broker: made again for ever, and never in anybody's way."""

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

import aiomqtt
from paho.mqtt.packettypes import PacketTypes

from collector import events
from collector.config.mqtt import Mqtt
from collector.config.secret_files import read_secret
from collector.model.errors import ConfigError
from collector.mqtt.connection import (
    TROUBLES,
    Connection,
    MqttServer,
    end,
    failed,
    packed,
    parting,
    prepared,
    refusal,
)
from collector.mqtt.message import Message
from collector.mqtt.outbox import Outbox

DRAIN_SECONDS: Final = 0.4  # both, and LEAVE_SECONDS, are one second
LAST_WORD_SECONDS: Final = 0.4
FIRST_WAIT: Final = (
    1.0  # s, then doubled, with jitter: brokers restart with all clients
)
LAST_WAIT: Final = 60.0
STEADY_SECONDS: Final = 30.0  # a connection that lasted so long was a good one
AT_A_TURN: Final = 50  # messages handled between two turns of the loop
BYTES_AT_A_TURN: Final = 4_096  # … but of large ones fewer

__all__ = ["MqttClient", "MqttServer", "server_of"]


def server_of(mqtt: Mqtt) -> MqttServer:
    """Return the broker as configured; reads no file. A new client id at each call."""
    host, port = mqtt.address
    file = mqtt.password_file
    return MqttServer(
        url=mqtt.server,
        host=host,
        port=port,
        tls=mqtt.tls,
        ca=mqtt.ca,
        client_cert=mqtt.client_cert,
        client_key=mqtt.client_key,
        username=mqtt.username,
        password=lambda: read_secret(file) if file else None,
        # 23 characters are what every broker takes: MQTT 3.1.1 section 3.1.3.1.
        client_id=mqtt.client_id or f"collector{secrets.token_hex(7)}",
        keepalive=mqtt.keepalive,
        version=mqtt.version,
    )


class MqttClient:
    """One broker: `run` it, and `close` it when that was cancelled, or before."""

    def __init__(  # noqa: PLR0913  # what a broker needs; all of it at the start
        self,
        server: MqttServer,
        outbox: Outbox,
        will: Message | None,
        subscriptions: Sequence[tuple[str, int]],
        on_message: Callable[[str, bytes, bool], None],
        on_connect: Callable[[], None],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`subscriptions`: topic filter and qos. `sleep` is awaited between attempts.

        `on_message` gets topic, payload and whether the broker had retained it;
        `on_connect` is called after the subscriptions, at each connection. Retained
        messages may come before it.
        """
        self._server = server
        self._outbox = outbox
        self._will = will
        self._subscriptions = subscriptions
        self._on_message = on_message
        self._on_connect = on_connect
        self._sleep = sleep
        self._connection: Connection | None = None
        self._sender: asyncio.Task[None] | None = None
        self._closed = False
        self._leaving = asyncio.Lock()

    @property
    def connected(self) -> bool:
        """Whether the broker has taken us and we have not lost it since."""
        return self._connection is not None

    async def run(self) -> None:
        """Connect, send and hear, again and again; ends when closed.

        Raises CancelledError only, and leaves the connection to `close` then.
        """
        loop, wait = asyncio.get_running_loop(), FIRST_WAIT
        while not self._closed:
            began = loop.time()
            if not await self._once():
                continue
            if loop.time() - began >= STEADY_SECONDS:
                wait = FIRST_WAIT
            await self._sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311
            wait = min(2 * wait, LAST_WAIT)

    async def reconnect(self, will: Message | None) -> None:
        """Leave the broker in good order, and have `run` connect with another will.

        Returns when we have left; `on_connect` tells when we are there again. Without
        a connection it is the will of the next one.
        """
        self._will = will
        async with self._leaving:
            await self._leave(None)

    async def close(self, last: Message | None = None) -> None:
        """Send what waits and `last`, and leave in good order: within a second.

        Without a connection it does nothing. `run` ends by itself, if it still runs.
        """
        self._closed = True
        await self._leave(last, drain=True)

    async def _leave(self, last: Message | None, *, drain: bool = False) -> None:
        connection, self._connection = self._connection, None
        if self._sender is not None:
            await end({self._sender})
        if connection is None:
            return
        with suppress(*TROUBLES):
            async with asyncio.timeout(DRAIN_SECONDS):
                while drain and self._outbox:
                    await self._publish(connection, await self._outbox.get())
        with suppress(*TROUBLES):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                if last is not None:
                    await self._publish(connection, last)
        await connection.leave()
        events.mqtt_closed()

    async def _once(self) -> bool:
        """Connect and talk until that ends; return whether it was against our will."""
        async with self._leaving:
            pass  # two of one client id at once: the broker would publish the will
        sentence = await self._connect()
        connection = self._connection
        if connection is None:
            if sentence and not self._closed:
                events.mqtt_refused(sentence)
            return bool(sentence) and not self._closed
        events.mqtt_connected(self._server.url)
        sentence = await self._talk(connection)
        if self._connection is not connection:
            return False
        self._connection = None
        await connection.drop()
        events.mqtt_lost(sentence)
        return True

    async def _connect(self) -> str:
        """Open the connection, or return why there is none; "": it is not wanted."""
        server, will = self._server, self._will
        try:
            password, tls = await asyncio.to_thread(prepared, server)
            connection = Connection(server, password, tls, will)
        except ConfigError as error:
            return "; ".join(error.problems)
        except ValueError as error:  # paho's, of what no packet can carry
            return f"{server.url}: {error}"
        try:
            await connection.open()
        except (*TROUBLES, ValueError) as error:  # ValueError: no possible host name
            await connection.drop()
            return refusal(server, connection.failure or error)
        if self._closed or will is not self._will:
            await connection.leave()
        else:
            self._connection = connection
        return ""

    async def _talk(self, connection: Connection) -> str:
        """Send and hear until the connection breaks; return why it did."""
        self._sender = asyncio.create_task(self._send(connection))
        tasks = {self._sender, asyncio.create_task(self._hear(connection))}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            # The hearer knows why; what the sender met is a consequence.
            if self._sender in done and self._connection is connection:
                await asyncio.wait(tasks - done, timeout=0.1)
        finally:
            await end(tasks)
            self._sender = None
        return f"{self._server.url}: {_reason(tasks)}"

    async def _send(self, connection: Connection) -> None:
        """Subscribe, then bring what waits to the broker, one after the other."""
        for topic, qos in self._subscriptions:
            answers = await connection.subscribe(topic, qos)
            if any(failed(answer) for answer in answers):
                events.mqtt_denied(
                    f"{self._server.url} refuses to subscribe to {topic}; look at "
                    "what it allows mqtt.username"
                )
        _guarded(self._on_connect)
        while True:
            message = await self._outbox.get()
            try:
                await self._publish(connection, message)
            except BaseException:
                self._outbox.put_back(message)
                raise

    async def _publish(self, connection: Connection, message: Message) -> None:
        properties = None
        if self._server.version == 5 and message.expiry is not None:
            properties = packed(
                PacketTypes.PUBLISH, MessageExpiryInterval=message.expiry
            )
        try:
            await connection.publish(
                message.topic, message.payload, message.qos, message.retain, properties
            )
        except ValueError:  # paho's: no packet can carry it, the next time neither
            events.callback_failed(f"mqtt publish {message.topic!r}")
            events.mqtt_message("out", "dropped")
        else:
            events.mqtt_message("out", "sent")

    async def _hear(self, connection: Connection) -> None:
        """Hand on what comes, and let others run in between; raises when it breaks."""
        async for message in connection.messages:
            handed = self._hand_on(message)
            for _ in range(min(AT_A_TURN - 1, connection.incoming.qsize())):
                if handed > BYTES_AT_A_TURN:
                    break
                handed += self._hand_on(connection.incoming.get_nowait())
            await asyncio.sleep(0)

    def _hand_on(self, message: aiomqtt.Message) -> int:
        """Hand a message on; return its length, bytes."""
        topic, payload, retained = message.topic.value, message.payload, message.retain
        _guarded(lambda: self._on_message(topic, payload, retained))
        return len(payload)


def _guarded(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # noqa: BLE001  # a bug of it: said, and the connection lives on
        events.callback_failed("mqtt")


def _reason(tasks: Iterable[asyncio.Task[None]]) -> str:
    """Return why sending or hearing ended; a bug is said with its traceback."""
    reason = "the broker does not answer"
    for task in tasks:
        if task.cancelled():
            continue
        try:
            task.result()
        except TROUBLES as error:
            if error.__cause__ is not None:  # the hearer knows more
                reason = parting(error.__cause__)
        except Exception:  # noqa: BLE001
            events.callback_failed("mqtt")
    return reason
