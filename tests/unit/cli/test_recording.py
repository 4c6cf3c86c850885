"""Recordings as files: whatever is on the disk gives samples, frames or a sentence."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.cli.recording import Recording, words_of
from collector.config.load import parse_config
from collector.model.errors import ConfigError
from collector.model.frame import Frame
from collector.model.quantity import Quantity
from collector.pipeline.recorded_words import Words
from collector.pipeline.recording import RecordedFrame, RecordedSample
from collector.web.frames import frame_line

BOILER = "00:15:8d:00:03:a0:00:00"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLE = b"time,relay,quantity,value\n1772366400,W\xc3\xa4rme,power,2200\n"
SAMPLE = RecordedSample(NOON, BOILER, Quantity.POWER, None, 2200.0)
FRAME = RecordedFrame(NOON, Frame(BOILER, 1, 12, b"\x18\x01\x0a", 132))
CAPTURE = frame_line(FRAME.frame, NOON)


@pytest.fixture
def words() -> Words:
    text = f'timezone: Asia/Tokyo\nrelays:\n  - {{ieee: "{BOILER}", name: Wärme}}\n'
    return words_of(parse_config(text, source="test", folder=Path()))


def recording(folder: Path, words: Words, content: bytes) -> Recording:
    path = folder / "recording"
    path.write_bytes(content)
    return Recording(path, words)


def problems(read: Recording) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        list(read)
    assert refused.value.source == str(read.path)
    return refused.value.problems


def test_the_words_are_those_of_the_configuration(words: Words) -> None:
    assert words.names == {"Wärme": BOILER}
    assert words.zone == ZoneInfo("Asia/Tokyo")
    assert words.address("0x00158D0003A00000") == BOILER


@pytest.mark.parametrize("content", [TABLE, b"\xef\xbb\xbf" + TABLE, b"\r\n" + TABLE])
def test_a_table_is_read(tmp_path: Path, words: Words, content: bytes) -> None:
    assert list(recording(tmp_path, words, content)) == [SAMPLE]
    assert list(recording(tmp_path, words, gzip.compress(content))) == [SAMPLE]
    dos = content.replace(b"\n", b"\r\n")
    assert list(recording(tmp_path, words, dos)) == [SAMPLE]


def test_a_capture_is_read(tmp_path: Path, words: Words) -> None:
    content = CAPTURE + b'{"dropped": 3}\n' + CAPTURE + b'{"dropped": 2}\n'
    for each in (content, gzip.compress(content), b"\n" + content):
        read = recording(tmp_path, words, each)
        assert list(read) == [FRAME, FRAME]
        assert read.lost == 5


def test_what_was_lost_is_known_as_far_as_was_read(
    tmp_path: Path, words: Words
) -> None:
    read = recording(tmp_path, words, CAPTURE + b'{"dropped": 3}\n' + CAPTURE)
    assert [read.lost for _ in read] == [0, 3]


def test_a_recording_can_be_read_twice(tmp_path: Path, words: Words) -> None:
    read = recording(tmp_path, words, CAPTURE + b'{"dropped": 3}\n')
    assert [list(read), list(read)] == [[FRAME], [FRAME]]
    assert read.lost == 3


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            b"",
            (
                "line 1: there is nothing in it; it is to begin with "
                "time,relay,quantity,value"
            ),
        ),
        (
            gzip.compress(b""),
            (
                "line 1: there is nothing in it; it is to begin with "
                "time,relay,quantity,value"
            ),
        ),
        (
            TABLE.decode().encode("utf-16"),
            "line 1: not UTF-8 text; save the file as UTF-8",
        ),
        (
            TABLE.decode().encode("latin-1"),
            "line 2: not UTF-8 text; save the file as UTF-8",
        ),
        (
            b"{}\n",
            (
                "line 1: `at` is to be a time with its zone, such as "
                '2026-03-01T12:00:00+00:00, got "None"'
            ),
        ),
        (
            b"\x7fELF\0\0\0" * 9,
            (
                "line 1: expected the header time,relay,quantity,value, got "
                '"\\u007fELF\\u0000\\u0000\\u0000…'
            ),
        ),
    ],
)
def test_what_is_no_recording_is_told(
    tmp_path: Path, words: Words, content: bytes, problem: str
) -> None:
    (only,) = problems(recording(tmp_path, words, content))
    assert only.startswith(problem[:60])


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:10] + b"\xff" * 40 + packed[50:],  # no block of deflate
        lambda packed: packed[:-8] + bytes(8),  # another checksum
        lambda packed: packed[:2],
    ],
)
def test_a_damaged_compressed_file_is_told(
    tmp_path: Path, words: Words, damage: Callable[[bytes], bytes]
) -> None:
    packed = gzip.compress(TABLE + TABLE.splitlines(keepends=True)[1] * 100)
    assert problems(recording(tmp_path, words, damage(packed))) == [
        "the compressed file is damaged, or cut off"
    ]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, words: Words) -> None:
    assert problems(Recording(tmp_path / "none", words)) == [
        "cannot be read: No such file or directory"
    ]
    assert problems(Recording(tmp_path, words)) == ["cannot be read: Is a directory"]


def test_a_reader_that_stops_early_leaves_no_file_open(
    tmp_path: Path, words: Words
) -> None:
    """A file left open is a ResourceWarning, and so a failure."""
    for content in (CAPTURE * 3, gzip.compress(CAPTURE * 3), TABLE):
        reading = iter(recording(tmp_path, words, content))
        next(reading)
        del reading


def test_a_day_of_twenty_relays_is_read_whole(tmp_path: Path, words: Words) -> None:
    names = {
        f"relay{index}": f"00:15:8d:00:03:a0:01:{index:02x}" for index in range(20)
    }
    path = tmp_path / "day.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("time,relay,quantity,value\n")
        for minute in range(1440):
            at = (NOON + timedelta(minutes=minute)).isoformat()
            file.writelines(f"{at},{name},power,{minute}\n" for name in names)
    read = list(Recording(path, Words(names=names, address=words.address, zone=UTC)))
    assert len(read) == 28_800
    assert read == sorted(read, key=lambda each: each.wall)
    assert sum(each.value for each in read if isinstance(each, RecordedSample)) == (
        20 * sum(range(1440))
    )
