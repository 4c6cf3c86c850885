"""A recording as points of the database, with the times that it has; resumable."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from collector.decode.relay import decode
from collector.model.clock import Clock, Now
from collector.model.errors import DecodeError, TransientError
from collector.model.reading import Reading
from collector.model.settings import LineSettings, RelaySettings
from collector.model.status import RelayContext
from collector.pipeline.recording import RecordedFrame, RecordedSample
from collector.pipeline.relay import RelayRecord
from collector.sinks.dead_letters import DeadLetter
from collector.sinks.influx_answer import Fate
from collector.sinks.points import Points
from collector.sinks.sender import Sender
from collector.sinks.spool_file import Line

FOLDER: Final = "backfill"  # in data_dir: how far each file is
_HEAD_BYTES: Final = 65_536  # of a file, that tell it from another
_START_MONO: Final = 1_000.0  # s; the clock of the recording begins somewhere


def lines_of(
    entries: Iterable[RecordedFrame | RecordedSample],
    settings: LineSettings,
    points: Points,
) -> Iterator[Line]:
    """Yield the points of a recording, the same each time.

    Frames are decoded and calibrated as the line does it. The counter `energy_j` is left
    out: it belongs to the service's own count, and would fall back to 0 in between.
    """
    recorded = _Recorded(settings, points)
    for entry in entries:
        if isinstance(entry, RecordedFrame):
            yield from recorded.frame(entry)
        else:
            yield from recorded.sample(entry)
    yield from recorded.rest()


class _Recorded:
    """Turns entries into lines; samples of one moment become one point."""

    def __init__(self, settings: LineSettings, points: Points) -> None:
        self._settings = settings
        self._points = points
        self._records: dict[str, RelayRecord] = {}
        self._began: datetime | None = None
        self._at: tuple[str, datetime] | None = None  # of the samples that wait
        self._readings: list[Reading] = []

    def frame(self, entry: RecordedFrame) -> list[Line]:
        """Return the points of a raw frame; none where it cannot be decoded."""
        now, frame = self._now(entry.wall), entry.frame
        try:
            decoded = decode(frame)
        except DecodeError:
            return []
        record = self._record(frame.ieee)
        record.see(frame, now)
        calibrated = record.calibrator.process(
            decoded, now, register_frozen=record.energy.frozen
        )
        readings, _ = record.take(calibrated, now)
        return self._points.report(frame.ieee, readings, _beside(record))

    def sample(self, entry: RecordedSample) -> list[Line]:
        """Take a value; return the point of the moment before, if that is over."""
        done = [] if self._at == (entry.ieee, entry.wall) else self.rest()
        self._at = entry.ieee, entry.wall
        self._readings.append(
            Reading(
                ieee=entry.ieee,
                channel=entry.channel,
                quantity=entry.quantity,
                value=entry.value,
                at=entry.wall,
                mono=self._now(entry.wall).mono,
            )
        )
        return done

    def rest(self) -> list[Line]:
        """Return the point of the samples that wait."""
        readings, self._readings = self._readings, []
        if not readings:
            return []
        ieee = readings[0].ieee
        return self._points.report(ieee, readings, _beside(self._record(ieee)))

    def _now(self, wall: datetime) -> Now:
        self._began = self._began or wall
        return Now(_START_MONO + (wall - self._began).total_seconds(), wall)

    def _record(self, ieee: str) -> RelayRecord:
        if ieee not in self._records:
            known = self._settings.relays.get(ieee)
            settings = known or RelaySettings(ieee=ieee, name=ieee)
            self._records[ieee] = RelayRecord(settings, None)
        return self._records[ieee]


def _beside(record: RelayRecord) -> RelayContext:
    whole = record.context({})
    return RelayContext(
        name=whole.name,
        channel_names=whole.channel_names,
        firmware=whole.firmware,
        lqi=whole.lqi,
    )


@dataclass(slots=True)
class Progress:
    """How many points of a file the server has, kept over a stop."""

    path: Path
    delivered: int = 0

    @classmethod
    def of(cls, data_dir: Path, recording: Path, target: str) -> "Progress":
        """Return how far this file is with this target; TransientError: the disk."""
        try:
            with recording.open("rb") as file:
                head = file.read(_HEAD_BYTES)
            size = recording.stat().st_size
            mark = hashlib.sha256(f"{target}\0{size}\0".encode() + head).hexdigest()
            folder = data_dir / FOLDER
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise TransientError(f"{error.filename}: {error.strerror}") from error
        path = folder / f"{mark[:32]}.json"
        return cls(path, _delivered(path))

    def save(self) -> None:
        """Keep it; TransientError: the disk does not take it."""
        part = self.path.with_suffix(".part")
        try:
            part.write_text(json.dumps({"delivered": self.delivered}))
            part.replace(self.path)
        except OSError as error:
            raise TransientError(f"{self.path}: {error.strerror}") from error


def _delivered(path: Path) -> int:
    try:
        document: Any = json.loads(path.read_text())
        delivered = document["delivered"]
    except (OSError, ValueError, KeyError, TypeError):
        return 0  # from the beginning: what is there is written twice, which is once
    return delivered if type(delivered) is int and delivered >= 0 else 0


async def deliver(
    lines: Iterator[Line],
    sender: Sender,
    progress: Progress,
    clock: Clock,
    *,
    step: Callable[[int, str], None],
) -> list[DeadLetter]:
    """Send what the server has not got; return what it refuses.

    `step` is told the points that are there after each batch, and what is wrong while
    it waits. Ends when all are there; a server that is away is waited for.
    """
    refused: list[DeadLetter] = []
    count = 0
    batch: list[Line] = []
    for line in lines:
        count += 1
        if count <= progress.delivered:
            continue
        batch.append(line)
        if len(batch) == sender.batch_points:
            refused += await _send(batch, sender, clock, step, progress)
            batch = []
    if batch:
        refused += await _send(batch, sender, clock, step, progress)
    return refused


async def _send(
    batch: list[Line],
    sender: Sender,
    clock: Clock,
    step: Callable[[int, str], None],
    progress: Progress,
) -> list[DeadLetter]:
    body = "\n".join(line.text for line in batch).encode()
    while True:
        answer, dead = await sender.send(body)
        if answer.fate is not Fate.KEEP:
            break
        step(progress.delivered, answer.sentence)
        await clock.sleep(sender.wait(answer))
    progress.delivered += len(batch)
    progress.save()
    step(progress.delivered, "")
    return dead
