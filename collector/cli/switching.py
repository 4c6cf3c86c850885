"""`collector switch`: a person's command through the running service."""

import asyncio
import json as json_module
import sys
from typing import Any

import typer

from collector.cli.errors import FAILED
from collector.cli.reaching import running_service
from collector.cli.target import Target
from collector.model.command import Action, CommandOutcome


def switch(
    target: Target, name: str, channel: str, action: Action, *, json: bool
) -> None:
    """Move a contact and say how that ended; exit 1 where it is not confirmed."""
    result = asyncio.run(_switch(target, name, channel, action))
    confirmed = result["outcome"] == CommandOutcome.CONFIRMED
    if json:
        print(json_module.dumps(result))
    elif confirmed:
        state = "on" if result["on"] else "off"
        print(
            f"{name} {channel} is {state}, confirmed after {_time(result['seconds'])} "
            f"({result['attempts']} attempt(s))."
        )
    else:
        print(f"{result['outcome'].capitalize()}: {result['error']}", file=sys.stderr)
    if not confirmed:
        raise typer.Exit(FAILED)


async def _switch(
    target: Target, name: str, channel: str, action: Action
) -> dict[str, Any]:
    async with running_service(target) as service:
        return await service.switch(name, channel, action)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
