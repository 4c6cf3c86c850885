"""What each attribute means, which frames are refused with which word, and totality."""

import math

import pytest
from hypothesis import given, settings, strategies as st

from collector.decode.reasons import DecodeReason
from collector.decode.relay import decode
from collector.model.errors import DecodeError
from collector.model.frame import ChangeOrigin, Decoded, Frame
from collector.model.quantity import Quantity
from tests.frames.vectors import VECTORS

BASIC, ON_OFF, ANALOG, BINARY, LUMI = 0x0000, 0x0006, 0x000C, 0x0010, 0xFCC0


def decode_hex(cluster: int, endpoint: int, data: str) -> Decoded:
    return decode(
        Frame("00:15:8d:00:03:a0:00:00", endpoint, cluster, bytes.fromhex(data))
    )


def structure(items: str) -> str:
    body = bytes.fromhex(items)
    return f"1c5f11010a01ff42{len(body):02x}{body.hex()}"


@pytest.mark.parametrize(
    ("endpoint", "raw", "channel", "value"),
    [(1, "01", "l1", 1), (1, "00", "l1", 0), (2, "01", "l2", 1), (2, "00", "l2", 0)],
)
def test_on_off_endpoint_is_the_channel(
    endpoint: int, raw: str, channel: str, value: float
) -> None:
    decoded = decode_hex(ON_OFF, endpoint, "18020a000010" + raw)
    (state,) = decoded.values
    assert (state.quantity, state.channel, state.value) == (
        Quantity.STATE,
        channel,
        value,
    )
    assert decoded.origin is None
    assert not decoded.structure
    assert not decoded.response


@pytest.mark.parametrize(
    ("number", "code", "nwk", "counter"),
    [
        (117440684, 0x07, 0x0000, 0xAC),
        (117440673, 0x07, 0x0000, 0xA1),
        (250455228, 0x0E, 0xEDA4, 0xBC),
        (237478966, 0x0E, 0x27A4, 0x36),
        (218103832, 0x0D, 0x0000, 0x18),
        (66968832, 0x03, 0xFDDD, 0x00),
    ],
)
def test_change_origin_is_code_address_and_counter(
    number: int, code: int, nwk: int, counter: int
) -> None:
    raw = number.to_bytes(4, "little").hex()
    decoded = decode_hex(ON_OFF, 1, "18020a0000100100f023" + raw)
    assert decoded.origin == ChangeOrigin(code=code, nwk=nwk, counter=counter)
    assert len(decoded.values) == 1


def test_change_origin_alone_is_a_result_without_values() -> None:
    decoded = decode_hex(ON_OFF, 2, "18020a00f023ac000007")
    assert decoded.values == ()
    assert decoded.origin is not None


@pytest.mark.parametrize("data", ["1c5f11090106ff001001", "1c5f11090a06ff1001"])
def test_interlock_is_read_from_its_manufacturer_attribute(data: str) -> None:
    (value,) = decode_hex(BINARY, 1, data).values
    assert (value.quantity, value.channel, value.value) == (Quantity.INTERLOCK, None, 1)


def test_structure_on_the_lumi_cluster_reads_like_the_other() -> None:
    lumi = decode_hex(LUMI, 1, "1c5f11010af7004106032820642001")
    basic = decode_hex(BASIC, 1, structure("032820 642001"))
    assert lumi == basic
    assert lumi.structure


def test_nan_and_infinity_pass_for_calibration_to_judge() -> None:
    assert math.isnan(decode_hex(ANALOG, 1, "18200a5500390000c07f").values[0].value)
    assert decode_hex(ANALOG, 1, "18200a5500390000807f").values[0].value == math.inf


@pytest.mark.parametrize(
    ("items", "quantity", "value"),
    [
        ("0521 0000", None, None),  # an outage counter of 0 says nothing
        ("0521 0100", Quantity.OUTAGES, 0),
        ("0821 2f12", Quantity.FIRMWARE, 47),
        ("0328 d8", Quantity.TEMPERATURE, -40),
        ("9621 fc08", Quantity.VOLTAGE, 230.0),  # a sibling's uint16
        ("9820 28", Quantity.POWER, 40),
        ("9420 63", Quantity.POWER_FACTOR, 0.99),
    ],
)
def test_tag_gives_its_quantity_in_si(
    items: str, quantity: Quantity | None, value: float | None
) -> None:
    decoded = decode_hex(BASIC, 1, structure(items))
    assert decoded.unknown_tags == ()
    found = {one.quantity: one.value for one in decoded.values}
    assert found == ({} if quantity is None else {quantity: pytest.approx(value)})


@pytest.mark.parametrize(
    ("items", "tags"),
    [
        ("c821 0000", (200,)),
        ("0720 00 0920 00 0a20 00 0c28 00 6e20 00 6f20 00 9b20 00 9c20 00", ()),
        ("6420 05", (100,)),  # no state of a relay: another device's meaning
        ("9818 05", (152,)),  # a bitmap is no number
        ("0839 0000c07f", (8,)),  # a firmware number is an integer
        ("c920 00 c820 00 0328 10", (201, 200)),
    ],
)
def test_tag_without_a_meaning_is_named_once_per_item(
    items: str, tags: tuple[int, ...]
) -> None:
    assert decode_hex(BASIC, 1, structure(items)).unknown_tags == tags


@pytest.mark.parametrize("items", ["0328 20 0541", "0328 20 05", "0328 20 0521 01"])
def test_structure_keeps_what_came_before_an_unreadable_item(items: str) -> None:
    decoded = decode_hex(BASIC, 1, structure(items))
    assert decoded.truncated
    assert [one.value for one in decoded.values] == [32]


def test_bytes_after_the_structure_are_ignored_whatever_they_are() -> None:
    plain = decode_hex(BASIC, 1, structure("0328 20"))
    assert decode_hex(BASIC, 1, structure("0328 20") + "00ffee4c0102") == plain


def test_report_cut_after_a_whole_record_is_marked() -> None:
    decoded = decode_hex(ON_OFF, 1, "18020a0000100100f023ac00")
    assert decoded.truncated
    assert decoded.values[0].value == 1


@pytest.mark.parametrize(
    ("cluster", "endpoint", "data", "reason"),
    [
        (ON_OFF, 1, "", DecodeReason.EMPTY),
        (ON_OFF, 1, "18020a", DecodeReason.EMPTY),
        (ON_OFF, 1, "18", DecodeReason.HEADER),
        (ON_OFF, 1, "1802", DecodeReason.HEADER),
        (ON_OFF, 1, "18000b0100", DecodeReason.COMMAND),
        (ON_OFF, 1, "190a0a0000", DecodeReason.COMMAND),  # of the cluster, not global
        (0x000A, 1, "1005000000", DecodeReason.COMMAND),
        (0x0B04, 1, "18010a0b05290000", DecodeReason.CLUSTER),
        (ANALOG, 2, "18100a550039b4721242", DecodeReason.ENDPOINT),
        (BINARY, 2, "1c5f11090106ff001001", DecodeReason.ENDPOINT),
        (ON_OFF, 3, "18020a00001001", DecodeReason.ENDPOINT),
        (BASIC, 1, "18010105000042066c756d692e72", DecodeReason.ANSWER),
        (ANALOG, 1, "18010a1c00420141", DecodeReason.ATTRIBUTE),
        (ON_OFF, 1, "18020a00f0420141", DecodeReason.ATTRIBUTE),
        (ANALOG, 1, "18010a5500420141", DecodeReason.TYPE),
        (BASIC, 1, "1c5f11010a01ff2044", DecodeReason.TYPE),
        (BASIC, 1, "1c5f11010a01fff1" + "00" * 16, DecodeReason.TYPE),
        (BASIC, 1, "1c5f11010a01ff4c0000", DecodeReason.TYPE),
        (ON_OFF, 1, "18020a000010ff", DecodeReason.VALUE),
        (ANALOG, 1, "18100a550039b472", DecodeReason.TRUNCATED),
        (BASIC, 1, "1c5f11010a01ff42", DecodeReason.TRUNCATED),
        (BASIC, 1, "1c5f11010a01ff4200", DecodeReason.STRUCTURE),
        (BASIC, 1, "1c5f11010a01ff420203", DecodeReason.STRUCTURE),
        (BINARY, 1, "1c5f11090106ff86", DecodeReason.UNSUPPORTED_ATTRIBUTE),
    ],
)
def test_frame_without_a_value_is_refused_with_a_fixed_word(
    cluster: int, endpoint: int, data: str, reason: DecodeReason
) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_hex(cluster, endpoint, data)
    assert caught.value.reason == reason


REAL = [
    (entry["cluster"], bytes.fromhex(entry["raw_hex"]))
    for entry in VECTORS
    if "raw_hex" in entry
]
clusters = st.sampled_from([BASIC, ON_OFF, ANALOG, BINARY, LUMI, 0x000A])
# Headers of reports and read responses let random bytes reach the records.
headers = st.sampled_from(
    [b"", b"\x18\x01\x0a", b"\x18\x01\x01", b"\x1c\x5f\x11\x01\x0a"]
)
openings = st.sampled_from([b"", b"\x01\xff\x42", b"\xf7\x00\x41", b"\x00\x00\x10"])


@st.composite
def mutated(draw: st.DrawFn) -> tuple[int, bytes]:
    """A real frame, cut, with bytes changed and bytes appended."""
    cluster, data = draw(st.sampled_from(REAL))
    changed = bytearray(data[: draw(st.integers(0, len(data)))])
    for _ in range(draw(st.integers(0, 4))):
        if changed:
            place = draw(st.integers(0, len(changed) - 1))
            changed[place] = draw(st.integers(0, 255))
    return cluster, bytes(changed) + draw(st.binary(max_size=8))


def assert_total(frame: Frame) -> None:
    try:
        decoded = decode(frame)
    except DecodeError as error:
        assert error.reason in set(DecodeReason)  # noqa: PT017 - either outcome is right
        return
    for one in decoded.values:
        assert isinstance(one.value, float)
    assert all(0 <= tag <= 255 for tag in decoded.unknown_tags)
    assert decoded.values or decoded.structure or decoded.origin is not None


@settings(deadline=None)
@given(clusters, st.integers(0, 255), headers, openings, st.binary(max_size=120))
def test_any_bytes_give_values_or_a_decode_error(
    cluster: int, endpoint: int, header: bytes, opening: bytes, rest: bytes
) -> None:
    assert_total(Frame("x", endpoint, cluster, header + opening + rest))


@settings(deadline=None)
@given(mutated(), st.sampled_from([1, 2]))
def test_any_damage_to_a_real_frame_gives_values_or_a_decode_error(
    damaged: tuple[int, bytes], endpoint: int
) -> None:
    cluster, data = damaged
    assert_total(Frame("x", endpoint, cluster, data))
