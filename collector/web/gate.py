"""The web configuration in force: who passes, and which headers are sent."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web

from collector import events
from collector.model.errors import ConfigError
from collector.web.answers import Handler, Refusal
from collector.web.basic_auth import BasicAuth
from collector.web.config_file import WebConfig, load_web_config
from collector.web.pages import OPEN_PATHS
from collector.web.rate_limit import TokenBucket

_Stamp = tuple[tuple[Path, int | None, int | None], ...]


class Gate:
    """Keeps web.config_file in force and reads it again when it changes."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._auth = BasicAuth()
        self._stamp: _Stamp = ()
        self._use(WebConfig())

    async def load(self) -> None:
        """Read the file for the first time, or raise ConfigError."""
        if self._path is not None:
            self._use(await asyncio.to_thread(load_web_config, self._path))
            self._stamp = await asyncio.to_thread(self._look)

    async def refresh(self) -> bool:
        """Take a changed file; return whether the TLS side may have changed."""
        if self._path is None:
            return False
        stamp = await asyncio.to_thread(self._look)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            config = await asyncio.to_thread(load_web_config, self._path)
        except ConfigError as error:
            events.web_config_refused(self._path, error)
            return False
        self._use(config)
        self._stamp = await asyncio.to_thread(self._look)
        events.web_config_reloaded(self._path)
        return True

    @web.middleware
    async def pass_or_refuse(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Middleware: the rate limit, then the password; health paths are open."""
        if request.path not in OPEN_PATHS:
            if not self._bucket.take(asyncio.get_running_loop().time()):
                raise Refusal(429, "Too many requests; see rate_limit.")
            await self._auth.check(request.headers.get("Authorization"))
        return await handler(request)

    async def add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        """Signal on_response_prepare: the configured headers on every answer."""
        response.headers.update(self.config.headers)
        if response.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="collector"'

    def close(self) -> None:
        """Stop checking passwords."""
        self._auth.close()

    def _use(self, config: WebConfig) -> None:
        self.config = config
        self._auth.use(config.users)
        self._bucket = TokenBucket(config.rate_limit)

    def _look(self) -> _Stamp:
        """What tells that a file has changed: its time and its inode."""
        files: list[Any] = [self._path]
        if self.config.tls:
            files += self.config.tls.files()
        return tuple((path, *_times(path)) for path in files)


def _times(path: Path) -> tuple[int | None, int | None]:
    try:
        status = path.stat()
    except OSError:
        return None, None
    return status.st_mtime_ns, status.st_ino
