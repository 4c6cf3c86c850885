"""Files of recordings: captures and tables, compressed or not."""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from collector.config.relay import normal_ieee
from collector.config.schema import Config
from collector.model.errors import ConfigError
from collector.pipeline.recorded_table import read_table
from collector.pipeline.recorded_words import Words
from collector.pipeline.recording import Captured, RecordedFrame, RecordedSample

_GZIP: Final = b"\x1f\x8b"


def words_of(config: Config) -> Words:
    """Return what the words of a table mean by a configuration."""
    names = {relay.shown_name: relay.ieee for relay in config.relays}
    return Words(names=names, address=normal_ieee, zone=config.zone)


@dataclass(slots=True)
class Recording:
    """A file of `collector capture`, or a table; what it is, its first character says."""

    path: Path
    words: Words
    lost: int = field(default=0, init=False)  # frames that a capture missed, as read

    def __iter__(self) -> Iterator[RecordedFrame | RecordedSample]:
        """Yield everything in order of time; ConfigError where it cannot be read."""
        try:
            with self.path.open("rb") as file:
                yield from self._read(file)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise ConfigError(
                str(self.path), ["the compressed file is damaged, or cut off"]
            ) from None
        except OSError as error:
            raise ConfigError(
                str(self.path), [f"cannot be read: {error.strerror or error}"]
            ) from None

    def _read(
        self, file: io.BufferedReader
    ) -> Iterator[RecordedFrame | RecordedSample]:
        packed = file.peek(len(_GZIP)).startswith(_GZIP)
        content = io.BufferedReader(gzip.GzipFile(fileobj=file)) if packed else file
        table = not content.peek(1).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        with io.TextIOWrapper(
            content, encoding="utf-8-sig", errors="surrogateescape", newline=""
        ) as lines:
            if table:
                yield from read_table(lines, self.words, str(self.path))
            else:
                yield from self._captured(Captured(lines, str(self.path)))

    def _captured(self, captured: Captured) -> Iterator[RecordedFrame]:
        for frame in captured:
            self.lost = captured.lost
            yield frame
        self.lost = captured.lost
