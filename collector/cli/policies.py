"""`collector policy`: what the rules of a running service say, and a person's word."""

import asyncio
import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer

from collector.cli.errors import reported
from collector.cli.options import CaFile, ConfigFile, DataDir, Json, TokenFile, Url
from collector.cli.target import Target
from collector.model.policy import MOST_OVERRIDE_SECONDS

policy_app = typer.Typer(
    help="The policies of a running service, and of a recording.",
    no_args_is_help=True,
)


@policy_app.command("list")
def policy_list(
    config: ConfigFile = None,
    data_dir: DataDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    json: Json = False,
) -> None:
    """Show every rule, its state, and how far it is from acting."""
    with reported():
        target = Target(config, data_dir, url, token_file, ca_file)
        known = asyncio.run(_policies(target))
        if json:
            print(json_module.dumps(known, indent=2))
        else:
            _show(known)


@policy_app.command("reset")
def policy_reset(
    name: Annotated[str, typer.Argument(help="The policy's name.")],
    config: ConfigFile = None,
    data_dir: DataDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
) -> None:
    """Clear a rule's latch and its count of restores; nothing is switched."""
    with reported():
        target = Target(config, data_dir, url, token_file, ca_file)
        asyncio.run(_reset(target, name))
        print(f"Policy {name!r} is reset; nothing was switched.")


@policy_app.command("replay")
def policy_replay(
    file: Annotated[
        Path,
        typer.Argument(help="A capture, or a CSV file time,relay,quantity,value."),
    ],
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Show what the rules would have done to a recorded series; nothing is switched."""
    from collector.cli.replay import replay  # noqa: PLC0415

    with reported():
        replay(file, config, json=json)


@policy_app.command("override")
def policy_override(  # noqa: PLR0913, PLR0917  # one argument an option
    relay: Annotated[str, typer.Argument(help="The relay's name or IEEE address.")],
    seconds: Annotated[
        float,
        typer.Option(
            min=0,
            max=MOST_OVERRIDE_SECONDS,
            help="How long, 7 days at most; 0 ends it.",
        ),
    ] = 3600.0,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
) -> None:
    """Suspend the economy rules of a relay; protection goes on."""
    with reported():
        target = Target(config, data_dir, url, token_file, ca_file)
        asyncio.run(_override(target, relay, seconds))
        print(
            f"Economy rules of {relay!r} are suspended for {seconds:g} s."
            if seconds
            else f"Economy rules of {relay!r} act again."
        )


# The client and its libraries are loaded for these commands only.


async def _policies(target: Target) -> list[dict[str, Any]]:
    from collector.cli.reaching import running_service  # noqa: PLC0415

    async with running_service(target) as service:
        return await service.policies()


async def _reset(target: Target, name: str) -> None:
    from collector.cli.reaching import running_service  # noqa: PLC0415

    async with running_service(target) as service:
        await service.reset_policy(name)


async def _override(target: Target, relay: str, seconds: float) -> None:
    from collector.cli.reaching import running_service  # noqa: PLC0415

    async with running_service(target) as service:
        await service.override(relay, seconds)


def _show(policies: list[dict[str, Any]]) -> None:
    from collector.cli.policy_table import policy_table  # noqa: PLC0415
    from collector.cli.table import show  # noqa: PLC0415

    show(policy_table(policies))
