"""`collector` that notes each line of its spool before and after it is on disk.

    python -m tests.servers.influx_noted NOTES run --config FILE

NOTES.tried has the lines that a commit was begun with, NOTES.acked those whose commit
returned. Waits and time-outs are shorter, so that more happens in a minute.
"""

import os
import sys
from collections.abc import Collection, Sequence
from typing import Any

from collector.cli import main
from collector.sinks import influx, sender
from collector.sinks.influx_client import InfluxClient
from collector.sinks.spool import Spool
from collector.sinks.spool_file import Line

WINDOW_SECONDS = 1.0
LAST_WAIT = 3.0
REQUEST_SECONDS = 4.0


def note(path: str) -> None:
    """Replace Spool.commit by one that writes two files."""
    commit = Spool.commit
    tried, acked = (
        os.open(path + end, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for end in (".tried", ".acked")
    )

    def noted(
        self: Spool,
        lines: Sequence[Line] = (),
        done: Collection[int] = (),
        dead: Sequence[Any] = (),
    ) -> int:
        text = "".join(line.text + "\n" for line in lines).encode()
        os.write(tried, text)
        dropped = commit(self, lines, done, dead)
        os.write(acked, text)
        return dropped

    Spool.commit = noted  # type: ignore[method-assign]  # the point of this module


if __name__ == "__main__":
    note(sys.argv.pop(1))
    influx.WINDOW_SECONDS = WINDOW_SECONDS  # type: ignore[misc]
    sender.LAST_WAIT = LAST_WAIT  # type: ignore[misc]
    assert InfluxClient.__init__.__kwdefaults__ is not None
    InfluxClient.__init__.__kwdefaults__["request_seconds"] = REQUEST_SECONDS
    main()
