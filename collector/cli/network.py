"""`pair`, `relays` and `capture`: what a person does with the network."""

import asyncio
import json as json_module
import signal
import sys
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from collector.cli.session import OwnService, Session, session
from collector.cli.table import relay_table, show
from collector.cli.target import Target
from collector.model.errors import CollectorError

FIRST_READS_SECONDS = 10.0  # a service of our own has to ask the relays first
LOOK_SECONDS = 0.5  # between two looks at who has joined


def pair(target: Target, *, seconds: int, json: bool) -> None:
    """Open the network for `seconds` and say who joined."""
    joined = asyncio.run(_pair(target, seconds, json=json))
    if json:
        print(json_module.dumps(joined))
    elif not joined:
        print(
            "Nobody joined. Hold the relay's button for five seconds while it is open."
        )


def show_relays(target: Target, *, json: bool) -> None:
    """Print what is known of every relay."""
    known = asyncio.run(_relays(target))
    if json:
        print(json_module.dumps(known, indent=2))
    else:
        show(relay_table(known))


def capture(target: Target, *, out: Path, seconds: float | None) -> None:
    """Write raw frames until Ctrl-C, or for `seconds`."""
    try:
        if str(out) == "-":
            frames = asyncio.run(_capture(target, sys.stdout.buffer, seconds))
        else:
            with out.open("ab") as file:
                frames = asyncio.run(_capture(target, file, seconds))
    except BrokenPipeError:
        return  # who read it has seen enough
    except OSError as error:
        raise CollectorError(f"{out} cannot be written: {error.strerror}") from error
    print(f"{frames} frame(s) written to {out}", file=sys.stderr)


async def _pair(target: Target, seconds: int, *, json: bool) -> list[dict[str, Any]]:
    async with session(target) as service:
        before = await _joins(service)
        await service.permit_join(seconds)
        try:
            with Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=json),
            ) as progress:
                return await _wait_for_relays(service, before, seconds, progress)
        except asyncio.CancelledError:
            await service.permit_join(0)  # Ctrl-C: nobody else may join
            raise


async def _wait_for_relays(
    service: Session, before: dict[str, int], seconds: int, progress: Progress
) -> list[dict[str, Any]]:
    task = progress.add_task("The network is open for new relays", total=seconds)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    joined: dict[str, dict[str, Any]] = {}
    while (left := end - loop.time()) > 0:
        progress.update(task, completed=seconds - left)
        for relay in await service.relays():
            ieee = relay["ieee"]
            if relay["joins"] > before.get(ieee, 0) and ieee not in joined:
                joined[ieee] = relay
                progress.console.print(f"Joined: {relay['name']} ({ieee})")
        await asyncio.sleep(min(LOOK_SECONDS, left))
    progress.update(task, completed=seconds)
    return list(joined.values())


async def _joins(service: Session) -> dict[str, int]:
    return {relay["ieee"]: relay["joins"] for relay in await service.relays()}


async def _relays(target: Target) -> list[dict[str, Any]]:
    async with session(target) as service:
        loop = asyncio.get_running_loop()
        end = loop.time() + (
            FIRST_READS_SECONDS if isinstance(service, OwnService) else 0.0
        )
        while True:
            known = await service.relays()
            joined = [relay for relay in known if relay["energy"]]
            silent = [relay for relay in joined if relay["power_w"] is None]
            if not silent or loop.time() >= end:
                return known
            await asyncio.sleep(LOOK_SECONDS)


async def _capture(target: Target, file: BinaryIO, seconds: float | None) -> int:
    frames = 0
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def write(service: Session) -> None:
        nonlocal frames
        async with aclosing(service.frames()) as lines:
            async for line in lines:
                file.write(line)
                file.flush()
                frames += 1

    async with session(target) as service:
        writing = asyncio.create_task(write(service))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait(
            {writing, stopping}, timeout=seconds, return_when="FIRST_COMPLETED"
        )
        for task in (writing, stopping):
            if not task.done():
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return frames
