"""What one frame of a relay brought."""

from collections.abc import Sequence
from typing import NamedTuple

from collector.model.clock import Now
from collector.model.reading import Reading


class Report(NamedTuple):
    """On its way from the line to a topic."""

    ieee: str
    readings: Sequence[Reading]
    lqi: int | None  # 0-255
    now: Now  # when the frame came
    on_off: bool  # it is a report of a contact, and no answer to a read
