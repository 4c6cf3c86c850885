"""The control socket data_dir/control.sock: the whole API for who owns the data."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Final

from aiohttp import web

from collector.model.command import Origin
from collector.model.errors import ConfigError
from collector.web.answers import MAX_BODY, sentences
from collector.web.api import FrameApi, ReadApi
from collector.web.ports import WebPorts
from collector.web.server import SHUTDOWN_SECONDS
from collector.web.spool_api import SpoolApi
from collector.web.streams import Streams
from collector.web.write_api import WriteApi

_PATHS: Final = "there is what /api/v1/openapi.json lists"
_PATH_BYTES_MAX: Final = 107  # sun_path of Linux, unix(7), less the closing NUL


class ControlServer:
    """One unix socket. start() once, then stop(); stop() is safe at any time."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._streams = Streams()
        self._runner: web.AppRunner | None = None

    async def start(self, path: Path, ports: WebPorts) -> None:
        """Listen at `path`, mode 0600; ConfigError: it is in use or cannot be made."""
        app = web.Application(middlewares=[sentences(_PATHS)], client_max_size=MAX_BODY)
        app.add_routes(ReadApi(ports, self._streams).routes())
        app.add_routes(FrameApi(ports, self._streams).routes())
        app.add_routes(SpoolApi(ports).routes())
        # What comes through the socket is said by a person at the machine.
        app.add_routes(WriteApi(ports, Origin.CLI).routes())
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
        )
        try:
            await self._runner.setup()
            listening = await asyncio.to_thread(_bind, path)
            self._path = path
            await web.SockSite(self._runner, listening).start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End all streams, close all connections within 5 s, remove the socket."""
        self._streams.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None


def _bind(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > _PATH_BYTES_MAX:
        raise _wrong(path, f"is longer than {_PATH_BYTES_MAX} bytes; shorten data_dir")
    _remove_stale(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(0o600)  # nobody can connect before it listens
    except OSError as error:
        listening.close()
        raise _wrong(path, f"cannot be made: {error.strerror}") from error
    return listening


def _remove_stale(path: Path) -> None:
    """Remove the socket of a dead process; refuse that of a living one."""
    if not path.exists():
        return
    if not path.is_socket():
        raise _wrong(path, "is in the way and no socket; move it away")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _wrong(path, f"cannot be used: {error}") from error
        else:
            raise _wrong(path, "is in use: the service already runs on this data_dir")


def _wrong(path: Path, why: str) -> ConfigError:
    return ConfigError("data_dir", [f"{path} {why}"])
