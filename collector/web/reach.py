"""Where a service is reached: its control socket, or its API at a URL."""

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import aiohttp
import yarl

from collector.model.errors import CollectorError, ConfigError
from collector.web.addresses import is_loopback

CONTROL_SOCKET: Final = "control.sock"  # in data_dir
# The host is needed by HTTP and means nothing on a unix socket.
_ON_SOCKET: Final = "http://localhost"


class NotRunningError(CollectorError):
    """No service answers where it was looked for."""


class Reach(Protocol):
    """A way to a service."""

    @property
    def base(self) -> str:
        """The URL below which the API's paths are."""

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""

    def connector(self) -> aiohttp.BaseConnector:
        """Return what opens connections; to be called in a running loop."""

    def unreachable(self, error: aiohttp.ClientConnectionError) -> NotRunningError:
        """Return why nobody answers, and what to do."""


@dataclass(frozen=True, slots=True)
class SocketReach:
    """The control socket of a data_dir."""

    path: Path

    @property
    def base(self) -> str:
        """The URL below which the API's paths are."""
        return _ON_SOCKET

    @property
    def headers(self) -> dict[str, str]:
        """Nothing: the mode of the socket says who may."""
        return {}

    def connector(self) -> aiohttp.BaseConnector:
        """Return what opens connections."""
        return aiohttp.UnixConnector(str(self.path))

    def unreachable(self, error: aiohttp.ClientConnectionError) -> NotRunningError:
        """Return why nobody answers, and what to do."""
        if isinstance(getattr(error, "os_error", None), PermissionError):
            return NotRunningError(
                f"{self.path} belongs to another user; run this as the user of the "
                "service."
            )
        return NotRunningError(
            f"No service is running at {self.path}; start it with `collector run`, "
            "or name its --data-dir."
        )


@dataclass(frozen=True, slots=True)
class UrlReach:
    """The API at a URL, for the holder of a token."""

    base: str  # as `checked_url` returns it
    token: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The token."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def connector(self) -> aiohttp.BaseConnector:
        """Return what opens connections; a certificate must be right."""
        return aiohttp.TCPConnector(ssl=_context(self.ca_file))

    def unreachable(self, error: aiohttp.ClientConnectionError) -> NotRunningError:
        """Return why nobody answers, and what to do."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            why = getattr(error.certificate_error, "verify_message", None)
            return NotRunningError(
                f"The certificate at {self.base} is not trusted"
                f"{f' ({why})' if why else ''}; name its authority with --ca-file."
            )
        if isinstance(error, aiohttp.ClientSSLError):
            return NotRunningError(f"{self.base} does not speak TLS as it should.")
        number = getattr(getattr(error, "os_error", None), "errno", None)
        why = f": {os.strerror(number)}" if number and number > 0 else ""
        return NotRunningError(f"No service answers at {self.base}{why}.")


def checked_url(text: str, *, with_token: bool) -> str:
    """Return a URL without a slash at its end, or raise ConfigError.

    A token goes over TLS, or does not leave this machine.
    """
    url = _url(text)
    if url is None or url.user or url.query_string or url.fragment:
        raise _wrong("--url", "expected a URL such as https://relays.example:10177")
    if with_token and url.scheme == "http" and not is_loopback(url.host or ""):
        raise _wrong(
            "--url", "the token would cross the network in clear text; use https://"
        )
    return str(url).rstrip("/")


def checked_token(text: str, file: Path) -> str:
    """Return the token that a file holds, or raise ConfigError without showing it."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise _wrong(
            "--token-file", f"{file} must hold one token, as `token create` printed it"
        )
    return token


def _url(text: str) -> yarl.URL | None:
    try:
        url = yarl.URL(text)
        whole = url.scheme in {"http", "https"} and url.host and url.port is not None
    except ValueError:
        return None
    return url if whole else None


def _context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        why = getattr(error, "strerror", None) or "not a certificate"
        if isinstance(error, ssl.SSLError):
            why = "it holds no certificate in PEM"
        raise _wrong("--ca-file", f"{ca_file} cannot be used: {why}") from error


def _wrong(option: str, sentence: str) -> ConfigError:
    return ConfigError("collector", [f"{option}: {sentence}"])
