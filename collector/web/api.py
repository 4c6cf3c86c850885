"""The API's reads: relays, policies, the stream of decisions, and the description."""

import json
from typing import Final

from aiohttp import web

from collector.web.openapi import description
from collector.web.paths import NAME, OPENAPI_PATH, relay_of, unknown_relay
from collector.web.policy_json import policy_json
from collector.web.ports import WebPorts
from collector.web.relay_json import relay_json
from collector.web.streams import StreamKind, Streams

# The first comment tells a client at once that it is connected.
EVENTS: Final = StreamKind(
    content_type="text/event-stream",
    opening=b": the decisions from now on\n\n",
    heartbeat=b": nothing new\n\n",
)
FRAMES: Final = StreamKind(content_type="application/x-ndjson")


class ReadApi:
    """GET of everything that tells and changes nothing."""

    def __init__(
        self, ports: WebPorts, streams: Streams, events: StreamKind = EVENTS
    ) -> None:
        self._ports = ports
        self._streams = streams
        self._events_kind = events
        self._description = json.dumps(description()).encode()

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [
            web.get("/api/v1/relays", self._relays),
            web.get(f"/api/v1/relays/{NAME}", self._relay),
            web.get("/api/v1/policies", self._policies),
            web.get("/api/v1/events", self._events, allow_head=False),
            web.get(OPENAPI_PATH, self._openapi),
        ]

    async def _relays(self, _: web.Request) -> web.StreamResponse:
        return web.json_response([relay_json(one) for one in self._ports.relays()])

    async def _relay(self, request: web.Request) -> web.StreamResponse:
        ieee = relay_of(self._ports, request)
        for status in self._ports.relays():
            if status.ieee == ieee:
                return web.json_response(relay_json(status))
        raise unknown_relay(ieee)

    async def _policies(self, _: web.Request) -> web.StreamResponse:
        names = {one.ieee: one.name for one in self._ports.relays()}
        found = [policy_json(one, names) for one in self._ports.policies()]
        return web.json_response(found)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        tap = self._ports.policy_events()
        return await self._streams.serve(request, tap, self._events_kind)

    async def _openapi(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=self._description, content_type="application/json")


class FrameApi:
    """GET /api/v1/frames, for the control socket alone."""

    def __init__(self, ports: WebPorts, streams: Streams) -> None:
        self._ports = ports
        self._streams = streams

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [web.get("/api/v1/frames", self._frames, allow_head=False)]

    async def _frames(self, request: web.Request) -> web.StreamResponse:
        return await self._streams.serve(request, self._ports.frames(), FRAMES)
