"""MT commands of the SYS, UTIL and APP_CNF subsystems, served for the chip."""

import struct
from collections.abc import Callable

from collector.simulator import nv
from collector.simulator.chance import seeded
from collector.simulator.chip import (
    CODE_REVISION,
    COMMISSIONING,
    COORDINATOR,
    HOLD,
    STARTED,
    VERSION,
    Chip,
)

Handler = Callable[[bytes], bytes | None]

OK = b"\x00"
FAILED = b"\x01"
BAD_PARAMETER = b"\x02"
_ITEM_UNINIT = b"\x09"  # the item did not exist
_OPERATION_FAILED = b"\x0a"
_BAD_LENGTH = b"\x0c"
_CAPABILITIES = 0x0659  # SYS AF ZDO UTIL GP APP_CNF: what a CC2652 answers
_LONGEST_READ = 240
_FORMATION = 0x04  # BDB commissioning mode
_SUCCESS, _FORMATION_FAILURE, _RESTORED = 0x00, 0x08, 0x0D
_NO_ASSOCIATION = struct.pack("<HHB", 0xFFFE, 0xFFFF, 0xFF)
_NEIGHBOR_RELATION = 5
_ASSOCIATION_LENGTH = 36  # the aligned struct; hosts tell the alignment by it


class SystemCommands:
    """The chip itself: memory, version, reset, commissioning."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._random = seeded("mt")
        self.handlers = self._memory() | self._system() | self._joining()

    def _memory(self) -> dict[int, Handler]:
        """Return the commands of the non-volatile memory, old family and new."""
        memory = self._chip.network.nv
        return {
            0x2107: self._item_init,
            0x2108: lambda data: self._read(nv.osal(_u16(data)), data[2]),
            0x2109: lambda data: self._write(
                nv.osal(_u16(data)), data[2], data[4 : 4 + data[3]]
            ),
            0x2112: self._item_delete,
            0x2113: lambda data: struct.pack("<H", memory.length(nv.osal(_u16(data)))),
            0x211C: lambda data: self._read(nv.osal(_u16(data)), _u16(data, 2)),
            0x211D: lambda data: self._write(
                nv.osal(_u16(data)), _u16(data, 2), data[6 : 6 + _u16(data, 4)]
            ),
            0x2130: self._nv_create,
            0x2131: lambda data: OK if memory.delete(_key(data)) else _ITEM_UNINIT,
            0x2132: lambda data: struct.pack("<L", memory.length(_key(data))),
            0x2133: lambda data: self._read(_key(data), _u16(data, 5), data[7]),
            0x2134: lambda data: self._write(
                _key(data), _u16(data, 5), data[8 : 8 + data[7]]
            ),
            0x2135: self._nv_update,
        }

    def _system(self) -> dict[int, Handler]:
        """Return the commands of the chip itself."""
        chip = self._chip
        return {
            0x4100: self._reset,
            0x2101: lambda _: struct.pack("<H", _CAPABILITIES),
            0x2102: lambda _: VERSION + struct.pack("<L", CODE_REVISION),
            0x2103: self._set_ieee,
            0x2104: lambda _: chip.network.ieee,
            0x210C: lambda _: self._random.randbytes(2),
            0x210F: lambda data: data[1:2],  # stack tune
            0x2114: lambda _: OK,  # transmit power
            0x2136: lambda _: OK,  # compact the memory
            0x2700: self._device_info,
            0x2706: lambda _: OK,  # subscribe to a subsystem
            0x270A: lambda _: OK,  # LED
            0x2710: lambda data: data,  # loopback
        }

    def _joining(self) -> dict[int, Handler]:
        """Return the commands of addresses, associations and commissioning."""
        chip = self._chip
        return {
            0x2740: self._address_of,
            0x2741: self._ieee_of,
            0x2748: lambda _: struct.pack("<H", len(chip.air.members)),
            0x2749: self._association_at,
            0x274A: self._association_of,
            0x2763: lambda _: OK,  # association removed
            0x2764: lambda _: OK,  # and added
            0x2F05: self._commission,
            0x2F08: self._set_channel,
            # time-outs, trust center policy, install codes, frame counter: taken
            **dict.fromkeys(
                (0x2F01, 0x2F02, 0x2F03, 0x2F04, 0x2F06, 0x2F07, 0x2F09, 0x2FFF),
                lambda _: OK,
            ),
        }

    def _reset(self, _data: bytes) -> None:
        self._chip.reset()

    def _set_ieee(self, data: bytes) -> bytes:
        self._chip.network.nv.put(nv.osal(nv.EXTADDR), data[:8])
        return OK

    def _item_init(self, data: bytes) -> bytes:
        item, length, given = struct.unpack_from("<HHB", data)
        key = nv.osal(item)
        if self._chip.network.nv.get(key) is not None:
            return OK
        value = data[5 : 5 + given]
        self._chip.network.nv.put(key, value.ljust(length, b"\xff")[:length])
        return _ITEM_UNINIT

    def _item_delete(self, data: bytes) -> bytes:
        item, length = struct.unpack_from("<HH", data)
        key, memory = nv.osal(item), self._chip.network.nv
        if memory.get(key) is None:
            return _ITEM_UNINIT
        if memory.length(key) != length:
            return _BAD_LENGTH
        memory.delete(key)
        return OK

    def _read(self, key: nv.Key, offset: int, length: int = _LONGEST_READ) -> bytes:
        value = self._chip.network.nv.get(key)
        if value is None or offset >= len(value):
            return BAD_PARAMETER + b"\x00"
        part = value[offset : offset + min(length, _LONGEST_READ)]
        return OK + bytes((len(part),)) + part

    def _write(self, key: nv.Key, offset: int, value: bytes) -> bytes:
        written = self._chip.network.nv.write(key, offset, value)
        return OK if written else BAD_PARAMETER

    def _nv_create(self, data: bytes) -> bytes:
        (length,) = struct.unpack_from("<L", data, 5)
        key, memory = _key(data), self._chip.network.nv
        if memory.get(key) is not None or length > 0xFFFF:
            return _OPERATION_FAILED
        memory.put(key, b"\xff" * length)
        return OK

    def _nv_update(self, data: bytes) -> bytes:
        self._chip.network.nv.put(_key(data), data[6 : 6 + data[5]])
        return OK

    def _device_info(self, _data: bytes) -> bytes:
        network = self._chip.network
        state = STARTED if network.started else HOLD
        head = OK + network.ieee + struct.pack("<H", COORDINATOR)
        return head + bytes((0x07, state, 0))

    def _address_of(self, data: bytes) -> bytes:
        device = self._chip.air.find_ieee(data[:8])
        return struct.pack("<H", device.nwk if device else 0xFFFE)

    def _ieee_of(self, data: bytes) -> bytes:
        device = self._chip.air.find(_u16(data))
        return device.wire_ieee if device else b"\xff" * 8

    def _association_at(self, data: bytes) -> bytes:
        members = self._chip.air.members
        nwk = members[data[0]].nwk if data[0] < len(members) else None
        return _association(nwk)

    def _association_of(self, data: bytes) -> bytes:
        air = self._chip.air
        device = air.find_ieee(data[:8]) or air.find(_u16(data, 8))
        member = device is not None and device in air.members
        return _association(device.nwk if device is not None and member else None)

    def _set_channel(self, data: bytes) -> bytes:
        primary, mask = struct.unpack_from("<BL", data)
        if primary and mask:
            self._chip.network.channel_mask = mask
        return OK

    def _commission(self, data: bytes) -> bytes:
        """Form or restore the network; anything but formation just succeeds."""
        if not data[0] & _FORMATION:
            self._chip.emit(COMMISSIONING, bytes((_SUCCESS, data[0], 0)))
            return OK
        if self._chip.start():
            self._chip.emit(COMMISSIONING, bytes((_SUCCESS, _FORMATION, 0)))
        else:  # as the real stack does: first restored, then "formation failed"
            self._chip.emit(COMMISSIONING, bytes((_RESTORED, 0, _FORMATION)))
            self._chip.emit(COMMISSIONING, bytes((_FORMATION_FAILURE, _FORMATION, 0)))
        return OK


def _association(nwk: int | None) -> bytes:
    if nwk is None:
        return _NO_ASSOCIATION.ljust(_ASSOCIATION_LENGTH, b"\xff")
    head = struct.pack("<HHB", nwk, 0, _NEIGHBOR_RELATION)
    return head.ljust(_ASSOCIATION_LENGTH, b"\x00")


def _u16(data: bytes, offset: int = 0) -> int:
    return int(struct.unpack_from("<H", data, offset)[0])


def _key(data: bytes) -> nv.Key:
    system, item, sub = struct.unpack_from("<BHH", data)
    return system, item, sub
