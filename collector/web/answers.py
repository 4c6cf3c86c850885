"""How a refusal reads: one clear sentence, as text or, under /api/, as JSON."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from collector import events
from collector.model.command import RequestRefusedError
from collector.model.errors import ConfigError, TransientError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY: Final = 64 * 1024  # bytes of a request


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of ours
    """A request is turned down with this status and sentence."""

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.status = status
        self.sentence = sentence
        self.headers = headers
        self.more = more  # further keys of the JSON answer
        super().__init__(sentence)


def sentences(paths: str) -> Middleware:
    """Return the middleware that words every error; `paths` says what there is."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return _answer(request, refusal)
        except web.HTTPException as error:
            return _answer(request, _of_library(request, error, paths))
        except (ConnectionError, TimeoutError):
            raise  # the client went away; aiohttp closes the connection
        except Exception as error:  # noqa: BLE001 - the service lives on
            return _answer(request, _of_service(request, error))

    return middleware


def _of_service(request: web.Request, error: Exception) -> Refusal:
    """Turn what the service raises into sentences; a bug is logged whole."""
    match error:
        case ConfigError():
            return Refusal(
                400,
                f"{error.source}: {'; '.join(error.problems)}",
                source=error.source,
                problems=error.problems,
            )
        case RequestRefusedError():
            return Refusal(error.status, error.sentence)
        case TransientError():
            return Refusal(503, str(error))
        case _:
            events.callback_failed(f"{request.method} {request.path}")
            return Refusal(500, "An error of the collector; see its log.")


def _of_library(request: web.Request, error: web.HTTPException, paths: str) -> Refusal:
    """Turn aiohttp's own errors into sentences."""
    path = repr(request.path[:100])
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        sentence = f"{path} does not take {request.method}; it takes {allowed}."
        return Refusal(405, sentence)
    if error.status == 404:
        return Refusal(404, f"There is no {path}; {paths}.")
    if error.status == 413:
        return Refusal(413, f"The body is larger than {MAX_BODY // 1024} KiB.")
    return Refusal(error.status, f"{error.reason}.")


def _answer(request: web.Request, refusal: Refusal) -> web.StreamResponse:
    if request.path.startswith("/api/"):
        body = {"error": refusal.sentence, **refusal.more}
        return web.json_response(body, status=refusal.status, headers=refusal.headers)
    return web.Response(
        text=refusal.sentence + "\n", status=refusal.status, headers=refusal.headers
    )
