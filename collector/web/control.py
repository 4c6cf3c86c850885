"""The commands' way to the running service, through its control socket."""

from collections.abc import AsyncGenerator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import aiohttp
import yarl

from collector.model.errors import CollectorError, ConfigError, TransientError

# The host is needed by HTTP and means nothing on a unix socket.
_BASE: Final = "http://localhost/api/v1"


class NotRunningError(CollectorError):
    """No service listens on the control socket."""


class RequestError(CollectorError):
    """The service turned the request down; the text says why."""


class ControlClient:
    """`async with ControlClient(data_dir / "control.sock") as control: …`.

    Every call may raise NotRunningError, TransientError (the radio is down),
    ConfigError (a reload was refused) or RequestError (a wrong request).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.UnixConnector(str(self._path))
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=30),
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
        found: dict[str, Any] = await self._call("GET", f"/relays/{quote(name, '')}")
        return found

    async def permit_join(self, seconds: int) -> None:
        """Let devices join for 1-254 s; 0 = stop."""
        await self._call("POST", "/permit_join", {"seconds": seconds})

    async def reload(self) -> None:
        """Have the configuration read again; ConfigError: the old one stays."""
        await self._call("POST", "/reload")

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Yield raw frames as lines of JSON, `{"dropped": n}` for those lost."""
        endless = aiohttp.ClientTimeout(total=None)
        try:
            async with self._open("GET", "/frames", timeout=endless) as response:
                await _refuse(response)
                async for line in response.content:
                    yield line
        except aiohttp.ClientConnectorError as error:
            raise self._unreachable(error) from error
        except aiohttp.ClientError as error:
            raise NotRunningError("The service went away.") from error

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        try:
            async with self._open(method, path, json=body) as response:
                await _refuse(response)
                return await response.json()
        except aiohttp.ClientConnectorError as error:
            raise self._unreachable(error) from error
        except aiohttp.ClientError as error:
            raise NotRunningError("The service went away.") from error
        except TimeoutError as error:
            raise TransientError("The service does not answer.") from error

    def _open(
        self, method: str, path: str, **more: Any
    ) -> "aiohttp.client._RequestContextManager":
        if self._session is None:
            raise RuntimeError("use ControlClient in `async with`")
        return self._session.request(
            method, yarl.URL(_BASE + path, encoded=True), **more
        )

    def _unreachable(self, error: aiohttp.ClientConnectorError) -> NotRunningError:
        if isinstance(error.os_error, PermissionError):
            return NotRunningError(
                f"{self._path} belongs to another user; run this as the user of the "
                "service."
            )
        return NotRunningError(
            f"No service is running at {self._path}; start it with `collector run`, "
            "or name its --data-dir."
        )


async def _refuse(response: aiohttp.ClientResponse) -> None:
    """Turn an error answer into the error that it stands for."""
    if response.status < 400:
        return
    body = await response.json()
    sentence = str(body.get("error", response.reason))
    if "problems" in body:
        raise ConfigError(str(body.get("source")), [str(p) for p in body["problems"]])
    if response.status == 503:
        raise TransientError(sentence)
    raise RequestError(sentence)
