"""One POST of line protocol through influxdb-client, and what became of it."""

import asyncio
import gzip
import os
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService

from collector.model.errors import ConfigError
from collector.sinks.influx_answer import Answer, Fate, judged

REQUEST_SECONDS: Final = 30.0
CONNECT_SECONDS: Final = 5.0
_GZIP_LEVEL: Final = 6
_PRECISION: Final = "ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxServer:
    """Where points go."""

    url: str
    bucket: str
    org: str = ""  # of InfluxDB 2
    ca_file: Path | None = None  # certificates to trust instead of the system's
    # Read when the connection is made, and again after the server has refused it.
    token: Callable[[], str | None] = lambda: None


class InfluxClient:
    """The connection to one server; made at the first request, not before."""

    def __init__(
        self, server: InfluxServer, *, request_seconds: float = REQUEST_SECONDS
    ) -> None:
        self._server = server
        self._seconds = request_seconds
        self._client: Any = None  # of InfluxDBClientAsync, which has no hints
        self._service: Any = None

    async def post(self, body: bytes) -> Answer:
        """Send lines once; raises CancelledError only."""
        try:
            if self._service is None:
                await self._connect()
            packed = await asyncio.to_thread(gzip.compress, body, _GZIP_LEVEL, mtime=0)
            answer = await self._post(packed)
        except ConfigError as error:
            return Answer(Fate.KEEP, sentence="; ".join(error.problems), denied=True)
        except TimeoutError:
            return Answer(
                Fate.KEEP,
                sentence=f"{self._server.url} has not answered within {self._seconds:g} s",
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(Fate.KEEP, sentence=f"{self._server.url}: {_reason(error)}")
        if answer.denied:
            await self.close()  # the token may be another one by then
        return answer

    async def close(self) -> None:
        """Drop the connection; any number of times."""
        client, self._client, self._service = self._client, None, None
        if client is not None:
            await client.close()

    async def _post(self, packed: bytes) -> Answer:
        try:
            _, status, headers = await self._service.post_write_async(
                org=self._server.org,
                bucket=self._server.bucket,
                body=packed,
                precision=_PRECISION,
                content_encoding="gzip",
                async_req=False,
                _return_http_data_only=False,
            )
            text = ""
        except ApiException as error:
            if error.status is None:
                raise OSError(str(error)) from error
            status, headers = error.status, error.headers or {}
            text = (error.body or b"").decode("utf-8", "replace")
        return judged(status, dict(headers), text, time.time())

    async def _connect(self) -> None:
        server = self._server
        # Both read files; and a context with the system's certificates takes 30 ms.
        token, context = await asyncio.to_thread(lambda: (server.token(), _tls(server)))
        self._client = InfluxDBClientAsync(
            server.url,
            token=token or "",
            org=server.org,
            ssl_context=context,
            timeout=aiohttp.ClientTimeout(
                total=self._seconds, sock_connect=CONNECT_SECONDS
            ),
            # What sends us elsewhere is no database; and POST would become GET.
            allow_redirects=False,
        )
        self._service = WriteService(self._client.api_client)


def _tls(server: InfluxServer) -> ssl.SSLContext:
    if not server.url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            "influxdb.ca_file",
            [f"influxdb.ca_file: {server.ca_file} holds no certificates: {error}"],
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", "") or error
        return f"the certificate is not trusted ({why}); look at influxdb.ca_file"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "no such host"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return f"no connection ({os.strerror(number) if number else error.os_error})"
    return " ".join(str(error).split()) or type(error).__name__
