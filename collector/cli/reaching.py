"""The way to the service that a person means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from collector.cli.finding import find
from collector.cli.target import Target
from collector.config.schema import Config
from collector.config.secret_files import read_secret
from collector.web.control import ControlClient
from collector.web.reach import (
    CONTROL_SOCKET,
    Reach,
    SocketReach,
    UrlReach,
    checked_token,
    checked_url,
)


@asynccontextmanager
async def running_service(target: Target) -> AsyncIterator[ControlClient]:
    """Reach a service that runs: only it knows its rules, and it alone may switch."""
    reach, _, _ = reach_of(target)
    async with ControlClient(reach) as client:
        yield client


def reach_of(target: Target) -> tuple[Reach, Config | None, Path | None]:
    """Return the way to the service, and the configuration where that was asked for."""
    if target.url is not None:
        token = None if target.token_file is None else _token(target.token_file)
        base = checked_url(target.url, with_token=token is not None)
        return UrlReach(base, token, target.ca_file), None, None
    if target.data_dir is not None:
        return SocketReach(target.data_dir / CONTROL_SOCKET), None, None
    config, source = find(target.config)
    return SocketReach(config.data_dir / CONTROL_SOCKET), config, source


def data_dir_of(target: Target) -> Path:
    """Return the data folder of a service on this machine."""
    if target.data_dir is not None:
        return target.data_dir
    config, _ = find(target.config)
    return config.data_dir


def _token(file: Path) -> str:
    return checked_token(read_secret(file), file)
