"""A line with one relay, and the frames that reach it."""

import struct
from datetime import UTC, datetime, timedelta

from collector.model.clock import Now
from collector.model.frame import Frame
from collector.model.settings import LineSettings, RelaySettings
from collector.model.status import RelayStatus
from collector.pipeline.line import Pipeline
from tests.frames.vectors import vector

IEEE = "00:15:8d:00:03:a0:00:00"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KWH = 3.6e6


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, START + timedelta(seconds=seconds))


def recorded(name: str) -> Frame:
    found = vector(name)
    return Frame(
        IEEE, found["endpoint"], found["cluster"], bytes.fromhex(found["raw_hex"]), 110
    )


def power(watts: float, sequence: int = 1) -> Frame:
    data = bytes((0x18, sequence & 0xFF, 0x0A, 0x55, 0x00, 0x39))
    return Frame(IEEE, 1, 0x000C, data + struct.pack("<f", watts), 110)


def structure(
    kwh: float = 1.0, volts: float = 230.0, amperes: float = 1.0, watts: float = 200.0
) -> Frame:
    """A firmware-46 structure with the tags that matter here, and the stray byte."""
    tags = b"".join(
        (
            bytes.fromhex("0328200521200008212e126410016510009420"),
            bytes((50,)),
            b"\x95\x39" + struct.pack("<f", kwh),
            b"\x96\x39" + struct.pack("<f", volts * 10),
            b"\x97\x39" + struct.pack("<f", amperes),
            b"\x98\x39" + struct.pack("<f", watts),
        )
    )
    head = bytes.fromhex("1c5f11210a01ff42")
    return Frame(IEEE, 1, 0x0000, head + bytes((len(tags),)) + tags + b"\0", 110)


def line(**relay: object) -> Pipeline:
    pipeline = Pipeline(
        LineSettings(
            relays={IEEE: RelaySettings(ieee=IEEE, name="boiler", **relay)}  # type: ignore[arg-type]  # a table's values
        )
    )
    pipeline.relay_joined(IEEE, at(0))
    return pipeline


def status(pipeline: Pipeline, seconds: float) -> RelayStatus:
    (only,) = pipeline.statuses(at(seconds))
    return only


def keep(pipeline: Pipeline) -> None:
    pipeline.committed(pipeline.unsaved())


def total(pipeline: Pipeline, seconds: float = 0.0) -> float:
    keep(pipeline)
    energy = status(pipeline, seconds).energy
    assert energy is not None
    return energy.total_joules
