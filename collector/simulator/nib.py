"""The network information base: Z-Stack 3.30's aligned struct of 116 bytes."""

import struct
from dataclasses import dataclass
from typing import Self

LENGTH = 116

# Offsets of the members that a host reads or changes (nwk.h, 2-byte alignment).
_DEVICE_ADDRESS = 22
_CHANNEL = 24
_COORDINATOR_IEEE = 28
_PAN_ID = 36
_STATE = 38
_CHANNEL_MASK = 40
_EXTENDED_PAN_ID = 57
_KEY_LOADED = 65
_UPDATE_ID = 114

_ROUTER = 8  # nwkState of a coordinator that runs

# Every other member as a CC2652 with default settings shows it.
_TEMPLATE = (
    bytes((0x00, 0x05, 0x02, 0x33, 0x0F, 0x33, 0x00, 0x1E, 0x00, 0x00, 0x00, 0x01))
    + bytes((0x05, 0x01, 0x8F, 0x00))  # security level, SymLink, capabilities, pad
    + struct.pack("<HBBBx", 7, 2, 0x1A, 0x1E)
    + bytes(LENGTH - 22)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nib:
    """What of the network information base matters here."""

    channel: int  # 11-26; 0: no network
    pan_id: int
    extended_pan_id: bytes  # 8 bytes, wire order
    ieee: bytes = bytes(8)  # the coordinator's own, wire order
    channel_mask: int = 0
    update_id: int = 0
    key_loaded: bool = True

    @classmethod
    def parse(cls, data: bytes) -> Self | None:
        """Return the members of a stored struct; None: it is not one."""
        if len(data) != LENGTH:
            return None
        return cls(
            channel=data[_CHANNEL],
            pan_id=int.from_bytes(data[_PAN_ID : _PAN_ID + 2], "little"),
            extended_pan_id=data[_EXTENDED_PAN_ID : _EXTENDED_PAN_ID + 8],
            ieee=data[_COORDINATOR_IEEE : _COORDINATOR_IEEE + 8],
            channel_mask=int.from_bytes(
                data[_CHANNEL_MASK : _CHANNEL_MASK + 4], "little"
            ),
            update_id=data[_UPDATE_ID],
            key_loaded=bool(data[_KEY_LOADED]),
        )

    def pack(self) -> bytes:
        """Return the 116 bytes of the struct."""
        data = bytearray(_TEMPLATE)
        struct.pack_into("<HB", data, _DEVICE_ADDRESS, 0x0000, self.channel)
        data[_COORDINATOR_IEEE : _COORDINATOR_IEEE + 8] = self.ieee
        struct.pack_into("<HH", data, _PAN_ID, self.pan_id, _ROUTER)
        struct.pack_into("<L", data, _CHANNEL_MASK, self.channel_mask)
        data[44:48] = b"\x0f\x0f\x04\x00"  # beacon and superframe order, scan, battery
        data[_EXTENDED_PAN_ID : _EXTENDED_PAN_ID + 8] = self.extended_pan_id
        data[_KEY_LOADED] = self.key_loaded
        data[102:109] = bytes((0x0F, 0x06, 0x00, 0x01, 0x78, 0x0A, 0x01))
        data[_UPDATE_ID] = self.update_id
        return bytes(data)
