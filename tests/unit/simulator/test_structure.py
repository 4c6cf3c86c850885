"""The structure 0xFF01, against frames of real relays."""

import pytest

from collector.simulator import zcl
from collector.simulator.structure import Structure
from tests.frames.vectors import vector

REAL = ["ff01-fw36-smartthings", "ff01-fw46-zha881", "ff01-fw46-zha811"]


def packed(name: str) -> tuple[bytes, bytes]:
    """Return the real attribute record, and ours of the same values."""
    real = vector(name)
    values = {int(tag): value for tag, value in real["struct"].items()}
    ours = Structure(
        firmware=real["firmware"],
        temperature=values[3],
        outages=values[5],
        l1=bool(values[100]),
        l2=bool(values[101]),
        power_factor=values[148],
        energy=values[149],
        voltage=values[150] / 10,
        current=values[151],
        power=values[152],
    )
    return bytes.fromhex(real["raw_hex"])[5:], ours.attribute()


@pytest.mark.parametrize("name", REAL)
def test_packs_the_bytes_of_a_real_relay(name: str) -> None:
    real, ours = packed(name)
    place = real.index(b"\x09\x21") + 2
    assert len(real) == len(ours)
    assert real[:place] == ours[:place]
    assert real[place + 2 :] == ours[place + 2 :]


@pytest.mark.parametrize(("firmware", "stray"), [(36, 0), (46, 1), (47, 1)])
def test_the_string_has_68_bytes_and_new_firmware_adds_one(
    firmware: int, stray: int
) -> None:
    structure = Structure(
        firmware=firmware,
        temperature=-5,
        outages=70_000,
        l1=True,
        l2=False,
        power_factor=99,
        energy=1.0,
        voltage=230.0,
        current=1.0,
        power=229.0,
    )
    attribute = structure.attribute()
    assert attribute[:4] == b"\x01\xff\x42\x44"
    assert len(attribute) == 4 + 68 + stray
    assert attribute[72:] == b"\x00" * stray
    assert bytes((0x08, 0x21, firmware, 0x12)) in attribute
    assert b"\x6e\x20\x01\x6f\x20\x00" in attribute


def test_a_report_has_the_manufacturers_header() -> None:
    frame = zcl.report(0x21, b"\x01\xff", manufacturer=0x115F)
    assert frame == bytes.fromhex("1c5f11210a01ff")
