"""Tables of samples, row by row."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from collector.config.relay import normal_ieee
from collector.pipeline.recorded_table import read_table
from collector.pipeline.recorded_words import Words
from collector.pipeline.recording import RecordedSample

BOILER = "00:15:8d:00:03:a0:00:00"
FLOOR = "00:15:8d:00:03:a0:00:01"
WORDS = Words(
    names={"boiler": BOILER, "cellar/floor": FLOOR},
    address=normal_ieee,
    zone=ZoneInfo("Europe/Berlin"),
)
HEADER = "time,relay,quantity,value"


def samples(*rows: str, header: str = HEADER) -> list[RecordedSample]:
    return list(read_table(lines(header, *rows), WORDS, "month.csv"))


def lines(*rows: str) -> Iterator[str]:
    return (f"{row}\n" for row in rows)
