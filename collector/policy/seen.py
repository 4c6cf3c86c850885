"""What the engine is told of a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

from collector.model.frame import ChangeOrigin
from collector.model.reading import Reading, Rejection


@dataclass(slots=True, kw_only=True)  # frozen ones take three times as long to make
class Seen:
    """What one frame of a relay brought."""

    ieee: str
    readings: Sequence[Reading] = ()
    rejected: Sequence[Rejection] = ()
    origin: ChangeOrigin | None = None  # of an OnOff report
    response: bool = False  # the answer to a read
    energy_joules: float | None = None  # the growing counter of the whole relay
