"""The network of the simulated coordinator, as its non-volatile memory holds it."""

import hashlib
import struct
from dataclasses import replace

from collector.simulator import nv
from collector.simulator.chance import seeded
from collector.simulator.nib import Nib
from collector.simulator.nv import NvStore, osal

NO_ADDRESS = 0xFFFE
_CLEAR_CONFIG = 0x01  # bits of STARTUP_OPTION
_CLEAR_STATE = 0x02
_ALL_CHANNELS = 0x07FFF800
_SECURITY_ENTRIES = 12
_APS_KEY_ENTRIES = 4
_FRAME_COUNTER_STEP = 1250  # Z-Stack skips so many at every start
_UNSET_KEY = b"\xff" * 16
_FREE_ADDRESS = b"\xff" * 12
_FREE_TCLK = bytes(16) + b"\xff\x00\x00\x00"
_SECURITY = 0x02  # address manager: an entry with a link key
_VERIFIED = 0x02  # TCLK table: a key that the device has confirmed

# Settings that Z-Stack creates at first boot: hosts write them without creating.
_CONFIG = {
    nv.BCAST_DELIVERY_TIME: b"\x1e",
    nv.CONCENTRATOR_ENABLE: b"\x01",
    nv.CONCENTRATOR_DISCOVERY: b"\x78",
    nv.CONCENTRATOR_RC: b"\x01",
    nv.SRC_RTG_EXPIRY_TIME: b"\xff",
    nv.NWK_CHILD_AGE_ENABLE: b"\x00",
    nv.SECURITY_LEVEL: b"\x05",
    nv.PRECFGKEYS_ENABLE: b"\x01",
    nv.USE_DEFAULT_TCLK: b"\x01",
    nv.LOGICAL_TYPE: b"\x00",
    nv.ZDO_DIRECT_CB: b"\x00",
    nv.PANID: b"\xff\xff",
    nv.CHANLIST: struct.pack("<L", _ALL_CHANNELS),
    nv.PRECFGKEY: _UNSET_KEY,
    nv.APS_USE_EXT_PANID: bytes(8),
    nv.EXTENDED_PAN_ID: bytes(8),
}


class Network:
    """Boots, forms and restores the network; remembers who belongs to it."""

    def __init__(self, store: NvStore, seed: int, capacity: int) -> None:
        self.nv = store
        self.channel_mask = _ALL_CHANNELS
        self.identity: str | None = None  # what members must know; None: not started
        self._hardware_ieee = bytes((seed & 0xFF, seed >> 8 & 0xFF)) + bytes.fromhex(
            "5e4d004b1200"  # wire order; 00:12:4b is Texas Instruments
        )
        self._random = seeded(seed, "network")
        self._capacity = capacity  # entries for devices
        self.boot()

    def boot(self) -> None:
        """Do what Z-Stack does at a reset: clear what it was told to, fill the rest."""
        self.identity = None
        option = (self._get(nv.STARTUP_OPTION) or b"\x00")[0]
        if option & _CLEAR_STATE:
            for item in (nv.NIB, nv.BDB_ON_A_NETWORK, nv.NWKKEY):
                self.nv.delete(osal(item))
            self.nv.delete(osal(nv.NWK_ACTIVE_KEY_INFO))
            self.nv.delete(osal(nv.NWK_ALTERN_KEY_INFO))
            self._fill_tables(clear=True)
        if option & _CLEAR_CONFIG:
            for item, value in _CONFIG.items():
                self._put(item, value)
        self._put(nv.STARTUP_OPTION, b"\x00")
        self._fill()

    def _fill(self) -> None:
        """Create every item that must exist and does not."""
        missing = {
            **_CONFIG,
            nv.EXTADDR: self._hardware_ieee,
            nv.BDB_ON_A_NETWORK: b"\x00",
            nv.NWKKEY: bytes(24),
            nv.NWK_ACTIVE_KEY_INFO: bytes(17),
            nv.NWK_ALTERN_KEY_INFO: bytes(17),
            nv.TCLK_SEED: self._random.randbytes(16),
            nv.APS_LINK_KEY_TABLE: bytes(2 + 6 * _APS_KEY_ENTRIES),
        }
        for item, value in missing.items():
            if self._get(item) is None:
                self._put(item, value)
        self._fill_tables(clear=False)

    def _fill_tables(self, *, clear: bool) -> None:
        tables = (
            (nv.ADDRESS_MANAGER, _FREE_ADDRESS, self._capacity),
            (nv.TCLK_TABLE, _FREE_TCLK, self._capacity),
            (nv.APS_KEY_TABLE, bytes(24), _APS_KEY_ENTRIES),
            (nv.SECURITY_MATERIAL, bytes(12), _SECURITY_ENTRIES),
        )
        for table, empty, entries in tables:
            for index in range(entries):
                key = (nv.ZSTACK, table, index)
                if clear or self.nv.get(key) is None:
                    self.nv.put(key, empty)

    def start(self) -> bool:
        """Restore the network, or form a new one; True: it is new."""
        new = self._get(nv.BDB_ON_A_NETWORK) != b"\x01" or self.nib is None
        if new:
            self._form()
        self._count_frames()
        nib = self.nib
        extended = nib.extended_pan_id if nib else bytes(8)
        key = (self._get(nv.NWK_ACTIVE_KEY_INFO) or bytes(17))[1:17]
        self.identity = hashlib.sha256(extended + key).hexdigest()[:16]
        return new

    @property
    def started(self) -> bool:
        """Whether the network runs."""
        return self.identity is not None

    def _form(self) -> None:
        """Form a network from what the host has written."""
        pan_id = int.from_bytes(self._get(nv.PANID) or b"\xff\xff", "little")
        if pan_id in {0xFFFF, NO_ADDRESS}:
            pan_id = self._random.randrange(1, 0xFFFE)
        extended = self._get(nv.APS_USE_EXT_PANID) or bytes(8)
        if extended in {bytes(8), b"\xff" * 8}:
            extended = self.ieee
        key = self._get(nv.PRECFGKEY) or _UNSET_KEY
        if key == _UNSET_KEY:
            key = self._random.randbytes(16)
        channels = [each for each in range(11, 27) if self.channel_mask >> each & 1]
        nib = Nib(
            channel=channels[0] if channels else 11,
            pan_id=pan_id,
            extended_pan_id=extended,
            ieee=self.ieee,
            channel_mask=self.channel_mask,
        )
        self._put(nv.NIB, nib.pack())
        self._put(nv.EXTENDED_PAN_ID, extended)
        self._put(nv.BDB_ON_A_NETWORK, b"\x01")
        self._put(nv.NWK_ACTIVE_KEY_INFO, b"\x00" + key)
        self._put(nv.NWK_ALTERN_KEY_INFO, b"\x00" + key)
        self.nv.put((nv.ZSTACK, nv.SECURITY_MATERIAL, 0), bytes(4) + extended)

    def _count_frames(self) -> None:
        """Let the frame counter jump ahead, as every start does."""
        nib = self.nib
        for index in range(_SECURITY_ENTRIES):
            key = (nv.ZSTACK, nv.SECURITY_MATERIAL, index)
            entry = self.nv.get(key) or b""
            if nib and entry[4:] == nib.extended_pan_id:
                counter = int.from_bytes(entry[:4], "little") + _FRAME_COUNTER_STEP
                self.nv.put(key, struct.pack("<L", counter & 0xFFFFFFFF) + entry[4:])

    @property
    def nib(self) -> Nib | None:
        """The network's parameters; None: there is no network."""
        return Nib.parse(self._get(nv.NIB) or b"")

    @property
    def ieee(self) -> bytes:
        """The coordinator's IEEE address, wire order."""
        return self._get(nv.EXTADDR) or self._hardware_ieee

    @property
    def direct_callbacks(self) -> bool:
        """Whether the host wants ZDO_*_RSP frames."""
        return self._get(nv.ZDO_DIRECT_CB) == b"\x01"

    def change_channel(self, mask: int) -> None:
        """Move the network to the first channel of `mask`."""
        nib = self.nib
        channels = [each for each in range(11, 27) if mask >> each & 1]
        if nib is not None and channels:
            moved = replace(
                nib,
                channel=channels[0],
                channel_mask=mask,
                update_id=nib.update_id + 1 & 0xFF,
            )
            self._put(nv.NIB, moved.pack())

    def remember(self, ieee: bytes, nwk: int) -> None:
        """Enter a device that has joined, or its new address, into the tables."""
        entry = struct.pack("<BxH", _SECURITY, nwk) + ieee
        self._enter(nv.ADDRESS_MANAGER, 4, ieee, _FREE_ADDRESS, entry)
        link = bytes(8) + ieee + bytes((_VERIFIED, 0, 0, 0))
        self._enter(nv.TCLK_TABLE, 8, ieee, _FREE_TCLK, link)

    def forget(self, ieee: bytes) -> None:
        """Delete a device that has left from the tables."""
        self._enter(nv.ADDRESS_MANAGER, 4, ieee, None, _FREE_ADDRESS)
        self._enter(nv.TCLK_TABLE, 8, ieee, None, _FREE_TCLK)

    def _enter(
        self, table: int, offset: int, ieee: bytes, free: bytes | None, entry: bytes
    ) -> None:
        """Put `entry` where `ieee` stands, else where `free` does; a full table stays."""
        keys = [(nv.ZSTACK, table, index) for index in range(self._capacity)]
        entries = [self.nv.get(key) or b"" for key in keys]
        place = next(
            (i for i, each in enumerate(entries) if each[offset : offset + 8] == ieee),
            entries.index(free) if free in entries else None,
        )
        if place is not None:
            self.nv.put(keys[place], entry)

    def _get(self, item: int) -> bytes | None:
        return self.nv.get(osal(item))

    def _put(self, item: int, value: bytes) -> None:
        self.nv.put(osal(item), value)
