"""Moments as a person or a program writes them in a table."""

from datetime import UTC, datetime, tzinfo
from typing import Final

from collector.pipeline.recording import shown

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


class Moments:
    """Turns text into Unix time; remembers the moment before."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._before = 0.0

    def seconds(self, text: str) -> float:
        """Return the Unix time, s; ValueError with a sentence where it is none.

        ISO 8601, or Unix seconds. Without a zone it is local time; of the hour that
        comes twice in autumn it is the second once time would fall in the first.
        """
        seconds = self._iso(text) if _is_iso(text) else _number(text)
        if not _EARLIEST <= seconds < _LATEST:
            raise ValueError(
                f"time {shown(text)} is not in the years 2000 to 2099; Unix time is in "
                "seconds"
            )
        self._before = seconds
        return seconds

    def _iso(self, text: str) -> float:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise _wrong(text) from None
        if moment.tzinfo is not None:
            return moment.timestamp()
        local = moment.replace(tzinfo=self._zone)
        seconds = local.timestamp()
        if seconds < self._before:
            return max(seconds, local.replace(fold=1).timestamp())
        return seconds


def _is_iso(text: str) -> bool:
    """Digits alone are Unix time: 1712121212345 would be read as a day of 1712."""
    return text[4:5] == "-" or text[8:9] == "T"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _wrong(text) from None


def _wrong(text: str) -> ValueError:
    return ValueError(
        f"time {shown(text)} is none; write 2026-03-01T12:00:00+01:00, "
        "2026-03-01 12:00:00 for local time, or Unix seconds"
    )
