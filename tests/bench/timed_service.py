"""`collector` with a stamp on every frame that the line has handled.

    python -m tests.bench.timed_service STAMPS run --config FILE

At the end STAMPS holds (ns, relay's address, ZCL frame, ns of its arrival) of each;
from the first moment on the value is in the status that a scrape shows.
"""

import pickle
import sys
import time
from pathlib import Path

from collector.app.line import Line
from collector.cli import main
from collector.model.clock import Now
from collector.model.frame import Frame

Stamp = tuple[int, str, bytes, int]


def run(stamps: Path) -> None:
    """Run the command line with the stamps; write them when it ends."""
    kept: list[Stamp] = []
    handle = Line._handle

    def stamped(self: Line, frame: Frame, now: Now) -> None:
        handle(self, frame, now)
        at = time.monotonic_ns()
        kept.append((at, frame.ieee, frame.data, int(now.mono * 1e9)))

    Line._handle = stamped  # type: ignore[method-assign]  # the point of this module
    try:
        main()
    finally:
        stamps.write_bytes(pickle.dumps(kept))


if __name__ == "__main__":
    run(Path(sys.argv.pop(1)))
