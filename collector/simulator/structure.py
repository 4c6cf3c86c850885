"""The Xiaomi structure 0xFF01 of LLKZMK11LM, as each firmware lays it out.

Items are tag, ZCL type, value. Firmware 36 carries tag 07 and not 9C, 0A, 0C;
firmware 46 and 47 append one stray zero byte after the string of 68 bytes.
"""

import struct
from dataclasses import dataclass

LENGTH = 68
HARDWARE = 18  # Basic hwVersion, the high byte of tag 08

_INT8, _UINT8, _UINT16, _UINT64 = 0x28, 0x20, 0x21, 0x27
_BOOL, _FLOAT = 0x10, 0x39
_FORMATS = {
    _INT8: "<b",
    _UINT8: "<B",
    _UINT16: "<H",
    _UINT64: "<Q",
    _BOOL: "<?",
    _FLOAT: "<f",
}
_OLD_ORDER = bytes.fromhex("03050708096465 6e6f 9495969798 9b")
_NEW_ORDER = bytes.fromhex("030508096465 6e6f 9495969798 9b9c0a0c")
_OLD_FIRMWARE = 36  # the last one with the old order


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The values of one 0xFF01 report."""

    firmware: int
    temperature: int  # °C of the chip
    outages: int  # power outages, raw (Zigbee2MQTT shows one less)
    l1: bool
    l2: bool
    power_factor: int  # %
    energy: float  # kWh
    voltage: float  # V; sent in 0.1 V
    current: float  # A
    power: float  # W

    def pack(self) -> bytes:
        """Return the 68 bytes of the string."""
        values: dict[int, tuple[int, float]] = {
            0x03: (_INT8, self.temperature),
            0x05: (_UINT16, self.outages & 0xFFFF),
            0x07: (_UINT64, 0),
            0x08: (_UINT16, HARDWARE << 8 | self.firmware),
            0x09: (_UINT16, 0x0100),
            0x64: (_BOOL, self.l1),
            0x65: (_BOOL, self.l2),
            0x6E: (_UINT8, int(self.l1)),
            0x6F: (_UINT8, int(self.l2)),
            0x94: (_UINT8, self.power_factor),
            0x95: (_FLOAT, self.energy),
            0x96: (_FLOAT, self.voltage * 10),
            0x97: (_FLOAT, self.current),
            0x98: (_FLOAT, self.power),
            0x9B: (_UINT16, 0),
            0x9C: (_UINT8, 1),
            0x0A: (_UINT16, 0),
            0x0C: (_INT8, 0),
        }
        order = _OLD_ORDER if self.firmware <= _OLD_FIRMWARE else _NEW_ORDER
        return b"".join(_item(tag, *values[tag]) for tag in order)

    def attribute(self) -> bytes:
        """Return the attribute record of a report: id, type, string, stray byte."""
        stray = b"" if self.firmware <= _OLD_FIRMWARE else b"\x00"
        return b"\x01\xff\x42" + bytes((LENGTH,)) + self.pack() + stray


def _item(tag: int, kind: int, value: float) -> bytes:
    return bytes((tag, kind)) + struct.pack(_FORMATS[kind], value)
