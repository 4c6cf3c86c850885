"""How a refusal reads: one clear sentence, as text or, under /api/, as JSON."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from collector import events
from collector.model.errors import ConfigError, TransientError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_BODY: Final = 64 * 1024  # bytes of a request


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of ours
    """A request is turned down with this status and sentence."""

    def __init__(self, status: int, sentence: str, **more: Any) -> None:
        self.status = status
        self.sentence = sentence
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
        except ConfigError as error:
            wrong = Refusal(
                400,
                f"{error.source}: {'; '.join(error.problems)}",
                source=error.source,
                problems=error.problems,
            )
            return _answer(request, wrong)
        except TransientError as error:
            return _answer(request, Refusal(503, str(error)))
        except web.HTTPException as error:
            return _answer(request, _of_library(request, error, paths))
        except (ConnectionError, TimeoutError):
            raise  # the client went away; aiohttp closes the connection
        except Exception:  # noqa: BLE001 - a bug: logged whole, and the service lives on
            events.callback_failed(f"{request.method} {request.path}")
            return _answer(
                request, Refusal(500, "An error of the collector; see its log.")
            )

    return middleware


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
        return web.json_response(body, status=refusal.status)
    return web.Response(text=refusal.sentence + "\n", status=refusal.status)
