"""`collector spool`: the points that the database refuses."""

import asyncio
import json as json_module
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from collector.cli.errors import reported
from collector.cli.options import ConfigFile, DataDir, Json
from collector.cli.target import Target

if TYPE_CHECKING:
    from collector.sinks.spool import Spool
    from collector.web.control import ControlClient

T = TypeVar("T")

spool_app = typer.Typer(
    help="Points that the database refuses (dead letters).", no_args_is_help=True
)


@spool_app.command("list")
def spool_list(
    config: ConfigFile = None, data_dir: DataDir = None, json: Json = False
) -> None:
    """Show what the database refuses, and why."""
    with reported():
        letters = _either(
            Target(config, data_dir), lambda service: service.dead_letters(), _letters
        )
        if json:
            print(json_module.dumps(letters, indent=2))
        elif not letters:
            print("No point was refused.")
        else:
            _show(letters)


@spool_app.command("retry")
def spool_retry(config: ConfigFile = None, data_dir: DataDir = None) -> None:
    """Send all of them again."""
    with reported():
        count = _either(
            Target(config, data_dir),
            lambda service: service.retry_dead(),
            lambda spool: spool.retry_dead(),
        )
        print(f"{count} points are on their way again.")


@spool_app.command("drop")
def spool_drop(config: ConfigFile = None, data_dir: DataDir = None) -> None:
    """Forget all of them."""
    with reported():
        count = _either(
            Target(config, data_dir),
            lambda service: service.drop_dead(),
            lambda spool: spool.drop_dead(),
        )
        print(f"{count} points are forgotten.")


def _either(
    target: Target,
    ask: "Callable[[ControlClient], Awaitable[T]]",
    do: "Callable[[Spool], T]",
) -> T:
    """Ask the service; where none runs, look into its folder."""
    from collector.cli.reaching import data_dir_of, running_service  # noqa: PLC0415
    from collector.web.control import NotRunningError  # noqa: PLC0415

    async def asked() -> T:
        async with running_service(target) as service:
            return await ask(service)

    try:
        return asyncio.run(asked())
    except NotRunningError:
        return _offline(data_dir_of(target), do)


def _offline(data_dir: Path, do: "Callable[[Spool], T]") -> T:
    from collector.model.errors import ConfigError  # noqa: PLC0415
    from collector.sinks.spool import NAME, Spool  # noqa: PLC0415
    from collector.state.lock import DataDirLock  # noqa: PLC0415

    path = data_dir / NAME
    if not path.exists():
        raise ConfigError(
            str(data_dir), [f"holds no {NAME}: no points were ever spooled here"]
        )
    with DataDirLock(data_dir):
        spool = Spool.open(path, limit=1 << 62)  # nothing is dropped here
        try:
            return do(spool)
        finally:
            spool.close()


def _letters(spool: "Spool") -> list[dict[str, Any]]:
    from dataclasses import asdict  # noqa: PLC0415

    return [asdict(letter) for letter in spool.dead_letters()]


def _show(letters: list[dict[str, Any]]) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from collector.cli.table import show  # noqa: PLC0415

    table = Table()
    for title in ("refused at", "status", "why", "point"):
        table.add_column(title, overflow="fold", no_wrap=title == "status")
    for letter in letters:
        at = datetime.fromtimestamp(letter["at"], UTC).isoformat(timespec="seconds")
        status = str(letter["status"])
        # Text, not markup: a server's words may hold brackets.
        cells = (at, status, letter["error"], letter["line"])
        table.add_row(*(Text(cell) for cell in cells))
    show(table)
