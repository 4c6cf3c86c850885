"""Framing of TI's Monitor and Test protocol: `FE len cmd0 cmd1 data FCS`.

Source: Z-Stack Monitor and Test API guide, "Frame format".
"""

from collections.abc import Iterator
from functools import reduce
from operator import xor

SOF = 0xFE
LONGEST = 250  # data bytes in one frame


def checksum(body: bytes | bytearray) -> int:
    """Return the FCS: the XOR of length, command and data."""
    return reduce(xor, body, 0)


def frame(command: int, data: bytes = b"") -> bytes:
    """Return the frame of `command` (cmd0 << 8 | cmd1); at most 250 data bytes."""
    if len(data) > LONGEST:
        raise ValueError(f"an MT frame holds {LONGEST} bytes, not {len(data)}")
    body = bytes((len(data), command >> 8, command & 0xFF)) + data
    return b"\xfe" + body + bytes((checksum(body),))


class Deframer:
    """Finds the frames in a stream of bytes; anything else is skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Add `data` and yield every whole frame as (command, data)."""
        self._buffer += data
        while self._align():
            length = self._buffer[1]
            if len(self._buffer) < length + 5:
                return
            body = bytes(self._buffer[1 : length + 4])
            if checksum(body) != self._buffer[length + 4]:
                del self._buffer[0]  # not a frame: look for the next start
                continue
            del self._buffer[: length + 5]
            yield body[1] << 8 | body[2], body[3:]

    def _align(self) -> bool:
        """Drop what cannot start a frame; False: more bytes are needed."""
        while True:
            start = self._buffer.find(SOF)
            if start < 0:
                self._buffer.clear()
                return False
            del self._buffer[:start]
            if len(self._buffer) < 5:
                return False
            if self._buffer[1] <= LONGEST:
                return True
            del self._buffer[0]
