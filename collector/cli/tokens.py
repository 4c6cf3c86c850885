"""`collector token`: who may use the API of a service."""

import json as json_module
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.cli.errors import reported
from collector.cli.options import ConfigFile, Json
from collector.model.errors import ConfigError
from collector.web.tokens import Scope

token_app = typer.Typer(help="Make and revoke tokens of the API.", no_args_is_help=True)

TokensFile = Annotated[
    Path | None,
    typer.Option(help="The tokens file, instead of the one that --config names."),
]


@token_app.command("create")
def token_create(
    name: Annotated[str, typer.Option(help="What you call it, such as homeassistant.")],
    scope: Annotated[Scope, typer.Option(help="read: look; write: switch too.")],
    config: ConfigFile = None,
    file: TokensFile = None,
    json: Json = False,
) -> None:
    """Make a token and print it; it is shown this once."""
    from collector.web.token_file import add_token  # noqa: PLC0415

    with reported():
        path = _path(config, file)
        entry, token = add_token(path, name, scope, datetime.now(UTC))
        if json:
            told = {"id": entry.id, "name": entry.name, "scope": entry.scope.value}
            told |= {"created": entry.created, "token": token}
            print(json_module.dumps(told))
            return
        print(token)
        print(
            f"Token {entry.id} ({entry.scope}) is in {path}; it is shown this once.",
            file=sys.stderr,
        )


@token_app.command("list")
def token_list(
    config: ConfigFile = None, file: TokensFile = None, json: Json = False
) -> None:
    """Show who holds tokens; the tokens themselves are kept nowhere."""
    from collector.web.token_file import load_tokens  # noqa: PLC0415

    with reported():
        path = _path(config, file)
        known = [
            {
                "id": token.id,
                "name": token.name,
                "scope": token.scope.value,
                "created": token.created,
            }
            for token in load_tokens(path)
        ]
    if json:
        print(json_module.dumps(known, indent=2))
    else:
        _show(known)


@token_app.command("revoke")
def token_revoke(
    ident: Annotated[
        str, typer.Argument(metavar="ID", help="As `collector token list` shows it.")
    ],
    config: ConfigFile = None,
    file: TokensFile = None,
) -> None:
    """End a token; a running service refuses it within seconds."""
    from collector.web.token_file import remove_token  # noqa: PLC0415

    with reported():
        entry = remove_token(_path(config, file), ident)
        print(f"Token {entry.id} of {entry.name!r} is revoked.")


def _path(config: Path | None, file: Path | None) -> Path:
    if file is not None:
        if config is not None:
            raise ConfigError("collector token", ["--file takes no --config"])
        return file
    from collector.cli.finding import find  # noqa: PLC0415

    found, source = find(config)
    if found.web.api_tokens_file is None:
        sentence = (
            "web.api_tokens_file: is not there; add the path of a file to be made, "
            "such as tokens.yml, or name one with --file"
        )
        raise ConfigError(str(source), [sentence])
    return found.web.api_tokens_file


def _show(tokens: list[dict[str, str]]) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from collector.cli.table import show  # noqa: PLC0415

    table = Table()
    for title in ("id", "name", "scope", "created"):
        table.add_column(title, no_wrap=title != "name", overflow="fold")
    for token in tokens:
        table.add_row(*(Text(token[key]) for key in ("id", "name", "scope", "created")))
    show(table)
