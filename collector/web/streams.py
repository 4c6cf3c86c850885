"""Answers without an end: one task each, a limit on them, and an end at shutdown."""

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from collector.web.answers import Refusal
from collector.web.tap import Tap

STREAMS_AT_MOST: Final = 20  # of one listener; a page needs one
LOOK_SECONDS: Final = 2.0  # how often a quiet stream looks whether its client is there
SEND_SECONDS: Final = 30.0  # for a client to take what is written, before it is cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamKind:
    """How a stream looks on the wire."""

    content_type: str
    opening: bytes = b""  # sent at once: the client knows that it is connected
    heartbeat: bytes = b""  # sent when nothing else is; none where empty
    heartbeat_seconds: float = 15.0


class Streams:
    """The endless answers of one listener."""

    def __init__(
        self, *, at_most: int = STREAMS_AT_MOST, send_seconds: float = SEND_SECONDS
    ) -> None:
        self._at_most = at_most
        self._send_seconds = send_seconds
        self._running: set[asyncio.Task[None]] = set()

    async def serve(
        self,
        request: web.Request,
        tap: AbstractContextManager[Tap],
        kind: StreamKind,
    ) -> web.StreamResponse:
        """Send what the tap gives until the client is gone or close() is called."""
        if len(self._running) >= self._at_most:
            raise Refusal(503, f"{self._at_most} streams are open; close one first.")
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = kind.content_type
        with tap as opened:
            stream = asyncio.ensure_future(self._pump(opened, kind, request, response))
            self._running.add(stream)
            try:
                await asyncio.wait([stream])
            finally:
                self._running.discard(stream)
                stream.cancel()
        if not stream.cancelled() and (error := stream.exception()):
            raise error
        return response

    def close(self) -> None:
        """End all streams; clients see a complete answer."""
        for stream in self._running:
            stream.cancel()

    async def _pump(
        self,
        tap: Tap,
        kind: StreamKind,
        request: web.Request,
        response: web.StreamResponse,
    ) -> None:
        await response.prepare(request)
        loop = asyncio.get_running_loop()
        lines, sent_at = kind.opening, loop.time()
        while request.transport is not None and not request.transport.is_closing():
            if lines:
                try:
                    async with asyncio.timeout(self._send_seconds):
                        await response.write(lines)
                except TimeoutError:
                    request.transport.abort()
                    return
                sent_at = loop.time()
            lines = await _news(tap, min(LOOK_SECONDS, kind.heartbeat_seconds))
            if not lines and loop.time() - sent_at >= kind.heartbeat_seconds:
                lines = kind.heartbeat


async def _news(tap: Tap, seconds: float) -> bytes:
    """Return what comes within so long; nothing where nothing comes."""
    try:
        async with asyncio.timeout(seconds):
            return await tap.take()
    except TimeoutError:
        return b""
