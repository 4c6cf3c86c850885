"""The coordinator's non-volatile memory: items of bytes, and their numbers.

In Z-Stack 3.30 an old (OSAL) item is the extended item (ZSTACK, LEGACY, id), so one
store serves both families of commands. Numbers: Z-Stack's zcomdef.h.
"""

from collections.abc import Callable, Mapping

Key = tuple[int, int, int]  # system, item, sub-item

ZSTACK = 1
LEGACY = 0

# extended items of ZSTACK
ADDRESS_MANAGER = 1
TCLK_TABLE = 4
APS_KEY_TABLE = 6
SECURITY_MATERIAL = 7

# OSAL items
EXTADDR = 0x0001
STARTUP_OPTION = 0x0003
NIB = 0x0021
EXTENDED_PAN_ID = 0x002D
BCAST_DELIVERY_TIME = 0x0030
CONCENTRATOR_ENABLE = 0x0032
CONCENTRATOR_DISCOVERY = 0x0033
CONCENTRATOR_RC = 0x0036
SRC_RTG_EXPIRY_TIME = 0x0038
NWK_ACTIVE_KEY_INFO = 0x003A
NWK_ALTERN_KEY_INFO = 0x003B
NWK_CHILD_AGE_ENABLE = 0x003E
APS_USE_EXT_PANID = 0x0047
APS_LINK_KEY_TABLE = 0x004C
BDB_ON_A_NETWORK = 0x0055
ZSTACK_CONFIGURED = 0x0060
SECURITY_LEVEL = 0x0061
PRECFGKEY = 0x0062
PRECFGKEYS_ENABLE = 0x0063
USE_DEFAULT_TCLK = 0x006D
NWKKEY = 0x0082
PANID = 0x0083
CHANLIST = 0x0084
LOGICAL_TYPE = 0x0087
ZDO_DIRECT_CB = 0x008F
TCLK_SEED = 0x0101


def osal(item: int) -> Key:
    """Return the key of an OSAL item."""
    return ZSTACK, LEGACY, item


class NvStore:
    """Items of bytes; `changed` is called after every change."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._items: dict[Key, bytes] = {}
        self._changed = changed

    def get(self, key: Key) -> bytes | None:
        """Return the item, or None where there is none."""
        return self._items.get(key)

    def length(self, key: Key) -> int:
        """Return the item's length in bytes, 0 where there is none."""
        return len(self._items.get(key, b""))

    def put(self, key: Key, value: bytes) -> None:
        """Create or replace an item."""
        if self._items.get(key) != value:
            self._items[key] = value
            self._changed()

    def write(self, key: Key, offset: int, value: bytes) -> bool:
        """Overwrite a part of an item; False: no such item, or beyond its end."""
        old = self._items.get(key)
        if old is None or offset + len(value) > len(old):
            return False
        self.put(key, old[:offset] + value + old[offset + len(value) :])
        return True

    def delete(self, key: Key) -> bool:
        """Delete an item; False: there is none."""
        if self._items.pop(key, None) is None:
            return False
        self._changed()
        return True

    def dump(self) -> dict[str, str]:
        """Return everything as text, for the state file."""
        return {
            "/".join(map(str, key)): value.hex() for key, value in self._items.items()
        }

    def load(self, text: Mapping[str, str]) -> None:
        """Take over what `dump` gave; raises ValueError for anything else."""
        items: dict[Key, bytes] = {}
        for name, value in text.items():
            system, item, sub = (int(part) for part in name.split("/"))
            items[system, item, sub] = bytes.fromhex(value)
        self._items = items
