"""One rendering for all scrapers that ask at the same time."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

_GZIP_LEVEL: Final = 6


class Render(Protocol):
    """What renders the exposition."""

    def __call__(self, *, openmetrics: bool) -> Awaitable[bytes]:
        """Return the whole text."""


class SharedScrape:
    """Runs at most one rendering per form; who comes while it runs gets its result."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._running: dict[tuple[str, bool], asyncio.Task[bytes]] = {}

    async def get(self, *, openmetrics: bool, gzipped: bool) -> bytes:
        """Return the exposition in the form asked for."""
        if gzipped:
            return await self._shared(("gzip", openmetrics), self._compressed)
        return await self._shared(("plain", openmetrics), self._plain)

    async def close(self) -> None:
        """Give up what is running."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _shared(
        self,
        key: tuple[str, bool],
        make: Callable[[bool], Awaitable[bytes]],
    ) -> bytes:
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(make(key[1]))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # One scraper that goes away must not end the rendering of the others.
        return await asyncio.shield(task)

    async def _plain(self, openmetrics: bool) -> bytes:
        return await self._render(openmetrics=openmetrics)

    async def _compressed(self, openmetrics: bool) -> bytes:
        text = await self.get(openmetrics=openmetrics, gzipped=False)
        return await asyncio.to_thread(gzip.compress, text, _GZIP_LEVEL, mtime=0)
