"""Bound sockets with a server behind them that can be replaced without a refusal."""

import asyncio
import socket
import ssl

from aiohttp import web


class Doors:
    """Serves sockets that stay bound; only who answers behind them changes."""

    def __init__(self, runner: web.AppRunner, sockets: list[socket.socket]) -> None:
        self._runner = runner
        self._sockets = sockets
        self._open: list[tuple[web.SockSite, socket.socket]] = []

    async def open(self, context: ssl.SSLContext | None) -> None:
        """Answer with this TLS context from now on; open connections go on."""
        before = self._open.copy()
        self._open.clear()
        for bound in self._sockets:
            copy = bound.dup()
            site = web.SockSite(self._runner, copy, ssl_context=context)
            await site.start()
            self._open.append((site, copy))
        await self._close(before)

    async def close(self) -> None:
        """Accept nobody any more."""
        await self._close(self._open)
        self._open.clear()
        for bound in self._sockets:
            bound.close()

    async def _close(self, doors: list[tuple[web.SockSite, socket.socket]]) -> None:
        """Close without losing who has just come in.

        asyncio accepts in one turn of the loop and makes the transport in the next;
        a server closed in between leaves the client without an answer for ever.
        """
        loop = asyncio.get_running_loop()
        for _, listening in doors:
            loop.remove_reader(listening)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for site, _ in doors:
            await site.stop()
