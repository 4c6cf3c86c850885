"""Clients that take a connection and say nothing: closed, before descriptors run out."""

import asyncio
from typing import Any, Final

from aiohttp import web

SWEEP_SECONDS: Final = 1.0
HEAD_SECONDS: Final = 10.0  # to send one whole request head; aiohttp sets no limit
CONNECTIONS_AT_MOST: Final = 100  # a Prometheus needs one, a page a few


class Sweeper:
    """Looks at the open connections of a runner once a second."""

    def __init__(
        self,
        runner: web.AppRunner,
        *,
        head_seconds: float = HEAD_SECONDS,
        at_most: int = CONNECTIONS_AT_MOST,
    ) -> None:
        self._runner = runner
        self._head_seconds = head_seconds
        self._at_most = at_most
        self._since: dict[Any, float] = {}  # connections without a request yet

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.sweep(asyncio.get_running_loop().time())

    def sweep(self, now: float) -> None:
        """Close who has been silent for too long, and the oldest of too many."""
        server = self._runner.server
        if server is None:
            return
        # The library has no public word for "has sent a whole request head".
        silent = [each for each in server.connections if not each._request_count]  # noqa: SLF001
        self._since = {each: self._since.get(each, now) for each in silent}
        too_many = len(server.connections) - self._at_most
        for place, (connection, since) in enumerate(list(self._since.items())):
            if place < too_many or now - since > self._head_seconds:
                connection.force_close()
                del self._since[connection]
