"""The open paths and /metrics."""

import asyncio
from typing import Final

from aiohttp import web

from collector.web.negotiation import OPENMETRICS, TEXT, takes_gzip, wants_openmetrics
from collector.web.ports import WebPorts
from collector.web.scrape import SharedScrape

OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})  # need no password
SEND_SECONDS: Final = 15.0  # for one answer; Prometheus gives up after 10


class Pages:
    """/metrics, /healthz, /readyz."""

    def __init__(self, ports: WebPorts, send_seconds: float = SEND_SECONDS) -> None:
        self._ports = ports
        self._send_seconds = send_seconds
        self._scrape = SharedScrape(ports.metrics)

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application; GET answers HEAD too."""
        return [
            web.get("/metrics", self._metrics),
            web.get("/healthz", self._healthz),
            web.get("/readyz", self._readyz),
        ]

    async def close(self) -> None:
        """Give up a rendering that is under way."""
        await self._scrape.close()

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        openmetrics = wants_openmetrics(request.headers.get("Accept", ""))
        gzipped = takes_gzip(request.headers.get("Accept-Encoding", ""))
        body = await self._scrape.get(openmetrics=openmetrics, gzipped=gzipped)
        response = web.Response(body=body)
        response.headers["Content-Type"] = OPENMETRICS if openmetrics else TEXT
        response.headers["Vary"] = "Accept, Accept-Encoding"
        if gzipped:
            response.headers["Content-Encoding"] = "gzip"
        return await self._send(request, response)

    async def _healthz(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.StreamResponse:
        reasons = self._ports.readiness()
        if reasons:
            body = {"ready": False, "reasons": reasons}
            return web.json_response(body, status=503)
        return web.json_response({"ready": True})

    async def _send(
        self, request: web.Request, response: web.Response
    ) -> web.StreamResponse:
        """Send it all; cut off who stops reading: his copy would stay in memory."""
        await response.prepare(request)
        try:
            async with asyncio.timeout(self._send_seconds):
                await response.write_eof()
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        return response
