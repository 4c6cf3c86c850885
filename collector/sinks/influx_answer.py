"""What a database's answer to a write means for the points, whichever database it is.

InfluxDB 1.8, 2, 3 and VictoriaMetrics take `/api/v2/write`, and say different things with
the same status: InfluxDB 2 answers a line that it cannot parse with 400 and keeps nothing, a
type conflict with 422 and keeps the rest; 3 answers 400 and keeps the valid lines. So 400 and
422 say only that a line is bad; which one is found by asking again with fewer, which is
harmless: the same point written twice is one point.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

LONGEST_WAIT: Final = 300.0  # s; a server that asks for more is asked all the same
SHOWN: Final = 300  # characters of a server's words


class Fate(Enum):
    """What is to be done with the points of a request."""

    STORED = "stored"
    KEEP = "keep"  # and try again later
    HALVE = "halve"  # too much at once
    SPLIT = "split"  # at least one line is bad


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of one request."""

    fate: Fate
    status: int = 0  # of HTTP; 0: there was no answer
    sentence: str = ""  # for people: what is wrong, and what to do
    wait: float | None = None  # s, as the server asks
    denied: bool = False  # by the token: it is read again before the next try


def judged(status: int, headers: Mapping[str, str], text: str, now: float) -> Answer:
    """Return what an answer means; `now`: Unix time, s, for a Retry-After date."""
    if status == 204:
        return Answer(Fate.STORED, status)
    said = words_of(text)
    if status == 413:
        return Answer(Fate.HALVE, status, f"413, the request is too large: {said}")
    if status in {400, 422} and _of_a_database(text):
        return Answer(Fate.SPLIT, status, said)
    wait = _wait(headers, now)
    return Answer(
        Fate.KEEP,
        status,
        f"answered {status}{_meaning(status)}: {said}",
        wait=wait,
        denied=status in {401, 403},
    )


def words_of(text: str) -> str:
    """Return what a server says, on one line, fit for a log."""
    if _is_html(text):
        title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
        words = f"a web page, {title[1][:SHOWN]!r}" if title else "a web page"
        return f"{words[:SHOWN]}; no database answers so, look at influxdb.url"
    message = re.search(r'"(?:message|error)"\s*:\s*"((?:[^"\\]|\\.)*)"', text)
    said = message[1] if message else text
    words = " ".join("".join(max(c, " ") for c in said).split())
    cut = words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
    return cut.encode("utf-8", "backslashreplace").decode() or "no word of explanation"


_MEANINGS: Final = {
    401: " (the token is not accepted; look at influxdb.token_file)",
    403: " (the token may not write there; look at its permissions)",
    404: " (no such bucket or organisation, or no InfluxDB at this address)",
    408: " (the server has waited too long for the request)",
    429: " (too many requests)",
    503: " (the server is overloaded, or starting)",
}


def _meaning(status: int) -> str:
    if status < 400:
        return " instead of 204"
    return _MEANINGS.get(status, "")


def _of_a_database(text: str) -> bool:
    """Whether it is the word of a database on the lines, and not of what lies between."""
    return bool(text.strip()) and not _is_html(text)


def _is_html(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def _wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return what Retry-After says: seconds, or a date (RFC 9110, 10.2.3)."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            return _seconds(value.strip(), now)
    return None


def _seconds(value: str, now: float) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError, TypeError):
            return None  # no date, or one that no calendar has
    if seconds != seconds:  # noqa: PLR0124  # NaN
        return None
    return min(max(0.0, seconds), LONGEST_WAIT)
