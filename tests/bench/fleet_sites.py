"""A process that serves many sites: /SITE/metrics of one port.

python -m tests.bench.fleet_sites FIRST COUNT RELAYS SPEED

Prints the port, then runs until it is ended. The pages are the service's own: formats,
compression and one rendering for all who ask at a time.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from collector.web.pages import Pages
from collector.web.ports import WebPorts
from tests.bench.fleet_house import Wall
from tests.bench.fleet_site import Site, out_of_reach

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Sites:
    """Some sites behind one listener."""

    def __init__(self, first: int, count: int, relays: int, speed: float) -> None:
        self._started = time.monotonic()
        self._speed = speed
        wall = Wall(time.time(), speed)
        sites = [Site(number, relays, wall) for number in range(first, first + count)]
        self._sites = {site.name: site for site in sites}
        self._pages = {name: _metrics_page(site) for name, site in self._sites.items()}

    async def serve(self) -> None:
        """Listen on a free port and tell it."""
        app = web.Application()
        app.add_routes([web.get("/{site}/metrics", self._metrics)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        listener = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await listener.start()
        sys.stdout.write(json.dumps({"port": listener.port}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["site"]
        site = self._sites[name]
        if out_of_reach(site.number):
            return web.Response(status=503)
        site.at = (time.monotonic() - self._started) * self._speed
        return await self._pages[name](request)


def _metrics_page(site: Site) -> Handler:
    """Return the service's handler of /metrics for this site."""
    # The pages ask for no other port than the site's two.
    pages = Pages(cast("WebPorts", site))
    handlers: dict[str, Any] = {route.path: route.handler for route in pages.routes()}
    return cast("Handler", handlers["/metrics"])


if __name__ == "__main__":
    # So many sites are millions of objects, which one collector never has: a pass over
    # them would hold up hundreds of scrapes. Nothing here is in a cycle for long.
    gc.disable()
    asyncio.run(
        Sites(
            int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
        ).serve()
    )
