"""The wire between host and coordinator: MT frames on a TCP port of this machine."""

import asyncio
import logging
import struct
from collections.abc import Mapping

from collector.simulator import mt
from collector.simulator.chance import seeded
from collector.simulator.mt_system import Handler

_LOG = logging.getLogger(__name__)
_ERROR = 0x6000  # RPC error, SRSP
_BAD_SUBSYSTEM, _BAD_COMMAND, _BAD_LENGTH = 1, 2, 4
_SREQ, _TYPE_MASK = 0x2000, 0xE000
_SRSP_BIT = 0x4000
_SUBSYSTEM_MASK = 0x1F00
_FULL = 1 << 20  # bytes that wait for a host which does not read


class Link:
    """Serves one host at a time; a new connection replaces the old one."""

    def __init__(self, handlers: Mapping[int, Handler], seed: int) -> None:
        self._handlers = handlers
        self._subsystems = {command & _SUBSYSTEM_MASK for command in handlers}
        self._host: _Host | None = None
        self._pending: bytearray | None = None  # what follows the answer in progress
        self._random = seeded(seed, "link")
        self.mute = False  # True: connections are taken, nothing is said or done
        self.lose_srsp = 0  # so many answers get lost
        self.unread_frames = 0  # frames dropped because the host does not read
        self.connections = 0

    def protocol(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return _Host(self)

    def take_over(self, host: "_Host") -> None:
        """Serve this host from now on."""
        self.connections += 1
        if self._host is not None:
            self._host.abort()
        self._host = host

    def let_go(self, host: "_Host") -> None:
        """This host is gone."""
        if self._host is host:
            self._host = None

    def drop(self) -> None:
        """Cut the connection, if there is one."""
        if self._host is not None:
            self._host.abort()
            self._host = None

    @property
    def connected(self) -> bool:
        """Whether a host is there."""
        return self._host is not None

    def send_garbage(self, count: int) -> None:
        """Send random bytes."""
        self._write(self._random.randbytes(count))

    def emit(self, command: int, data: bytes) -> None:
        """Send a frame that nobody asked for, after the answer in progress."""
        self._write(mt.frame(command, data))

    def handle(self, command: int, data: bytes) -> None:
        """Answer one frame of the host."""
        if self.mute:
            return
        following = self._pending = bytearray()
        try:
            answer = self._answer(command, data)
        finally:
            self._pending = None
        if answer and self.lose_srsp > 0:
            self.lose_srsp -= 1
            answer = b""
        self._write(answer + bytes(following))

    def _answer(self, command: int, data: bytes) -> bytes:
        """Return the answer's frame; nothing for a command without one."""
        handler = self._handlers.get(command)
        if handler is None:
            return self._refuse(command, _BAD_COMMAND)
        try:
            payload = handler(data)
        except (IndexError, ValueError, OverflowError, struct.error) as error:
            _LOG.warning(
                "Host sent a bad frame: 0x%04x %s (%s)", command, data.hex(), error
            )
            return self._refuse(command, _BAD_LENGTH)
        if payload is None:
            return b""
        return mt.frame(command | _SRSP_BIT, payload)

    def _refuse(self, command: int, code: int) -> bytes:
        if command & _TYPE_MASK != _SREQ:
            return b""
        if code == _BAD_COMMAND and command & _SUBSYSTEM_MASK not in self._subsystems:
            code = _BAD_SUBSYSTEM
        return mt.frame(_ERROR, bytes((code, command >> 8, command & 0xFF)))

    def write_frames(self, data: bytes) -> None:
        """Send frames that are ready (a flood)."""
        self._write(data)

    def _write(self, data: bytes) -> None:
        if self._pending is not None:
            self._pending += data
        elif self._host is not None and not self.mute and data:
            if self._host.backlog > _FULL:
                self.unread_frames += 1
            else:
                self._host.write(data)


class _Host(asyncio.Protocol):
    """One connection."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._deframer = mt.Deframer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Replace whoever was there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP gives one
        self._transport = transport
        self._link.take_over(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room."""
        del exc
        self._transport = None
        self._link.let_go(self)

    def data_received(self, data: bytes) -> None:
        """Answer every whole frame."""
        for command, payload in self._deframer.feed(data):
            self._link.handle(command, payload)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self._transport is not None:
            self._transport.write(data)

    @property
    def backlog(self) -> int:
        """Bytes that wait to be sent."""
        if self._transport is None:
            return 0
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Cut the connection at once."""
        if self._transport is not None:
            self._transport.abort()
