"""The API: reads for whoever may read, writes and streams for the control socket."""

import asyncio
import json
from typing import Any, Final

from aiohttp import web

from collector.web.answers import Refusal
from collector.web.frames import FrameTap
from collector.web.ports import WebPorts
from collector.web.relay_json import relay_json

_BODY_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 2.0  # how often a quiet stream looks whether its client is there
_JOIN_SECONDS_MAX: Final = 254  # Zigbee: 255 would mean for ever


class ReadApi:
    """GET /api/v1/relays and /api/v1/relays/NAME."""

    def __init__(self, ports: WebPorts) -> None:
        self._ports = ports

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [
            web.get("/api/v1/relays", self._relays),
            web.get("/api/v1/relays/{name}", self._relay),
        ]

    async def _relays(self, _: web.Request) -> web.StreamResponse:
        return web.json_response([relay_json(one) for one in self._ports.relays()])

    async def _relay(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info["name"]
        for status in self._ports.relays():
            if wanted in (status.name, status.ieee):
                return web.json_response(relay_json(status))
        raise Refusal(
            404, f"No relay is called {wanted[:100]!r}; GET /api/v1/relays lists them."
        )


class WriteApi:
    """POST permit_join and reload, and the stream of raw frames."""

    def __init__(self, ports: WebPorts) -> None:
        self._ports = ports
        self._streams: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [
            web.post("/api/v1/permit_join", self._permit_join),
            web.post("/api/v1/reload", self._reload),
            web.get("/api/v1/frames", self._frames, allow_head=False),
        ]

    async def close(self) -> None:
        """End all streams; clients see a complete answer."""
        for stream in self._streams:
            stream.cancel()

    async def _permit_join(self, request: web.Request) -> web.StreamResponse:
        body = await _json_object(request)
        seconds = body.pop("seconds", None)
        if type(seconds) is not int or not 0 <= seconds <= _JOIN_SECONDS_MAX or body:
            raise Refusal(
                400,
                'The body must be {"seconds": N} with N from 0 (stop) '
                f"to {_JOIN_SECONDS_MAX}.",
            )
        await self._ports.permit_join(seconds)
        return web.json_response({"seconds": seconds})

    async def _reload(self, _: web.Request) -> web.StreamResponse:
        await self._ports.reload()
        return web.json_response({"reloaded": True})

    async def _frames(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_type = "application/x-ndjson"
        with self._ports.frames() as tap:
            await response.prepare(request)
            stream = asyncio.ensure_future(_pump(tap, request, response))
            self._streams.add(stream)
            try:
                await asyncio.wait([stream])
            finally:
                self._streams.discard(stream)
                stream.cancel()
        if not stream.cancelled() and (error := stream.exception()):
            raise error
        return response


async def _pump(
    tap: FrameTap, request: web.Request, response: web.StreamResponse
) -> None:
    """Send what comes until the client is gone."""
    while request.transport is not None and not request.transport.is_closing():
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                lines = await tap.take()
        except TimeoutError:
            continue
        await response.write(lines)


async def _json_object(request: web.Request) -> dict[str, Any]:
    """Return the body, or raise Refusal."""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = json.loads(await request.read())
    except TimeoutError:
        raise Refusal(408, "The body did not arrive in time.") from None
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"The body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return body
