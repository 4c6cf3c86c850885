"""The HTTP listener: metrics and health for all, API reads for localhost."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from collector import events
from collector.web.addresses import bind, is_loopback, parse_listen
from collector.web.answers import MAX_BODY, Handler, Refusal, sentences
from collector.web.api import ReadApi
from collector.web.doors import Doors
from collector.web.gate import Gate
from collector.web.pages import SEND_SECONDS, Pages
from collector.web.ports import WebPorts
from collector.web.sweeper import Sweeper

# aiohttp waits so long twice: for handlers to end, and for cancelled ones.
SHUTDOWN_SECONDS: Final = 0.5
_PATHS: Final = "there are /metrics, /healthz, /readyz and /api/v1/relays"


class WebServer:
    """One listener. start() once, then stop(); stop() is safe at any time."""

    def __init__(
        self, *, watch_seconds: float = 2.0, send_seconds: float = SEND_SECONDS
    ) -> None:
        self._watch_seconds = watch_seconds  # how often web.config_file is looked at
        self._send_seconds = send_seconds  # how long a client may take for an answer
        self._gate = Gate(None)
        self._pages: Pages | None = None
        self._doors: Doors | None = None
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._watchers: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The port in use, where `listen` said 0 for any."""
        return self._port

    async def start(
        self, listen: str, ports: WebPorts, web_config: Path | None = None
    ) -> None:
        """Listen on host:port; ConfigError: an address or file that does not work."""
        self._gate = Gate(web_config)
        self._pages = Pages(ports, self._send_seconds)
        address = parse_listen(listen)
        try:
            await self._gate.load()
            sockets = await asyncio.to_thread(bind, address)
            self._port = int(sockets[0].getsockname()[1])
            local = is_loopback(address.host)
            self._runner = self._make_runner(ports, self._pages, local=local)
            await self._runner.setup()
            self._doors = Doors(self._runner, sockets)
            await self._open_doors(self._doors)
            self._watchers.append(asyncio.create_task(Sweeper(self._runner).run()))
        except BaseException:
            await self.stop()
            raise
        if web_config is not None:
            self._watchers.append(asyncio.create_task(self._watch()))
        scheme = "https" if self._gate.config.tls else "http"
        host = f"[{address.host}]" if ":" in address.host else address.host or "*"
        events.web_listening(f"{scheme}://{host}:{self.port}", api=local)

    async def stop(self) -> None:
        """Close the listener and all connections, within 5 s."""
        for watcher in self._watchers:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
        self._watchers.clear()
        if self._pages is not None:
            await self._pages.close()
        if self._doors is not None:
            await self._doors.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._gate.close()

    async def refresh(self) -> None:
        """Look at web.config_file now; a bad one leaves the old one in force."""
        before = self._gate.config.tls
        changed = await self._gate.refresh()
        if changed and self._doors and (before or self._gate.config.tls):
            await self._open_doors(self._doors)

    def _make_runner(
        self, ports: WebPorts, pages: Pages, *, local: bool
    ) -> web.AppRunner:
        app = web.Application(
            middlewares=[
                sentences(_PATHS),
                self._gate.pass_or_refuse,
                _api_of_localhost(local=local),
            ],
            client_max_size=MAX_BODY,
        )
        app.on_response_prepare.append(self._gate.add_headers)
        app.add_routes(pages.routes())
        app.add_routes(ReadApi(ports).routes())
        return web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)

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
                events.callback_failed("web.config_file")


def _api_of_localhost(*, local: bool) -> Middleware:
    """Without tokens the API answers reads on a localhost listener only."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/api/"):
            if not local:
                raise Refusal(
                    403,
                    "The API answers on a localhost listener only; beside the service, "
                    "use the socket data_dir/control.sock.",
                )
            if not _names_localhost(request.headers.get("Host")):
                # A page in a browser here could have its name point to 127.0.0.1.
                raise Refusal(403, "The API answers requests to localhost only.")
        return await handler(request)

    return middleware


def _names_localhost(host: str | None) -> bool:
    if host is None:
        return True  # no browser
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return is_loopback(name.strip("[]"))
