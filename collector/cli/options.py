"""The options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The YAML file; default ./collector.yaml, /etc/collector/collector.yaml.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="data_dir of the running service, instead of --config."),
]
Url = Annotated[
    str | None,
    typer.Option(help="The API of a running service, instead of its socket."),
]
TokenFile = Annotated[
    Path | None, typer.Option(help="File with the token for --url, mode 0600.")
]
CaFile = Annotated[
    Path | None,
    typer.Option(help="PEM file of the authority that --url's certificate is from."),
]
Json = Annotated[bool, typer.Option("--json", help="For programs: JSON, no colours.")]
