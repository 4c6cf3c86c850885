"""A tokens file with holders, and a client that shows tokens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from collector import events
from collector.web.server import WebServer
from collector.web.tokens import ApiToken

RELAYS = "/api/v1/relays"
SWITCH = "/api/v1/relays/boiler/channels/l1"
OPENAPI = "/api/v1/openapi.json"
OFF = {"state": "off"}


@dataclass
class Holders:
    """A tokens file with one holder of each scope."""

    file: Path
    reader: ApiToken
    writer: ApiToken
    read: str  # the token itself
    write: str

    def rewrite(self, text: str, mode: int = 0o600) -> None:
        self.file.write_text(text)
        self.file.chmod(mode)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def failures(reason: str) -> float:
    name = "zigbee_collector_auth_failures_total"
    return events.REGISTRY.get_sample_value(name, {"reason": reason}) or 0.0


async def ask(
    server: WebServer, method: str, path: str, **more: Any
) -> tuple[int, dict[str, Any]]:
    async with (
        ClientSession(f"http://127.0.0.1:{server.port}") as client,
        client.request(method, path, **more) as answer,
    ):
        body = await answer.json() if answer.content_type.endswith("json") else {}
        return answer.status, body if isinstance(body, dict) else {"list": body}
