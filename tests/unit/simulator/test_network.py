"""The coordinator's memory: what Z-Stack hosts find in it, and what a reset does."""

import struct

import pytest
import zigpy_znp.types as znp_t

from collector.simulator import nv
from collector.simulator.network import Network
from collector.simulator.nib import LENGTH, Nib
from collector.simulator.nv import NvStore, osal

KEY = bytes(range(16))
EXTENDED = bytes.fromhex("0011223344556677")
RELAY = bytes.fromhex("0000a003008d1500")


@pytest.fixture
def network() -> Network:
    return Network(NvStore(), seed=1, capacity=4)


def form(network: Network) -> None:
    network.nv.put(osal(nv.PRECFGKEY), KEY)
    network.nv.put(osal(nv.PANID), b"\x34\x12")
    network.nv.put(osal(nv.APS_USE_EXT_PANID), EXTENDED)
    network.channel_mask = 1 << 20
    assert network.start()


def test_the_nib_is_what_zigpy_znp_reads(network: Network) -> None:
    form(network)
    data = network.nv.get(osal(nv.NIB)) or b""
    assert len(data) == LENGTH == 116
    nib, rest = znp_t.NIB.deserialize(data, align=True)
    assert rest == b""
    assert (nib.nwkPanId, nib.nwkLogicalChannel) == (0x1234, 20)
    assert nib.extendedPANID.serialize() == EXTENDED
    assert nib.channelList == znp_t.Channels.from_channel_list([20])
    assert (nib.nwkKeyLoaded, nib.SecurityLevel, nib.nwkDevAddress) == (1, 5, 0)
    assert nib.nwkState == 8


def test_a_packed_nib_is_parsed_again() -> None:
    nib = Nib(channel=11, pan_id=1, extended_pan_id=EXTENDED, ieee=RELAY, update_id=3)
    assert Nib.parse(nib.pack()) == nib
    assert Nib.parse(b"too short") is None


def test_an_empty_chip_has_no_network_and_a_fixed_address(network: Network) -> None:
    assert network.nib is None
    assert not network.started
    assert network.ieee == bytes.fromhex("01005e4d004b1200")


def test_a_started_network_is_restored_and_counts_on(network: Network) -> None:
    form(network)
    identity = network.identity
    entry = (nv.ZSTACK, nv.SECURITY_MATERIAL, 0)
    before = struct.unpack_from("<L", network.nv.get(entry) or b"")[0]
    network.boot()
    assert not network.started
    assert not network.start()
    assert network.identity == identity
    assert struct.unpack_from("<L", network.nv.get(entry) or b"")[0] > before


@pytest.mark.parametrize(("option", "pan_id_kept"), [(b"\x02", True), (b"\x03", False)])
def test_startup_option_clears_state_and_config(
    network: Network, option: bytes, pan_id_kept: bool
) -> None:
    form(network)
    network.remember(RELAY, 0x1111)
    network.nv.put(osal(nv.STARTUP_OPTION), option)
    network.boot()
    assert network.nib is None
    assert (network.nv.get(osal(nv.PANID)) == b"\x34\x12") is pan_id_kept
    assert network.nv.get(osal(nv.STARTUP_OPTION)) == b"\x00"
    assert network.nv.get((nv.ZSTACK, nv.ADDRESS_MANAGER, 0)) == b"\xff" * 12


def test_a_deleted_address_comes_back_at_reset(network: Network) -> None:
    hardware = network.ieee
    network.nv.put(osal(nv.EXTADDR), RELAY)
    network.boot()
    assert network.ieee == RELAY
    network.nv.delete(osal(nv.EXTADDR))
    network.boot()
    assert network.ieee == hardware


@pytest.mark.parametrize(
    ("item", "length"),
    [(nv.NWKKEY, 24), (nv.NWK_ACTIVE_KEY_INFO, 17), (nv.TCLK_SEED, 16)],
)
def test_items_have_the_lengths_of_aligned_structs(
    network: Network, item: int, length: int
) -> None:
    assert network.nv.length(osal(item)) == length


def test_members_stand_in_the_tables_until_they_leave(network: Network) -> None:
    form(network)
    network.remember(RELAY, 0x1111)
    network.remember(RELAY, 0x2222)  # a new address replaces the old one
    data = network.nv.get((nv.ZSTACK, nv.ADDRESS_MANAGER, 0)) or b""
    entry, _ = znp_t.AddrMgrEntry.deserialize(data, align=True)
    assert (entry.nwkAddr, entry.extAddr.serialize()) == (0x2222, RELAY)
    data = network.nv.get((nv.ZSTACK, nv.TCLK_TABLE, 0)) or b""
    key, _ = znp_t.TCLKDevEntry.deserialize(data, align=True)
    assert key.extAddr.serialize() == RELAY
    network.forget(RELAY)
    assert network.nv.get((nv.ZSTACK, nv.ADDRESS_MANAGER, 0)) == b"\xff" * 12


def test_a_full_table_takes_no_more(network: Network) -> None:
    form(network)
    for index in range(6):
        network.remember(bytes((index,)) + RELAY[1:], 0x1000 + index)
    rows = [network.nv.get((nv.ZSTACK, nv.ADDRESS_MANAGER, i)) for i in range(6)]
    assert [row is None for row in rows] == [False] * 4 + [True] * 2


def test_a_channel_change_moves_the_network(network: Network) -> None:
    form(network)
    network.change_channel(1 << 25)
    nib = network.nib
    assert nib is not None
    assert (nib.channel, nib.update_id, nib.pan_id) == (25, 1, 0x1234)


def test_memory_survives_as_text() -> None:
    store = NvStore()
    store.put((1, 4, 2), b"\x01\x02")
    other = NvStore()
    other.load(store.dump())
    assert other.get((1, 4, 2)) == b"\x01\x02"
    with pytest.raises(ValueError, match="not enough values"):
        other.load({"1/2": "00"})


def test_writing_beyond_an_item_is_refused() -> None:
    store = NvStore()
    store.put((1, 0, 5), b"\x00\x00")
    assert not store.write((1, 0, 5), 1, b"\x01\x02")
    assert not store.write((1, 0, 6), 0, b"\x01")
    assert store.write((1, 0, 5), 1, b"\x09")
    assert store.get((1, 0, 5)) == b"\x00\x09"
