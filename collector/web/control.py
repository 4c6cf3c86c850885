"""The commands' way to the running service: its control socket, or its API."""

from collections.abc import AsyncGenerator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import aiohttp
import yarl

from collector.model.command import Action
from collector.model.errors import CollectorError, ConfigError, TransientError
from collector.web.reach import NotRunningError, Reach, SocketReach

ANSWER_SECONDS: Final = 30.0
SWITCH_SECONDS: Final = 180.0  # a command is tried again before it is given up

__all__ = ["ControlClient", "NotRunningError", "RequestError"]


class RequestError(CollectorError):
    """The service turned the request down; the text says why."""


class ControlClient:
    """`async with ControlClient(data_dir / "control.sock") as control: …`.

    In place of the socket's path it takes any other way to a service. Every call may
    raise NotRunningError, TransientError (the radio is down), ConfigError (a reload
    was refused) or RequestError (a wrong request).
    """

    def __init__(
        self, reach: Reach | Path, *, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._reach = SocketReach(reach) if isinstance(reach, Path) else reach
        self._answer_seconds = answer_seconds
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=self._reach.connector(),
            headers=self._reach.headers,
            timeout=aiohttp.ClientTimeout(total=self._answer_seconds),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def relays(self) -> list[dict[str, Any]]:
        """Return every known relay as the API shows it."""
        found: list[dict[str, Any]] = await self._call("GET", "/relays")
        return found

    async def relay(self, name: str) -> dict[str, Any]:
        """Return one relay by name or IEEE address."""
        found: dict[str, Any] = await self._call("GET", _relay(name))
        return found

    async def policies(self) -> list[dict[str, Any]]:
        """Return every rule as the API shows it."""
        found: list[dict[str, Any]] = await self._call("GET", "/policies")
        return found

    async def switch(self, name: str, channel: str, action: Action) -> dict[str, Any]:
        """Move a contact and return how that ended; look at `outcome` and `error`."""
        result: dict[str, Any] = await self._call(
            "POST",
            f"{_relay(name)}/channels/{quote(channel, '')}",
            {"state": action.value},
            seconds=max(SWITCH_SECONDS, self._answer_seconds),
        )
        return result

    async def override(self, name: str, seconds: float) -> None:
        """Suspend economy rules of a relay for so long; 0 ends that."""
        await self._call("POST", f"{_relay(name)}/override", {"seconds": seconds})

    async def reset_policy(self, name: str) -> None:
        """Clear latch and retries of a rule."""
        await self._call("POST", f"/policies/{quote(name, '')}/reset")

    async def permit_join(self, seconds: int) -> None:
        """Let devices join for 1-254 s; 0 = stop."""
        await self._call("POST", "/permit_join", {"seconds": seconds})

    async def dead_letters(self) -> list[dict[str, Any]]:
        """Return the points that the database refuses, the oldest first."""
        found: list[dict[str, Any]] = await self._call("GET", "/spool")
        return found

    async def retry_dead(self) -> int:
        """Put them on their way again; return how many."""
        return int((await self._call("POST", "/spool"))["retried"])

    async def drop_dead(self) -> int:
        """Forget them; return how many."""
        return int((await self._call("DELETE", "/spool"))["dropped"])

    async def reload(self) -> None:
        """Have the configuration read again; ConfigError: the old one stays."""
        await self._call("POST", "/reload")

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Yield raw frames as lines of JSON, `{"dropped": n}` for those lost."""
        endless = aiohttp.ClientTimeout(total=None)
        try:
            async with self._open("GET", "/frames", timeout=endless) as response:
                if response.status != 200:
                    await self._answer(response)
                async for line in response.content:
                    yield line
        except aiohttp.ClientConnectorError as error:
            raise self._reach.unreachable(error) from error
        except aiohttp.ClientError as error:
            raise NotRunningError("The service went away.") from error

    async def _call(
        self, method: str, path: str, body: object = None, seconds: float | None = None
    ) -> Any:
        limit = aiohttp.ClientTimeout(total=seconds or self._answer_seconds)
        try:
            async with self._open(method, path, json=body, timeout=limit) as response:
                return await self._answer(response)
        except aiohttp.ClientConnectorError as error:
            raise self._reach.unreachable(error) from error
        except aiohttp.ClientError as error:
            raise NotRunningError("The service went away.") from error
        except TimeoutError as error:
            raise TransientError("The service does not answer.") from error

    def _open(
        self, method: str, path: str, **more: Any
    ) -> "aiohttp.client._RequestContextManager":
        if self._session is None:
            raise RuntimeError("use ControlClient in `async with`")
        url = yarl.URL(f"{self._reach.base}/api/v1{path}", encoded=True)
        # A redirection would carry the token to somebody else.
        return self._session.request(method, url, allow_redirects=False, **more)

    async def _answer(self, response: aiohttp.ClientResponse) -> Any:
        """Return the body, or raise the error that the answer stands for."""
        try:
            body = await response.json()
        except (ValueError, aiohttp.ContentTypeError):
            body = None
        if response.status == 200 and isinstance(body, (dict, list)):
            return body
        if not isinstance(body, dict) or "error" not in body:
            raise NotRunningError(
                f"What answers at {self._reach.base} is no collector "
                f"(HTTP {response.status})."
            )
        if "outcome" in body:
            return body  # a command that was sent, and not confirmed
        raise _error(response.status, body)


def _error(status: int, body: dict[str, Any]) -> CollectorError:
    sentence = str(body["error"])
    if "problems" in body:
        problems = [str(problem) for problem in body["problems"]]
        return ConfigError(str(body.get("source")), problems)
    return TransientError(sentence) if status == 503 else RequestError(sentence)


def _relay(name: str) -> str:
    return f"/relays/{quote(name, '')}"
