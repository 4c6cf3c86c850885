"""The coordinator's bytes, cut into MT frames before zigpy-znp makes objects of them.

Its frame layer costs more than our decoding: six objects and a rendering of the bytes
for a log line that nobody has asked for. So it gets only the frames that are not ours.
"""

import asyncio
from collections.abc import Callable
from typing import Any

# `FE length command(2) data FCS`: Z-Stack Monitor and Test API, "Frame format".
SOF = 0xFE
LONGEST = 250  # bytes of data
OVERHEAD = 5  # bytes of a frame beside its data
PATIENCE = 0.3  # s between the parts of one frame: 255 bytes take 22 ms at 115,200 baud


class FrameStream:
    """Finds the frames in a stream of bytes, whatever else is in it."""

    def __init__(
        self,
        offer: Callable[[bytes], bool],
        others: Callable[[bytes], None],
        clock: Callable[[], float],
    ) -> None:
        """`offer` gets each whole, valid frame; `others` the ones it returns False for.

        `clock` says the time in s: a frame that does not end in time never began.
        """
        self._offer = offer
        self._others = others
        self._clock = clock
        self._rest = b""  # the beginning of a frame
        self._rest_at = 0.0  # when it came

    def feed(self, data: bytes) -> None:
        """Take the next bytes, however they are cut."""
        now = self._clock()
        late = bool(self._rest) and now - self._rest_at > PATIENCE
        data = self._rest + data
        at, size = 0, len(data)
        if late:
            # Three bytes of noise can announce a frame of 255: what follows on a
            # quiet line are answers, and they must not wait for it to fill up.
            found = data.find(SOF, 1)
            at = size if found < 0 else found
        while size - at >= OVERHEAD:
            length = data[at + 1]
            end = at + OVERHEAD + length
            whole = data[at] == SOF and length <= LONGEST
            if whole and end > size:
                break
            if whole and fcs(data[at + 1 : end - 1]) == data[end - 1]:
                frame = data[at:end]
                at = end
                if not self._offer(frame):
                    self._others(frame)
                continue
            # Noise: the next frame begins at a later SOF, or in bytes to come.
            found = data.find(SOF, at + 1)
            at = size if found < 0 else found
        if at or not self._rest:
            self._rest_at = now
        self._rest = data[at:]


def divert(uart: Any, offer: Callable[[bytes], bool]) -> None:
    """Ask `offer` first, of all that comes to this ZnpMtProtocol from now on."""
    stream = FrameStream(offer, uart.data_received, asyncio.get_running_loop().time)
    uart.data_received = stream.feed
    begun = bytes(uart._buffer)  # noqa: SLF001  # of a frame that is still coming
    uart._buffer.clear()  # noqa: SLF001
    stream.feed(begun)


def fcs(body: bytes) -> int:
    """Return the XOR of all bytes, at most 256: length, command and data of a frame."""
    folded = int.from_bytes(body, "little")
    for bits in (1024, 512, 256, 128, 64, 32, 16, 8):
        folded ^= folded >> bits
    return folded & 0xFF
