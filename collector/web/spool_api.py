"""GET, POST and DELETE /api/v1/spool, for the control socket alone: dead letters."""

from aiohttp import web

from collector.web.bodies import no_body
from collector.web.ports import WebPorts

_PATH = "/api/v1/spool"


class SpoolApi:
    """The points that a database refuses: look at them, send them again, drop them."""

    def __init__(self, ports: WebPorts) -> None:
        self._ports = ports

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [
            web.get(_PATH, self._list, allow_head=False),
            web.post(_PATH, self._retry),
            web.delete(_PATH, self._drop),
        ]

    async def _list(self, request: web.Request) -> web.StreamResponse:
        del request
        return web.json_response(await self._ports.dead_letters())

    async def _retry(self, request: web.Request) -> web.StreamResponse:
        await no_body(request)
        return web.json_response({"retried": await self._ports.retry_dead()})

    async def _drop(self, request: web.Request) -> web.StreamResponse:
        await no_body(request)
        return web.json_response({"dropped": await self._ports.drop_dead()})
