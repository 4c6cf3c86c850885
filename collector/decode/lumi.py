"""The Xiaomi structure inside attributes 0xFF01 and 0x00F7: tag, ZCL type, value."""

from typing import Final

from collector.decode.zcl import FIXED, Value

BASIC_ATTRIBUTE: Final = 0xFF01  # cluster 0x0000, declared as a character string
LUMI_ATTRIBUTE: Final = 0x00F7  # cluster 0xFCC0, declared as an octet string


def walk(raw: bytes) -> tuple[list[tuple[int, Value]], bool]:
    """Return the (tag, value) pairs in order, and whether the walk reached the end.

    Total: an item that is cut short, or of a type without a fixed size, ends the
    walk (nothing behind it can be located) and everything before it is kept.
    """
    pairs: list[tuple[int, Value]] = []
    offset = 0
    end = len(raw)
    while offset + 2 <= end:
        fixed = FIXED.get(raw[offset + 1])
        if fixed is None:
            return pairs, False
        size, unpack = fixed
        following = offset + 2 + size
        if following > end:
            return pairs, False
        pairs.append((raw[offset], unpack(raw, offset + 2)))
        offset = following
    return pairs, offset == end
