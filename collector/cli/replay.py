"""`collector policy replay`: what the rules would have done to a recorded series."""

import json as json_module
import sys
from collections.abc import Iterable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from collector.cli.finding import find
from collector.cli.recording import Recording, words_of
from collector.cli.table import JOULES_PER_KWH, show
from collector.config.schema import Config
from collector.config.settings import line_settings
from collector.model.decision import EventKind, PolicyEvent
from collector.model.decision_json import event_json
from collector.pipeline.recording import RecordedFrame, RecordedSample
from collector.pipeline.replay import Replay
from collector.pipeline.replay_report import OffTime, Report
from collector.scheduler import cron_edge

_LOOK_EVERY: Final = 5_000  # samples between two looks at the progress


def replay(path: Path, config_file: Path | None, *, json: bool) -> None:
    """Print what would have been switched, when, for how long, and the energy saved."""
    config, _ = find(config_file)
    recording = Recording(path, words_of(config))
    report = _run(recording, Replay(line_settings(config, cron_edge)), quiet=json)
    if recording.lost:
        print(
            f"{path}: the capture itself missed {recording.lost} frame(s)",
            file=sys.stderr,
        )
    names = {relay.ieee: relay.shown_name for relay in config.relays}
    if json:
        print(json_module.dumps(_document(report, names), indent=2))
    else:
        _print(report, names, config)


def _run(
    entries: Iterable[RecordedFrame | RecordedSample], engine: Replay, *, quiet: bool
) -> Report:
    """Feed every entry; a line says how far it is, where a person looks."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("Replaying", total=None)
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, RecordedFrame):
                engine.frame(entry.wall, entry.frame)
            else:
                wall, ieee, quantity, channel, value = entry
                engine.sample(wall, ieee, quantity, channel, value)
            if number % _LOOK_EVERY == 0:
                progress.update(
                    task, description=f"{number:,} samples, {entry.wall:%Y-%m-%d}"
                )
    return engine.finish()


def _document(report: Report, names: dict[str, str]) -> dict[str, Any]:
    return {
        "samples": report.samples,
        "first": _iso(report.first),
        "last": _iso(report.last),
        "off": [
            {
                "relay": names.get(off.ieee, off.ieee),
                "ieee": off.ieee,
                "channel": off.channel,
                "rule": off.rule,
                "start": _iso(off.start),
                "end": _iso(off.end),
                "seconds": _seconds(off, report.last),
                "energy_kept_off_j": off.joules,
            }
            for off in report.off
        ],
        "events": [
            event_json(event, names.get(event.ieee, event.ieee))
            for event in report.events
        ],
    }


def _print(report: Report, names: dict[str, str], config: Config) -> None:
    if report.first is None or report.last is None:
        print("There is nothing in it.")
        return
    zone = config.zone
    print(
        f"{report.samples:,} samples from {_local(report.first, zone)} "
        f"to {_local(report.last, zone)}"
    )
    if report.off:
        show(_off_table(report, names, zone))
    else:
        print("Nothing would have been switched off.")
    joules = sum(off.joules for off in report.off)
    would = [each for each in report.events if each.outcome is not None and _dry(each)]
    alarms = [each for each in report.events if each.kind is EventKind.ALARM]
    print(
        f"Switched off {len(report.off)} time(s), {joules / JOULES_PER_KWH:.3f} kWh "
        f"kept off; {len(would)} decision(s) of rules in dry run; "
        f"{len(alarms)} alarm(s)"
    )
    for event in alarms:
        name = names.get(event.ieee, event.ieee)
        print(f"  {_local(event.at, zone)} {name} {event.rule or '-'}: {event.reason}")


def _off_table(report: Report, names: dict[str, str], zone: tzinfo) -> Table:
    table = Table()
    for title in ("relay", "channel", "rule", "off at", "on again"):
        table.add_column(title, overflow="fold")
    for title in ("off for", "kept off"):
        table.add_column(title, justify="right", no_wrap=True)
    for off in report.off:
        table.add_row(
            names.get(off.ieee, off.ieee),
            off.channel,
            off.rule,
            _local(off.start, zone),
            _local(off.end, zone) if off.end else "-",
            _duration(_seconds(off, report.last)),
            f"{off.joules / JOULES_PER_KWH:.3f} kWh",
        )
    return table


def _dry(event: PolicyEvent) -> bool:
    return event.kind is EventKind.DECISION and event.mode != "enforce"


def _seconds(off: OffTime, last: datetime | None) -> float:
    end = off.end or last or off.start
    return max(0.0, (end - off.start).total_seconds())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _local(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds")
