"""The only place that prints or exits: the command `collector`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from collector import __version__
from collector.cli.errors import reported
from collector.cli.options import CaFile, ConfigFile, DataDir, Json, TokenFile, Url
from collector.cli.policies import policy_app
from collector.cli.spool import spool_app
from collector.cli.target import Target
from collector.cli.tokens import token_app
from collector.model.command import Action

app = typer.Typer(
    help="Trustworthy energy telemetry from Aqara LLKZMK11LM Zigbee relays.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="Check the configuration.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(policy_app, name="policy")
app.add_typer(spool_app, name="spool")
app.add_typer(token_app, name="token")

Demo = Annotated[
    bool, typer.Option("--demo", help="The simulator with three relays in ./demo-data.")
]


def main() -> None:
    """Run the command line; exit 0 done, 1 failed, 2 wrong configuration or usage."""
    app(prog_name="collector")


def _version(value: bool) -> None:
    if value:
        typer.echo(f"collector {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options of every command."""


@app.command()
def run(config: ConfigFile = None, demo: Demo = False) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    from collector.cli.run import serve  # noqa: PLC0415  # only what is used is loaded

    with reported():
        serve(config, demo=demo)


@config_app.command("check")
def config_check(
    file: Annotated[Path | None, typer.Argument(help="The YAML file.")] = None,
    config: ConfigFile = None,
) -> None:
    """Check a file; every problem is named at once."""
    from collector.cli.checking import check  # noqa: PLC0415

    with reported():
        check(file or config)


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of the file; editors complete with it."""
    from collector.cli.checking import schema  # noqa: PLC0415

    schema()


@app.command()
def simulate(  # noqa: PLR0913, PLR0917  # one argument an option
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1; 0: any.")
    ] = 6638,
    relays: Annotated[int, typer.Option(min=1, max=250, help="How many relays.")] = 3,
    firmware: Annotated[
        list[int] | None, typer.Option(help="36, 46 or 47; repeat to mix.")
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="A shipped name, or a YAML file.")
    ] = "household",
    seed: Annotated[int, typer.Option(help="Same seed, same loads.")] = 1,
    speed: Annotated[
        float, typer.Option(min=0.001, max=10_000, help="Simulated seconds a second.")
    ] = 1.0,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where network and meters are kept.")
    ] = None,
) -> None:
    """Be a Zigbee coordinator with relays, for any ZNP host."""
    from collector.cli.simulate import simulate as run_simulator  # noqa: PLC0415

    options: dict[str, Any] = {
        "port": port,
        "relays": relays,
        "firmware": tuple(firmware or (36, 46, 47)),
        "scenario": scenario,
        "seed": seed,
    }
    with reported():
        run_simulator(options, speed, data_dir)


@app.command()
def pair(  # noqa: PLR0913, PLR0917  # one argument an option
    seconds: Annotated[int, typer.Option(min=1, max=254, help="How long.")] = 120,
    config: ConfigFile = None,
    data_dir: DataDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    json: Json = False,
) -> None:
    """Let new relays join; hold the relay's button for five seconds."""
    from collector.cli.network import pair as pair_relays  # noqa: PLC0415

    with reported():
        target = Target(config, data_dir, url, token_file, ca_file)
        pair_relays(target, seconds=seconds, json=json)


@app.command()
def relays(  # one argument an option
    config: ConfigFile = None,
    data_dir: DataDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    json: Json = False,
) -> None:
    """Show what is known of every relay."""
    from collector.cli.network import show_relays  # noqa: PLC0415

    with reported():
        target = Target(config, data_dir, url, token_file, ca_file)
        show_relays(target, json=json)


@app.command()
def switch(  # noqa: PLR0913, PLR0917  # one argument an option
    name: Annotated[str, typer.Argument(help="The relay's name or IEEE address.")],
    channel: Annotated[Literal["l1", "l2"], typer.Argument(metavar="l1|l2")],
    state: Annotated[Action, typer.Argument(metavar="on|off|toggle")],
    config: ConfigFile = None,
    data_dir: DataDir = None,
    url: Url = None,
    token_file: TokenFile = None,
    ca_file: CaFile = None,
    json: Json = False,
) -> None:
    """Move a contact through the running service; exit 0 once that is confirmed."""
    from collector.cli.switching import switch as switch_channel  # noqa: PLC0415

    with reported():
        target = Target(config, data_dir, url, token_file, ca_file)
        switch_channel(target, name, channel, state, json=json)


@app.command()
def rules(
    config: ConfigFile = None,
    runbook_url: Annotated[
        str,
        typer.Option(
            help="Page that has a section for each alert; #NAME is added to it."
        ),
    ] = "deploy/runbook.md",
) -> None:
    """Print Prometheus alerting rules with the limits of the configuration."""
    from collector.cli.rules import print_rules  # noqa: PLC0415

    with reported():
        print_rules(config, runbook_url=runbook_url)


@app.command()
def capture(
    out: Annotated[Path, typer.Option(help="File to write; - for standard output.")],
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Stop after so long.")
    ] = None,
    config: ConfigFile = None,
    data_dir: DataDir = None,
) -> None:
    """Write raw frames as JSON lines, until Ctrl-C."""
    from collector.cli.network import capture as capture_frames  # noqa: PLC0415

    with reported():
        capture_frames(Target(config, data_dir), out=out, seconds=seconds)


@app.command()
def backfill(
    file: Annotated[
        Path,
        typer.Option(
            "--from", help="A capture, or a CSV file time,relay,quantity,value."
        ),
    ],
    config: ConfigFile = None,
) -> None:
    """Write a recorded series into the database; run it again where it stopped."""
    from collector.cli.backfill import backfill as fill  # noqa: PLC0415

    with reported():
        fill(file, config)
