"""ZCL frames as bytes: header, attribute records, type sizes (ZCL specification, chapter 2)."""

import struct
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from collector.decode.reasons import DecodeReason
from collector.model.errors import DecodeError

Value: TypeAlias = int | float | bytes  # bytes: a string, or a type that is no number
Unpack: TypeAlias = Callable[[bytes, int], Value]

READ_RESPONSE: Final = 0x01
REPORT: Final = 0x0A

OCTET_STRING: Final = 0x41
CHARACTER_STRING: Final = 0x42

_GLOBAL_FRAME: Final = 0x00
_CLUSTER_FRAME: Final = 0x01
_FRAME_TYPE_MASK: Final = 0x03
_MANUFACTURER_SPECIFIC: Final = 0x04
_SUCCESS: Final = 0x00
_RECORD_SIZE: Final = (
    3  # attribute id and type (or status): less than this is no record
)


class Header(NamedTuple):
    """The ZCL header, and where the payload begins."""

    command: int
    cluster_specific: bool
    manufacturer: int | None
    tsn: int
    payload: int  # offset


class Record(NamedTuple):
    """One attribute and its value."""

    attribute: int
    type: int
    value: Value
    complete: bool  # False: a string that ends before its declared length


class Records(NamedTuple):
    """What a report or a read response holds."""

    records: list[Record]
    broken: DecodeReason | None  # why reading stopped before the end
    refused: int  # records of a read response whose status is not success


def parse_header(data: bytes) -> Header:
    """Return the ZCL header, or raise DecodeError (empty, header)."""
    if not data:
        raise DecodeError(DecodeReason.EMPTY, "a frame without bytes")
    control = data[0]
    frame_type = control & _FRAME_TYPE_MASK
    if frame_type > _CLUSTER_FRAME:
        raise DecodeError(DecodeReason.HEADER, f"reserved frame type {frame_type}")
    specific = bool(control & _MANUFACTURER_SPECIFIC)
    size = 5 if specific else 3
    if len(data) < size:
        raise DecodeError(
            DecodeReason.HEADER, f"{len(data)} bytes, a header of this kind has {size}"
        )
    return Header(
        command=data[size - 1],
        cluster_specific=frame_type != _GLOBAL_FRAME,
        manufacturer=data[1] | data[2] << 8 if specific else None,
        tsn=data[size - 2],
        payload=size,
    )


def parse_records(data: bytes, offset: int, *, with_status: bool) -> Records:
    """Return the attribute records from `offset` on, as far as they can be read.

    `with_status` is the layout of a read response. Never raises: what cannot be
    read ends the list and is named in `broken`. One or two bytes after a whole
    record are ignored, because firmware 46 and 47 send a stray one.
    """
    records: list[Record] = []
    refused = 0
    end = len(data)
    while end - offset >= _RECORD_SIZE:
        attribute = data[offset] | data[offset + 1] << 8
        offset += 2
        if with_status:
            status = data[offset]
            offset += 1
            if status != _SUCCESS:
                refused += 1
                continue
            if offset >= end:
                return Records(records, DecodeReason.TRUNCATED, refused)
        kind = data[offset]
        taken = _take(data, offset + 1, kind)
        if isinstance(taken, DecodeReason):
            return Records(records, taken, refused)
        value, offset, complete = taken
        records.append(Record(attribute, kind, value, complete))
    left_over = offset < end and not records and not refused
    return Records(records, DecodeReason.TRUNCATED if left_over else None, refused)


def _take(
    data: bytes, offset: int, kind: int
) -> tuple[Value, int, bool] | DecodeReason:
    """Return value, next offset and completeness; or why it cannot be read."""
    fixed = FIXED.get(kind)
    if fixed is not None:
        size, unpack = fixed
        if offset + size > len(data):
            return DecodeReason.TRUNCATED
        return unpack(data, offset), offset + size, True
    prefix = _STRING_PREFIX.get(kind)
    if prefix is None:
        return DecodeReason.TYPE
    start = offset + prefix
    if start > len(data):
        return DecodeReason.TRUNCATED
    length = int.from_bytes(data[offset:start], "little")
    value = data[start : start + length]
    return value, start + len(value), len(value) == length


def _native(code: str) -> tuple[int, Unpack]:
    packer = struct.Struct("<" + code)
    unpack_from = packer.unpack_from

    def unpack(data: bytes, offset: int) -> Value:
        value: int | float = unpack_from(data, offset)[0]
        return value

    return packer.size, unpack


def _byte() -> tuple[int, Unpack]:
    def unpack(data: bytes, offset: int) -> Value:
        return data[offset]

    return 1, unpack


def _integer(size: int, *, signed: bool) -> tuple[int, Unpack]:
    def unpack(data: bytes, offset: int) -> Value:
        return int.from_bytes(data[offset : offset + size], "little", signed=signed)

    return size, unpack


def _opaque(size: int) -> tuple[int, Unpack]:
    def unpack(data: bytes, offset: int) -> Value:
        return data[offset : offset + size]

    return size, unpack


# Every ZCL type of fixed size: type -> (bytes on the wire, how to read it).
# Only Boolean, integers and floats become numbers; the rest stays bytes.
FIXED: Final[dict[int, tuple[int, Unpack]]] = {
    0x00: _opaque(0),  # no data
    **{0x08 + n: _opaque(n + 1) for n in range(8)},  # data8..data64
    0x10: _byte(),  # Boolean
    **{0x18 + n: _opaque(n + 1) for n in range(8)},  # map8..map64
    **{0x20 + n: _integer(n + 1, signed=False) for n in range(8)},
    0x20: _byte(),
    0x21: _native("H"),
    0x23: _native("I"),
    0x27: _native("Q"),
    **{0x28 + n: _integer(n + 1, signed=True) for n in range(8)},
    0x28: _native("b"),
    0x29: _native("h"),
    0x2B: _native("i"),
    0x2F: _native("q"),
    0x30: _opaque(1),  # enum8
    0x31: _opaque(2),  # enum16
    0x38: _native("e"),  # semi-precision float
    0x39: _native("f"),  # single
    0x3A: _native("d"),  # double
    0xE0: _opaque(4),  # time of day
    0xE1: _opaque(4),  # date
    0xE2: _opaque(4),  # UTC time
    0xE8: _opaque(2),  # cluster id
    0xE9: _opaque(2),  # attribute id
    0xEA: _opaque(4),  # BACnet object id
    0xF0: _opaque(8),  # IEEE address
    0xF1: _opaque(16),  # 128-bit key
}

# String types: type -> bytes of the length before the content.
_STRING_PREFIX: Final = {OCTET_STRING: 1, CHARACTER_STRING: 1, 0x43: 2, 0x44: 2}
