"""One attempt to reach the broker: aiomqtt, and what it leaves to its user.

aiomqtt clears nothing away where a connection was never made, and its messages about a
refusal are paho's; what is private to both is touched in this file only.
"""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector import events
from collector.model.errors import ConfigError
from collector.mqtt.message import Message

ANSWER_SECONDS: Final = 10.0  # for a broker's answer; paho allows 5 s for TCP and TLS
LEAVE_SECONDS: Final = 0.2  # there is nothing to wait for but our own socket
LARGEST_PAYLOAD: Final = 1 << 20  # bytes; what commands need has less than one KiB
LARGEST_PACKET: Final = LARGEST_PAYLOAD + (1 << 16)  # with its topic
INCOMING_AT_MOST: Final = 1_000  # messages
TROUBLES: Final = (aiomqtt.MqttError, OSError)  # of a connection; the rest are bugs

# What a broker answers to CONNECT: MQTT 5 section 3.2.2.2; paho turns 3.1.1's into these.
_VERSION, _CLIENT_ID, _BAD_PASSWORD, _NOT_AUTHORIZED, _BANNED = 132, 133, 134, 135, 138

# Every trouble is said in events, once: the libraries' own lines go nowhere.
_SILENT: Final = logging.getLogger("collector.mqtt.library")
_SILENT.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttServer:
    """Where the broker is, and who we are there."""

    url: str  # as configured, for sentences
    host: str
    port: int
    tls: bool = False
    ca: Path | None = None  # certificates to trust instead of the system's
    client_cert: Path | None = None
    client_key: Path | None = None
    username: str | None = None
    # Read at each connection; raises ConfigError.
    password: Callable[[], str | None] = lambda: None
    client_id: str
    keepalive: int = 60  # s
    version: int = 4  # 4 is MQTT 3.1.1, 5 is MQTT 5


class Connection(aiomqtt.Client):
    """One connection, that can be cleared away whatever became of it."""

    def __init__(
        self,
        server: MqttServer,
        password: str | None,
        context: ssl.SSLContext | None,
        will: Message | None,
    ) -> None:
        """Raises ValueError where no packet can carry what is configured."""
        self.incoming = _Incoming(INCOMING_AT_MOST)
        self.failure: Exception | None = None  # why no connection was made
        self._abandoned = False
        five, limits = server.version == 5, None
        if five:
            limits = packed(PacketTypes.CONNECT, MaximumPacketSize=LARGEST_PACKET)
        super().__init__(
            server.host,
            server.port,
            username=server.username,
            password=password,
            logger=_SILENT,
            identifier=server.client_id,
            queue_type=cast(Any, lambda maxsize: self.incoming),  # noqa: ARG005
            protocol=aiomqtt.ProtocolVersion.V5
            if five
            else aiomqtt.ProtocolVersion.V311,
            will=_will(will),
            timeout=ANSWER_SECONDS,
            keepalive=server.keepalive,
            properties=limits,
            tls_context=context,
            # Or a message waits for the broker's acknowledgement of the last: 40 ms.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )

    async def open(self) -> None:
        """Connect; raises one of TROUBLES, and `failure` may know more."""
        entering = asyncio.ensure_future(self.__aenter__())
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:
            # A thread connects that nobody can stop: it closes what it has opened.
            self._abandoned = True
            await end({entering})
            await self.drop()
            raise

    async def leave(self) -> None:
        """Take leave within LEAVE_SECONDS: the broker keeps the will to itself."""
        with suppress(*TROUBLES):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self.__aexit__(None, None, None)
        await self.drop()

    async def drop(self) -> None:
        """Close what is open, without a word to the broker; any number of times."""
        await asyncio.sleep(0)  # what watches the socket may be about to be put in
        self._client._sock_close()  # noqa: SLF001
        if self._misc_task is not None:
            await end({self._misc_task})
        for outcome in (self._connected, self._disconnected):
            if outcome.done() and not outcome.cancelled():
                outcome.exception()  # or asyncio says that nobody has asked

    def _client_connect(self) -> None:
        try:
            super()._client_connect()
        except Exception as error:
            self.failure = error
            raise
        if self._abandoned:
            self._client._sock_close()  # noqa: SLF001

    def _on_socket_open(self, client: Any, userdata: Any, sock: Any) -> None:
        if not self._abandoned:
            super()._on_socket_open(client, userdata, sock)

    def _on_disconnect(
        self, client: Any, userdata: Any, flags: Any, reason_code: Any, *more: Any
    ) -> None:
        if not self._connected.done():  # or ten seconds would be waited for nothing
            self._connected.set_exception(_ClosedError(str(reason_code)))
            return
        super()._on_disconnect(client, userdata, flags, reason_code, *more)


def _will(will: Message | None) -> aiomqtt.Will | None:
    if will is None:
        return None
    return aiomqtt.Will(will.topic, will.payload, will.qos, will.retain)


class _ClosedError(aiomqtt.MqttError):
    """The broker hung up instead of answering."""


class _Incoming(asyncio.Queue[aiomqtt.Message]):
    """What the broker has sent; it counts what it does not take."""

    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Take a message, or drop it."""
        if len(item.payload) > LARGEST_PAYLOAD or self.full():
            events.mqtt_message("in", "dropped")
        else:
            super().put_nowait(item)


class _TlsSocket(ssl.SSLSocket):
    """paho leaves it open where the two do not agree."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def packed(packet: int, **values: int) -> Properties:
    """Return properties of an MQTT 5 packet, one of PacketTypes."""
    properties = Properties(packet)  # type: ignore[no-untyped-call]  # paho has no hints
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def prepared(server: MqttServer) -> tuple[str | None, ssl.SSLContext | None]:
    """Return password and TLS context; reads files. Raises ConfigError."""
    return server.password(), _context(server) if server.tls else None


def _context(server: MqttServer) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=server.ca)
    except OSError as error:
        raise _wrong_file("mqtt.ca", f"{server.ca} holds no certificates", error) from (
            error
        )
    context.sslsocket_class = _TlsSocket
    if server.client_cert is not None:
        try:
            # A password, if an empty one: OpenSSL would ask for it at the terminal.
            context.load_cert_chain(server.client_cert, server.client_key, password="")
        except OSError as error:
            sentence = (
                f"{server.client_cert} and mqtt.client_key are no certificate and its "
                "private key without a password"
            )
            raise _wrong_file("mqtt.client_cert", sentence, error) from error
    return context


def _wrong_file(key: str, sentence: str, error: OSError) -> ConfigError:
    reason = error.strerror or type(error).__name__
    return ConfigError(key, [f"{key}: {sentence} ({reason})"])


def refusal(server: MqttServer, error: Exception) -> str:
    """Return one sentence: which server, what is wrong, what to look at."""
    return f"{server.url}: {_why(server, error)}"


def _why(server: MqttServer, error: Exception) -> str:
    match error:
        case MqttConnectError():
            why, look_at = _refused(server, error.rc)
        case _ClosedError():
            why = "the broker hung up instead of answering"
            look_at = "mqtt.server (mqtts:// where it wants TLS) and mqtt.client_cert"
        case ssl.SSLCertVerificationError():
            text = getattr(error, "verify_message", "") or str(error)
            why = f"its certificate is not trusted ({text})"
            look_at = "mqtt.ca"
        case ssl.SSLError():
            text = getattr(error, "reason", "") or str(error)  # not each has one
            why = f"no agreement on TLS ({text})"
            look_at = "mqtt.server, mqtt.client_cert and mqtt.client_key"
        case socket.gaierror():
            why, look_at = "no such host", "mqtt.server"
        case OSError():
            text = os.strerror(error.errno) if error.errno else str(error)
            why, look_at = f"no connection ({text})", "mqtt.server"
        case aiomqtt.MqttError():
            why = f"no answer within {ANSWER_SECONDS:g} s"
            look_at = "mqtt.server"
        case _:
            why, look_at = " ".join(str(error).split()), "mqtt.server"
    return f"{why}; look at {look_at}"


def _refused(server: MqttServer, code: int | ReasonCode | None) -> tuple[str, str]:
    """Return what a broker says, and the key that may be wrong."""
    number = code.value if isinstance(code, ReasonCode) else code
    look_at = {
        _VERSION: f"mqtt.version, which is {server.version}",
        _CLIENT_ID: "mqtt.client_id",
        _BAD_PASSWORD: "mqtt.username and mqtt.password_file",
        _NOT_AUTHORIZED: "mqtt.username and mqtt.password_file",
        _BANNED: "mqtt.client_id and mqtt.username",
    }.get(number or 0, "its log")
    return f"the broker refuses us ({code})", look_at


def parting(error: BaseException) -> str:
    """Return why a connection ended, as far as paho knows."""
    code = getattr(error, "rc", None)
    if isinstance(code, ReasonCode):
        # 128 is what paho makes of a socket that was closed.
        return "the broker hung up" if code.value == 128 else str(code)
    return " ".join(str(error).split()) or type(error).__name__


def failed(answer: int | ReasonCode) -> bool:
    """Return whether a broker has refused a subscription."""
    return answer.is_failure if isinstance(answer, ReasonCode) else answer >= 128


async def end(tasks: Collection[asyncio.Future[Any]]) -> None:
    """Cancel and wait until all have ended; their errors are asked for, not raised."""
    while pending := {task for task in tasks if not task.done()}:
        for task in pending:
            task.cancel()
        # Again and again: wait_for of Python 3.11 may swallow one of them.
        await asyncio.wait(pending, timeout=0.1)
    await asyncio.gather(*tasks, return_exceptions=True)
