"""Memory, addresses and associations of the simulated coordinator, command by command."""

import struct

import pytest

from tests.integration.mt_client import commission, join, mt_client
from tests.integration.simulator_world import LOOPBACK, simulator

pytestmark = pytest.mark.allow_hosts(LOOPBACK)
ITEM = struct.pack("<BHH", 1, 0x0321, 7)


async def test_extended_items_are_created_written_read_and_deleted() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        assert await client.ask(0x2132, ITEM) == bytes(4)
        assert await client.ask(0x2133, ITEM + b"\0\0\x04") == b"\x02\x00"
        assert await client.ask(0x2130, ITEM + struct.pack("<L", 4)) == b"\x00"
        assert await client.ask(0x2130, ITEM + struct.pack("<L", 4)) == b"\x0a"
        assert await client.ask(0x2134, ITEM + b"\x01\x00\x02\xaa\xbb") == b"\x00"
        assert await client.ask(0x2134, ITEM + b"\x03\x00\x02\xaa\xbb") == b"\x02"
        read = await client.ask(0x2133, ITEM + b"\x00\x00\x04")
        assert read == bytes.fromhex("00 04 ff aa bb ff")
        assert await client.ask(0x2135, ITEM + b"\x02\x01\x02") == b"\x00"
        assert await client.ask(0x2132, ITEM) == struct.pack("<L", 2)
        assert await client.ask(0x2131, ITEM) == b"\x00"
        assert await client.ask(0x2131, ITEM) == b"\x09"


async def test_old_items_are_created_and_deleted_with_their_length() -> None:
    item = struct.pack("<H", 0x0060)
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        created = item + struct.pack("<HB", 3, 1) + b"\x55"
        assert await client.ask(0x2107, created) == b"\x09"
        assert await client.ask(0x2107, created) == b"\x00"  # it is there
        assert await client.ask(0x2108, item + b"\x00") == b"\x00\x03\x55\xff\xff"
        assert await client.ask(0x2109, item + b"\x02\x01\x07") == b"\x00"
        assert await client.ask(0x2108, item + b"\x02") == b"\x00\x01\x07"
        assert await client.ask(0x2112, item + b"\x01\x00") == b"\x0c"
        assert await client.ask(0x2112, item + b"\x03\x00") == b"\x00"
        assert await client.ask(0x2112, item + b"\x03\x00") == b"\x09"


async def test_addresses_and_associations_are_looked_up() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        (nwk,) = await join(client, 1)
        ieee, short = coordinator.relays[0].wire_ieee, struct.pack("<H", nwk)
        assert await client.ask(0x2740, ieee) == short
        assert await client.ask(0x2740, bytes(8)) == b"\xfe\xff"
        assert await client.ask(0x2741, short) == ieee
        assert await client.ask(0x2741, b"\x01\x00") == b"\xff" * 8
        assert await client.ask(0x2748, b"\x00\xff") == b"\x01\x00"
        assert (await client.ask(0x2749, b"\x00"))[:2] == short
        assert (await client.ask(0x2749, b"\x01"))[:2] == b"\xfe\xff"
        found = await client.ask(0x274A, ieee + bytes(2))
        assert (found[:2], found[4], len(found)) == (short, 5, 36)
        missing = await client.ask(0x274A, bytes(10))
        assert (missing[:2], missing[4]) == (b"\xfe\xff", 0xFF)
        assert await client.ask(0x2546, short + b"\x01\x03") == b"\x00"
        assert await client.ask(0x2546, b"\x01\x00\x01\x03") == b"\x04"


async def test_groups_endpoints_and_callbacks_of_the_coordinator() -> None:
    group = struct.pack("<BH", 242, 0x0B84)
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        assert (await client.ask(0x254A, group))[:1] == b"\x01"
        assert await client.ask(0x254B, group + b"\x00") == b"\x00"
        assert await client.ask(0x254A, group) == b"\x00" + group[1:] + b"\x00"
        assert await client.ask(0x2547, group) == b"\x00"
        assert await client.ask(0x2404, b"\x01") == b"\x02"
        assert await client.ask(0x253E, b"\xff\xff") == b"\x00"
        assert await client.ask(0x253F, b"\xff\xff") == b"\x00"


async def test_data_needs_a_network_and_a_registered_endpoint() -> None:
    request = struct.pack("<HBBHBBB", 1, 1, 1, 6, 9, 0, 30) + b"\x03\x01\x2a\x01"
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        assert await client.ask(0x2401, request) == b"\xc2"
        await commission(client)
        other = request[:3] + b"\x05" + request[4:]
        assert await client.ask(0x2401, other) == b"\x02"
