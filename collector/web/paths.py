"""Names in the API's paths: percent-encoded, and looked up in the house."""

from typing import Final

from aiohttp import web

from collector.web.answers import Refusal
from collector.web.ports import WebPorts

OPENAPI_PATH: Final = "/api/v1/openapi.json"
# Whatever stands between two slashes: a name may hold braces, and %2F is no slash.
NAME: Final = "{name:[^/]+}"


def relay_of(ports: WebPorts, request: web.Request) -> str:
    """Return the address of the relay that the path names, or raise Refusal."""
    wanted = request.match_info["name"]
    ieee = ports.relay_named(wanted)
    if ieee is None:
        raise unknown_relay(wanted)
    return ieee


def unknown_relay(wanted: str) -> Refusal:
    """Return the answer to a relay that is not there."""
    return Refusal(
        404, f"No relay is called {wanted[:100]!r}; GET /api/v1/relays lists them."
    )
