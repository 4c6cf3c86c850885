"""Everything that servers do to a client, one after the other, in two and a half minutes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.servers.influx_noted import REQUEST_SECONDS
from tests.servers.influx_servers import Door

MOST_LINES = 100  # of a request, where the server finds more too large


def is_bad(line: bytes) -> bool:
    """Whether the server refuses this line, while it refuses any: one in a hundred."""
    return line.endswith(b"77")


def without_bad(body: bytes) -> bytes:
    return b"\n".join(line for line in body.split(b"\n") if not is_bad(line))


def refused(status: int, **headers: str) -> Callable[..., web.Response]:
    return lambda *_: web.Response(status=status, headers=headers)


def refused_json(status: int, message: str) -> Callable[..., web.Response]:
    return lambda *_: web.json_response({"message": message}, status=status)


def where(
    condition: Callable[[bytes], bool], answer: Callable[..., web.Response]
) -> Callable[[web.Request, bytes], web.Response | None]:
    """A fault for the bodies for which something holds."""
    return lambda request, body: answer(request, body) if condition(body) else None


def has_bad(body: bytes) -> bool:
    return any(map(is_bad, body.split(b"\n")))


@dataclass
class Trouble:
    """The script; `seen` counts the answers of each turn by status."""

    door: Door
    down: Callable[[], None]  # ends the server
    up: Callable[[], None]
    seen: dict[str, dict[int, int]] = field(default_factory=dict)

    async def run(self) -> None:
        """Go through all of it once."""
        retry = {"Retry-After": "1"}
        await self._calm(5)
        await self._refusing("503, Retry-After 1", 10, refused(503, **retry))
        await self._refusing("429, Retry-After 1", 10, refused(429, **retry))
        await self._calm(3)
        await self._turn("server ended for 30 s", self._outage)
        await self._calm(6)
        await self._refusing("401, then mended", 5, refused_json(401, "unauthorized"))
        await self._refusing("404, then created", 5, refused_json(404, "not found"))
        await self._calm(3)
        large = where(lambda body: body.count(b"\n") >= MOST_LINES, refused(413))
        await self._refusing("413 above 100 points", 8, large)
        await self._bad_lines()
        await self._turn("504 after storing", self._after(4, refused(504)))
        await self._turn("no answer after storing", self._silence)

    async def _bad_lines(self) -> None:
        nothing = where(has_bad, refused_json(400, "unable to parse"))
        await self._refusing("400, nothing kept", 8, nothing)
        self.door.keep = without_bad
        for status in (422, 400):
            rest = where(has_bad, refused_json(status, "partial write"))
            await self._turn(f"{status}, the rest kept", self._after(8, rest))
        self.door.keep = lambda body: body

    async def _turn(self, name: str, turn: Callable[[], Awaitable[None]]) -> None:
        before = len(self.door.statuses)
        await turn()
        seen = self.seen[name] = {}
        for status in self.door.statuses[before:]:
            seen[status] = seen.get(status, 0) + 1

    async def _calm(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _refusing(
        self,
        name: str,
        seconds: float,
        fault: Callable[[web.Request, bytes], web.Response | None],
    ) -> None:
        async def turn() -> None:
            self.door.fault = fault
            await asyncio.sleep(seconds)
            self.door.fault = lambda *_: None

        await self._turn(name, turn)

    def _after(
        self,
        seconds: float,
        answer: Callable[[web.Request, bytes], web.Response | None],
    ) -> Callable[[], Awaitable[None]]:
        async def turn() -> None:
            self.door.after = answer
            await asyncio.sleep(seconds)
            self.door.after = lambda *_: None

        return turn

    async def _outage(self) -> None:
        await asyncio.to_thread(self.down)
        await asyncio.sleep(30)
        await asyncio.to_thread(self.up)

    async def _silence(self) -> None:
        self.door.after_seconds = REQUEST_SECONDS + 1
        await asyncio.sleep(3 * REQUEST_SECONDS)
        self.door.after_seconds = 0.0
