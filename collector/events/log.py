"""Where log lines go and how they look."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from collector.events.repetition import tenfold


def setup_logging(
    level: str, *, json_format: bool, stream: TextIO | None = None
) -> None:
    """Send the log to `stream` (default stderr); replaces what was set up before.

    `level` is debug, info, warning or error, and ours alone: libraries speak from
    WARNING on, whatever it is. The DEBUG of zigpy, its database and its serial port
    writes network keys.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_rare)
    handler.setFormatter(_JsonFormatter() if json_format else _TextFormatter(_TEXT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("collector").setLevel(level.upper())


def _rare(record: logging.LogRecord) -> bool:
    """Let a library say the same thing at the 1st, 10th, 100th … time only.

    What a stranger sends, or a client, must not fill the disk.
    """
    if record.name.split(".")[0] == "collector":
        return True
    what = f"{record.name} {record.levelname} {str(record.msg)[:80]}"
    return tenfold("library", what) > 0


_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _TextFormatter(logging.Formatter):
    """UTC to the millisecond, whatever the time zone of the host."""

    def formatTime(  # noqa: N802 - the name that logging calls
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002 - part of the signature
    ) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _JsonFormatter(_TextFormatter):
    """One JSON object a line, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
