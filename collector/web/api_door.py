"""Who may use the API over TCP: holders of tokens, or else readers on localhost.

    tokens file   listener            GET                  POST
    none          localhost           everybody            nobody
    none          beyond localhost    nobody               nobody
    there         localhost, or TLS   any token            a write token
    there         clear text beyond   nobody               nobody

The description is open wherever the API answers. The control socket has no door: the
mode of its file is one.
"""

from typing import Final

from aiohttp import web
from yarl import URL

from collector import events
from collector.web.addresses import is_loopback
from collector.web.answers import Handler, Refusal
from collector.web.paths import OPENAPI_PATH
from collector.web.token_keeper import TokenKeeper
from collector.web.tokens import Scope

_READS: Final = frozenset({"GET", "HEAD"})
_BESIDE: Final = "beside the service, use the socket data_dir/control.sock"


class ApiDoor:
    """Stands before every path under /api/ of one listener."""

    def __init__(self, tokens: TokenKeeper | None, *, local: bool) -> None:
        self._tokens = tokens
        self._local = local  # the listener is on localhost

    def needs_password(self, path: str) -> bool:
        """Return whether the web config's passwords guard a path: not what tokens do."""
        if path == OPENAPI_PATH:
            return False
        return self._tokens is None or not path.startswith("/api/")

    @web.middleware
    async def pass_or_refuse(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        """Middleware, after the one that words refusals."""
        if request.path.startswith("/api/"):
            _refuse_foreign_pages(request)
            if self._tokens is None:
                self._check_local(request)
            else:
                self._check_token(request, self._tokens)
            _check_media_type(request)
        return await handler(request)

    def _check_local(self, request: web.Request) -> None:
        if not self._local:
            raise Refusal(
                403,
                "Without web.api_tokens_file the API answers on a localhost listener "
                f"only; {_BESIDE}.",
            )
        if not _names_localhost(request.headers.get("Host")):
            # A page in a browser here could have its name point to 127.0.0.1.
            raise Refusal(403, "The API answers requests to localhost only.")
        if _writes(request):
            raise Refusal(
                403,
                f"Without web.api_tokens_file the API takes no writes here; {_BESIDE}.",
            )

    def _check_token(self, request: web.Request, tokens: TokenKeeper) -> None:
        if not self._local and not request.secure:
            raise Refusal(
                403,
                "Beyond localhost a token would cross the network in clear text: give "
                f"tls_server_config in web.config_file; {_BESIDE}.",
            )
        if request.path == OPENAPI_PATH:
            return
        entry = tokens.check(request.headers.get("Authorization"), request.remote)
        if _writes(request) and entry.scope is not Scope.WRITE:
            events.auth_failed("scope")
            raise Refusal(
                403,
                f"Token {entry.id} is for reading; this path needs one of scope write.",
                headers={
                    "WWW-Authenticate": 'Bearer realm="collector", '
                    'error="insufficient_scope", scope="write"'
                },
            )


def _writes(request: web.Request) -> bool:
    """A path or method that is not there changes nothing and gets its own answer."""
    return request.method not in _READS and request.match_info.http_exception is None


def _refuse_foreign_pages(request: web.Request) -> None:
    """A page of another site may not act through the browser of who looks at it."""
    origin = request.headers.get("Origin")
    if origin is None:
        return  # no page, or one that only reads, and cannot see the answer
    host = _authority(origin)
    if host is not None and host == _authority(f"//{request.headers.get('Host', '')}"):
        return
    events.auth_failed("origin")
    raise Refusal(403, "The API answers no pages of another host.")


def _authority(url: str) -> tuple[str, int | None] | None:
    """Return host and port, None for a port that the scheme implies."""
    try:
        known = URL(url)
        port = known.explicit_port
    except ValueError:
        return None
    if not known.host:
        return None  # such as the word null, of a page from a file
    return known.host, None if port in {80, 443} else port


def _check_media_type(request: web.Request) -> None:
    """A form of HTML cannot send JSON, and a script of another site must ask first."""
    with_body = _writes(request) and request.body_exists
    if with_body and request.content_type != "application/json":
        raise Refusal(
            415, "The body must be JSON, with Content-Type: application/json."
        )


def _names_localhost(host: str | None) -> bool:
    if host is None:
        return True  # no browser
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return is_loopback(name.strip("[]"))
