"""The HTTP listener: metrics, health, and the API for who may use it."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from collector import events
from collector.model.command import Origin
from collector.web.addresses import bind, is_loopback, parse_listen
from collector.web.answers import MAX_BODY, sentences
from collector.web.api import ReadApi
from collector.web.api_door import ApiDoor
from collector.web.doors import Doors
from collector.web.gate import Gate
from collector.web.pages import SEND_SECONDS, Pages
from collector.web.ports import WebPorts
from collector.web.streams import Streams
from collector.web.sweeper import Sweeper
from collector.web.token_keeper import TokenKeeper
from collector.web.write_api import WriteApi

# aiohttp waits so long twice: for handlers to end, and for cancelled ones.
SHUTDOWN_SECONDS: Final = 0.5
# A client that asks once a minute keeps its connection; aiohttp would wait an hour.
IDLE_SECONDS: Final = 90.0
_PATHS: Final = (
    "there are /metrics, /healthz, /readyz and what /api/v1/openapi.json lists"
)


class WebServer:
    """One listener. start() once, then stop(); stop() is safe at any time."""

    def __init__(
        self, *, watch_seconds: float = 2.0, send_seconds: float = SEND_SECONDS
    ) -> None:
        self._watch_seconds = watch_seconds  # how often the files are looked at
        self._send_seconds = send_seconds  # how long a client may take for an answer
        self._gate = Gate(None)
        self._tokens: TokenKeeper | None = None
        self._streams = Streams()
        self._pages: Pages | None = None
        self._doors: Doors | None = None
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._refreshing = asyncio.Lock()
        self._watchers: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The port in use, where `listen` said 0 for any."""
        return self._port

    async def start(
        self,
        listen: str,
        ports: WebPorts,
        web_config: Path | None = None,
        tokens_file: Path | None = None,
    ) -> None:
        """Listen on host:port; ConfigError: an address or file that does not work."""
        address = parse_listen(listen)
        local = is_loopback(address.host)
        self._tokens = TokenKeeper(tokens_file) if tokens_file else None
        door = ApiDoor(self._tokens, local=local)
        self._gate = Gate(web_config, door.needs_password)
        self._pages = Pages(ports, self._send_seconds)
        try:
            await self._gate.load()
            if self._tokens is not None:
                await self._tokens.load()
            sockets = await asyncio.to_thread(bind, address)
            self._port = int(sockets[0].getsockname()[1])
            self._runner = self._make_runner(ports, self._pages, door)
            await self._runner.setup()
            self._doors = Doors(self._runner, sockets)
            await self._open_doors(self._doors)
            self._watchers.append(asyncio.create_task(Sweeper(self._runner).run()))
        except BaseException:
            await self.stop()
            raise
        if web_config is not None or tokens_file is not None:
            self._watchers.append(asyncio.create_task(self._watch()))
        scheme = "https" if self._gate.config.tls else "http"
        host = f"[{address.host}]" if ":" in address.host else address.host or "*"
        api = local or (self._tokens is not None and self._gate.config.tls is not None)
        events.web_listening(f"{scheme}://{host}:{self.port}", api=api)

    async def stop(self) -> None:
        """Close the listener and all connections, within 5 s."""
        for watcher in self._watchers:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
        self._watchers.clear()
        self._streams.close()
        if self._pages is not None:
            await self._pages.close()
        if self._doors is not None:
            await self._doors.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._gate.close()

    async def refresh(self) -> None:
        """Look at the files now; a bad one leaves the old one in force."""
        async with self._refreshing:  # who asks beside the watch sees it finished
            if self._tokens is not None and await self._tokens.refresh():
                self._streams.close()  # whose token was revoked must not look on
            before = self._gate.config.tls
            changed = await self._gate.refresh()
            if changed and self._doors and (before or self._gate.config.tls):
                await self._open_doors(self._doors)

    def _make_runner(
        self, ports: WebPorts, pages: Pages, door: ApiDoor
    ) -> web.AppRunner:
        app = web.Application(
            middlewares=[
                sentences(_PATHS),
                self._gate.pass_or_refuse,
                door.pass_or_refuse,
            ],
            client_max_size=MAX_BODY,
        )
        app.on_response_prepare.append(self._gate.add_headers)
        app.add_routes(pages.routes())
        app.add_routes(ReadApi(ports, self._streams).routes())
        app.add_routes(WriteApi(ports, Origin.API).routes())
        return web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=SHUTDOWN_SECONDS,
            keepalive_timeout=IDLE_SECONDS,
        )

    async def _open_doors(self, doors: Doors) -> None:
        """Serve with the TLS settings in force."""
        tls = self._gate.config.tls
        await doors.open(await asyncio.to_thread(tls.context) if tls else None)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._watch_seconds)
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001 - logged whole; the watch must go on
                events.callback_failed("web files")
