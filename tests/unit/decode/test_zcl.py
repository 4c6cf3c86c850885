"""Header, attribute records and type sizes."""

import math

import pytest

from collector.decode.reasons import DecodeReason
from collector.decode.zcl import FIXED, Value, parse_header, parse_records
from collector.model.errors import DecodeError


@pytest.mark.parametrize(
    ("data", "manufacturer", "tsn", "command", "payload", "cluster_specific"),
    [
        ("18070a", None, 7, 0x0A, 3, False),
        ("1c5f11210a01ff", 0x115F, 0x21, 0x0A, 5, False),
        ("010602", None, 6, 2, 3, True),
        ("053710090b", 0x1037, 9, 0x0B, 5, True),
    ],
)
def test_header_names_its_parts(
    data: str,
    manufacturer: int | None,
    tsn: int,
    command: int,
    payload: int,
    cluster_specific: bool,
) -> None:
    header = parse_header(bytes.fromhex(data))
    assert header.manufacturer == manufacturer
    assert header.tsn == tsn
    assert header.command == command
    assert header.payload == payload
    assert header.cluster_specific is cluster_specific


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", DecodeReason.EMPTY),
        ("18", DecodeReason.HEADER),
        ("1807", DecodeReason.HEADER),
        ("1c5f1107", DecodeReason.HEADER),  # a manufacturer code takes two bytes more
        ("02070a0000", DecodeReason.HEADER),  # reserved frame type
    ],
)
def test_header_that_cannot_be_one_is_refused(data: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_header(bytes.fromhex(data))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (0x10, "01", 1),
        (0x20, "ff", 255),
        (0x21, "2e12", 0x122E),
        (0x22, "010203", 0x030201),
        (0x23, "ac000007", 117440684),
        (0x24, "0600030000", 196614),
        (0x25, "2900ffffdc04", 5347234218025),
        (0x26, "01000000000080", 0x80000000000001),
        (0x27, "0000000000000080", 1 << 63),
        (0x28, "fb", -5),
        (0x29, "18fc", -1000),
        (0x2A, "feffff", -2),
        (0x2B, "ffffffff", -1),
        (0x2C, "fdffffffff", -3),
        (0x2D, "fcffffffffff", -4),
        (0x2E, "fbffffffffffff", -5),
        (0x2F, "0000000000000080", -(1 << 63)),
        (0x38, "003c", 1.0),
        (0x39, "b4721242", 36.61201477050781),
        (0x3A, "182d4454fb210940", math.pi),
        (0x30, "04", b"\x04"),
        (0x1B, "01020304", b"\x01\x02\x03\x04"),
        (0xE2, "c6b19532", b"\xc6\xb1\x95\x32"),
        (0xF0, "0102030405060708", bytes(range(1, 9))),
        (0x00, "", b""),
        (0x42, "03" + b"abc".hex(), b"abc"),
        (0x41, "00", b""),
        (0x43, "0200" + "aabb", b"\xaa\xbb"),
        (0x44, "0100" + "cc", b"\xcc"),
    ],
)
def test_each_type_is_read_with_its_size(kind: int, raw: str, value: Value) -> None:
    record = bytes.fromhex("5500") + bytes([kind]) + bytes.fromhex(raw)
    follower = bytes.fromhex("00001001")
    parsed = parse_records(record + follower, 0, with_status=False)

    assert parsed.broken is None
    assert parsed.records[0] == (0x0055, kind, value, True)
    assert parsed.records[1] == (0x0000, 0x10, 1, True)


def test_sizes_are_those_of_the_zcl_specification() -> None:
    sizes = {kind: size for kind, (size, _) in FIXED.items()}
    eight = range(1, 9)
    for first in (0x08, 0x18, 0x20, 0x28):
        assert [sizes[first + n] for n in range(8)] == list(eight)
    others = {0x10: 1, 0x30: 1, 0x31: 2, 0x38: 2, 0x39: 4, 0x3A: 8, 0xE0: 4, 0xE1: 4}
    others |= {0xE2: 4, 0xE8: 2, 0xE9: 2, 0xEA: 4, 0xF0: 8, 0xF1: 16, 0x00: 0}
    assert {kind: sizes[kind] for kind in others} == others


def test_read_response_skips_refused_attributes_and_counts_them() -> None:
    data = bytes.fromhex("0b0586" + "55000039b4721242" + "010086")
    parsed = parse_records(data, 0, with_status=True)
    assert [(one.attribute, one.value) for one in parsed.records] == [
        (0x0055, 36.61201477050781)
    ]
    assert parsed.refused == 2
    assert parsed.broken is None


@pytest.mark.parametrize(
    ("data", "with_status", "count", "broken"),
    [
        ("", False, 0, None),
        ("55", False, 0, DecodeReason.TRUNCATED),
        ("5500", False, 0, DecodeReason.TRUNCATED),
        ("550039b47212", False, 0, DecodeReason.TRUNCATED),
        ("55004c0100", False, 0, DecodeReason.TYPE),  # a ZCL structure
        ("5500ff", False, 0, DecodeReason.TYPE),
        ("000010010100", False, 1, None),  # stray bytes that are no record
        ("00001001010039b4", False, 1, DecodeReason.TRUNCATED),
        ("0000100155004801", False, 1, DecodeReason.TYPE),
        ("550000", True, 0, DecodeReason.TRUNCATED),
        ("550042", False, 0, DecodeReason.TRUNCATED),
        ("550044ff", False, 0, DecodeReason.TRUNCATED),
    ],
)
def test_records_end_where_they_cannot_be_read(
    data: str,
    with_status: bool,
    count: int,
    broken: DecodeReason | None,
) -> None:
    parsed = parse_records(bytes.fromhex(data), 0, with_status=with_status)
    assert len(parsed.records) == count
    assert parsed.broken == broken


def test_string_shorter_than_declared_is_given_as_incomplete() -> None:
    data = bytes.fromhex("01ff4244") + b"\x03\x28\x20"
    (record,) = parse_records(data, 0, with_status=False).records
    assert record.value == b"\x03\x28\x20"
    assert not record.complete
