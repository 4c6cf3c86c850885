"""The web configuration in force: who passes, and which headers are sent."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from collector import events
from collector.model.errors import ConfigError
from collector.web.answers import Handler, Refusal
from collector.web.basic_auth import BasicAuth
from collector.web.config_file import WebConfig, load_web_config
from collector.web.pages import OPEN_PATHS
from collector.web.rate_limit import TokenBucket
from collector.web.stamps import Stamp, stamp_of


class Gate:
    """Keeps web.config_file in force and reads it again when it changes."""

    def __init__(
        self,
        path: Path | None,
        needs_password: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._path = path
        self._needs_password = needs_password  # asked with the path of a request
        self._auth = BasicAuth()
        self._stamp: tuple[Stamp, ...] = ()
        self._use(WebConfig())

    async def load(self) -> None:
        """Read the file for the first time, or raise ConfigError."""
        if self._path is not None:
            await self._read(self._path)

    async def refresh(self) -> bool:
        """Take a changed file; return whether the TLS side may have changed."""
        if self._path is None:
            return False
        stamp = await asyncio.to_thread(self._look)
        if stamp == self._stamp:
            return False
        self._stamp = stamp  # a bad file is said once
        try:
            await self._read(self._path)
        except ConfigError as error:
            events.web_config_refused(self._path, error)
            return False
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
            if self._needs_password(request.path):
                await self._auth.check(request.headers.get("Authorization"))
        return await handler(request)

    async def add_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        """Signal on_response_prepare: the configured headers on every answer."""
        response.headers.update(self.config.headers)
        if response.status == 401:  # a token's refusal asks for a token
            response.headers.setdefault("WWW-Authenticate", 'Basic realm="collector"')

    def close(self) -> None:
        """Stop checking passwords."""
        self._auth.close()

    async def _read(self, path: Path) -> None:
        # Looked at before it is read: what changes meanwhile is seen next time.
        before = await asyncio.to_thread(stamp_of, path)
        self._use(await asyncio.to_thread(load_web_config, path))
        _, *tls_files = await asyncio.to_thread(self._look)
        self._stamp = (before, *tls_files)

    def _use(self, config: WebConfig) -> None:
        self.config = config
        self._auth.use(config.users)
        self._bucket = TokenBucket(config.rate_limit)

    def _look(self) -> tuple[Stamp, ...]:
        files = self.config.tls.files() if self.config.tls else []
        return tuple(stamp_of(file) for file in (self._path, *files) if file)
