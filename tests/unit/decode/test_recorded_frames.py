"""Every recorded vector, against what is marked as expected in it."""

import math
import struct

import pytest

from collector.decode import lumi
from collector.decode.relay import decode
from collector.model.errors import DecodeError
from collector.model.frame import Decoded, Frame
from collector.model.quantity import Quantity
from tests.frames.vectors import VECTORS, Vector, of_kind, vector

IEEE = "00:15:8d:00:03:a0:00:00"
JOULES_PER_KWH = 3.6e6
KINDS_WITHOUT_BYTES = {"calibration", "identity", "z2m_published_by_users"}

# What Zigbee2MQTT calls a value -> what we call it, and the factor to SI.
Z2M_KEYS: dict[str, tuple[Quantity, str | None, float]] = {
    "device_temperature": (Quantity.TEMPERATURE, None, 1),
    "power_outage_count": (Quantity.OUTAGES, None, 1),
    "voltage": (Quantity.VOLTAGE, None, 1),
    "current": (Quantity.CURRENT, None, 1),
    "power": (Quantity.POWER, None, 1),
    "energy": (Quantity.ENERGY, None, JOULES_PER_KWH),
    "consumption": (Quantity.ENERGY, None, JOULES_PER_KWH),
    "state_l1": (Quantity.STATE, "l1", 1),
    "state_l2": (Quantity.STATE, "l2", 1),
    "state": (Quantity.STATE, "l1", 1),
}
CANONICAL_KEYS: dict[str, tuple[Quantity, str | None, float]] = {
    "device_temperature_C": (Quantity.TEMPERATURE, None, 1),
    "firmware": (Quantity.FIRMWARE, None, 1),
    "state_l1": (Quantity.STATE, "l1", 1),
    "state_l2": (Quantity.STATE, "l2", 1),
    "energy_kWh": (Quantity.ENERGY, None, JOULES_PER_KWH),
    "voltage_V": (Quantity.VOLTAGE, None, 1),
    "current_A": (Quantity.CURRENT, None, 1),
    "power_W": (Quantity.POWER, None, 1),
    "power_factor_pct_tag148": (Quantity.POWER_FACTOR, None, 0.01),
}
# The same table once more, written apart: tag -> quantity, channel, factor, addend.
TAGS: dict[int, tuple[Quantity, str | None, float, float]] = {
    3: (Quantity.TEMPERATURE, None, 1, 0),
    5: (Quantity.OUTAGES, None, 1, -1),
    148: (Quantity.POWER_FACTOR, None, 0.01, 0),
    149: (Quantity.ENERGY, None, JOULES_PER_KWH, 0),
    150: (Quantity.VOLTAGE, None, 0.1, 0),
    151: (Quantity.CURRENT, None, 1, 0),
    152: (Quantity.POWER, None, 1, 0),
}
IGNORED_TAGS = {7, 9, 10, 12, 110, 111, 155, 156}


def name_of(entry: Vector) -> str:
    return str(entry["id"])


def frame_of(entry: Vector) -> Frame:
    return Frame(
        IEEE, entry["endpoint"], entry["cluster"], bytes.fromhex(entry["raw_hex"])
    )


def values_of(decoded: Decoded) -> dict[tuple[Quantity, str | None], float]:
    return {(one.quantity, one.channel): one.value for one in decoded.values}


STRUCTURES = of_kind("ff01_frame", "fcc0_f7_frame", "ff01_parser_only")
READABLE = [
    *of_kind("ff01_frame", "fcc0_f7_frame"),
    *of_kind("onoff_report", "analog_report", "analog_readrsp"),
]


@pytest.mark.parametrize("entry", STRUCTURES, ids=name_of)
def test_structure_walk_gives_every_recorded_tag(entry: Vector) -> None:
    raw = bytes.fromhex(entry["raw_hex"])
    start = raw.index(bytes([entry["declared_length"]]), 7) + 1
    pairs, whole = lumi.walk(raw[start : start + entry["declared_length"]])

    assert dict(pairs) == {int(tag): value for tag, value in entry["struct"].items()}
    assert whole is (entry["id"] != "syn-truncated")


@pytest.mark.parametrize("entry", STRUCTURES, ids=name_of)
def test_structure_frame_gives_the_values_of_its_tags(entry: Vector) -> None:
    decoded = decode(frame_of(entry))
    values = values_of(decoded)

    assert decoded.structure
    for text, raw in entry["struct"].items():
        tag = int(text)
        if tag in TAGS:
            quantity, channel, factor, addend = TAGS[tag]
            expected = pytest.approx(raw * factor + addend, rel=1e-12)
            assert values[quantity, channel] == expected
        if tag == 8:
            assert values[Quantity.FIRMWARE, None] == raw % 256
    not_ours = {int(tag) for tag in entry["struct"]} - set(TAGS) - IGNORED_TAGS - {8}
    states = {tag for tag in (100, 101) if entry["struct"].get(str(tag)) in {0, 1}}
    assert set(decoded.unknown_tags) == not_ours - states


@pytest.mark.parametrize(
    "entry",
    [entry for entry in READABLE if "canonical_SI" in entry["expected"]],
    ids=name_of,
)
def test_frame_gives_the_canonical_si_values(entry: Vector) -> None:
    canonical = entry["expected"]["canonical_SI"]
    values = values_of(decode(frame_of(entry)))

    for key, (quantity, channel, factor) in CANONICAL_KEYS.items():
        expected = pytest.approx(float(canonical[key]) * factor, rel=1e-12)
        assert values[quantity, channel] == expected
    assert values[Quantity.OUTAGES, None] == canonical["power_outage_count_raw"] - 1
    ticks = values[Quantity.ENERGY, None] / 1125
    assert ticks == pytest.approx(canonical["energy_ticks_1_3200kWh"], rel=1e-6)


@pytest.mark.parametrize(
    "entry",
    [
        entry
        for entry in READABLE
        if "z2m_26.112.0_before_rounding" in entry["expected"]
    ],
    ids=name_of,
)
def test_frame_gives_what_zigbee2mqtt_gives_before_it_rounds(entry: Vector) -> None:
    values = values_of(decode(frame_of(entry)))

    for key, given in entry["expected"]["z2m_26.112.0_before_rounding"].items():
        quantity, channel, factor = Z2M_KEYS[key]
        if given is None:  # JSON has no NaN
            assert math.isnan(values[quantity, channel])
        elif quantity is Quantity.STATE:
            assert values[quantity, channel] == {"ON": 1, "OFF": 0}[given]
        else:
            expected = pytest.approx(given * factor, rel=1e-12)
            assert values[quantity, channel] == expected


@pytest.mark.parametrize("entry", of_kind("control"), ids=name_of)
def test_request_to_the_relay_is_refused_as_a_command(entry: Vector) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(frame_of(entry))
    assert caught.value.reason == "command"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ctl-interlock-on-z2m", "command"),  # a write response
        ("ctl-onoff-0", "command"),  # a default response
        ("ctl-pom-true-1", "command"),
    ],
)
def test_recorded_answer_without_a_value_is_refused(name: str, reason: str) -> None:
    entry = vector(name)
    data = bytes.fromhex(entry["expected"]["response_hex"])
    with pytest.raises(DecodeError) as caught:
        decode(Frame(IEEE, entry["endpoint"], entry["cluster"], data))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("name", "quantity", "channel", "value"),
    [
        ("ctl-read-onoff-z2m", Quantity.STATE, "l1", 1.0),
        ("ctl-read-power-z2m", Quantity.POWER, None, 36.61201477050781),
    ],
)
def test_recorded_answer_to_a_read_gives_its_value(
    name: str, quantity: Quantity, channel: str | None, value: float
) -> None:
    entry = vector(name)
    data = bytes.fromhex(entry["expected"]["response_hex"])
    decoded = decode(Frame(IEEE, entry["endpoint"], entry["cluster"], data))
    assert decoded.response
    assert values_of(decoded) == {(quantity, channel): value}


def test_stray_byte_of_firmware_46_is_ignored() -> None:
    stray = decode(frame_of(vector("ff01-fw46-zha881")))
    assert not stray.truncated
    assert stray.unknown_tags == ()
    assert len(stray.values) == 10


def test_structure_cut_short_gives_what_came_before() -> None:
    decoded = decode(frame_of(vector("syn-truncated")))
    assert decoded.truncated
    assert values_of(decoded) == {
        (Quantity.TEMPERATURE, None): 32,
        (Quantity.OUTAGES, None): 31,
    }


def test_frame_relayed_for_a_foreign_device_is_told_apart_only_by_its_group() -> None:
    """The bytes are an honest OnOff report: dropping it is the radio's work."""
    decoded = decode(frame_of(vector("group-retransmit")))
    assert values_of(decoded) == {(Quantity.STATE, "l1"): 0}


SIBLING_TYPES = {3: 0x28, 5: 0x21, 7: 0x27, 8: 0x21, 9: 0x21, 154: 0x20}


@pytest.mark.parametrize("entry", of_kind("struct_only"), ids=name_of)
def test_structure_of_a_sibling_device_decodes_by_the_same_tags(entry: Vector) -> None:
    body = b"".join(_item(int(tag), value) for tag, value in entry["struct"].items())
    data = bytes.fromhex("1c5f11010a01ff42") + bytes([len(body)]) + body
    values = values_of(decode(Frame(IEEE, 1, 0, data)))

    for text, raw in entry["struct"].items():
        if int(text) in TAGS:
            quantity, channel, factor, addend = TAGS[int(text)]
            expected = pytest.approx(raw * factor + addend, rel=1e-6)
            assert values[quantity, channel] == expected
    assert values[Quantity.STATE, "l1"] == entry["struct"]["100"]


def _item(tag: int, value: float) -> bytes:
    """Encode one item; tag 150 is a uint32 in a plug, the meter's floats a float32."""
    if isinstance(value, bool):
        return struct.pack("<BBB", tag, 0x10, value)
    if tag == 150:
        return struct.pack("<BBI", tag, 0x23, int(value))
    if tag in {149, 152}:
        return struct.pack("<BBf", tag, 0x39, value)
    if tag == 100:
        return struct.pack("<BBB", tag, 0x10, int(value))
    kind = SIBLING_TYPES[tag]
    size = {0x20: 1, 0x21: 2, 0x27: 8, 0x28: 1}[kind]
    return bytes([tag, kind]) + int(value).to_bytes(size, "little")


def test_every_vector_is_tested() -> None:
    used = {
        *(entry["id"] for entry in STRUCTURES + READABLE),
        *(entry["id"] for entry in of_kind("control", "struct_only", "routing")),
        *(entry["id"] for entry in of_kind(*KINDS_WITHOUT_BYTES)),
    }
    assert used == {entry["id"] for entry in VECTORS}
