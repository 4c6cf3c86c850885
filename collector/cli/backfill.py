"""`collector backfill`: a recording into the database, with its own times."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress as Bar,
    TextColumn,
    TimeRemainingColumn,
)

from collector.app.backfill import Progress, deliver, lines_of
from collector.app.influx import server_of
from collector.cli.finding import find
from collector.cli.recording import Recording, words_of
from collector.clock import SystemClock
from collector.config.influx import Influx
from collector.config.schema import Config
from collector.config.settings import line_settings
from collector.model.errors import ConfigError
from collector.scheduler import cron_edge
from collector.sinks.influx_client import InfluxClient
from collector.sinks.points import Points
from collector.sinks.sender import Sender
from collector.sinks.spool_file import Line
from collector.state.folder import prepare_data_dir


def backfill(path: Path, config_file: Path | None) -> None:
    """Write the recording; ConfigError where there is no database or no recording."""
    config, source = find(config_file)
    if config.influxdb is None:
        raise ConfigError(
            str(source or "demo"), ["influxdb is missing: where are points to go?"]
        )
    # Read once to its end: a mistake in it is named before anything is written.
    points = sum(1 for _ in _lines(path, config, config.influxdb))
    prepare_data_dir(config.data_dir)
    asyncio.run(_write(path, config, config.influxdb, points))


async def _write(path: Path, config: Config, influx: Influx, points: int) -> None:
    server = server_of(influx)
    target = f"{server.url} {server.org} {server.bucket} {config.site}"
    progress = Progress.of(config.data_dir, path, target)
    if progress.delivered:
        print(f"{progress.delivered:,} of {points:,} points are there already.")
    client = InfluxClient(server)
    clock = SystemClock()
    with Bar(
        TextColumn("Points"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("", total=points, completed=progress.delivered)
        said = ""

        def step(delivered: int, sentence: str) -> None:
            nonlocal said
            bar.update(task, completed=delivered, description=sentence[:100])
            if bar.disable and sentence not in {"", said}:
                said = sentence
                print(f"Waiting: {sentence}", file=sys.stderr, flush=True)

        try:
            refused = await deliver(
                _lines(path, config, influx),
                Sender(client.post, clock),
                progress,
                clock,
                step=step,
            )
        finally:
            await client.close()
    for letter in refused[:20]:
        print(f"Refused: {letter.line}: {letter.error}", file=sys.stderr)
    print(
        f"{progress.delivered - len(refused):,} points written, {len(refused)} refused."
    )


def _lines(path: Path, config: Config, influx: Influx) -> Iterator[Line]:
    recording = Recording(path, words_of(config))
    settings = line_settings(config, cron_edge)
    return lines_of(recording, settings, Points(config.site, influx.tags))
