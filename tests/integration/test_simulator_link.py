"""The simulated coordinator's port, command by command."""

import struct

import pytest

from tests.integration.mt_client import NETWORK_KEY, commission, join, mt_client
from tests.integration.simulator_world import LOOPBACK, simulator

pytestmark = pytest.mark.allow_hosts(LOOPBACK)
PING, VERSION, RESET = 0x2101, 0x2102, 0x4100


async def test_answers_as_a_cc2652_with_z_stack_3_30() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        assert await client.ask(PING) == bytes.fromhex("5906")
        version = await client.ask(VERSION)
        assert version[:5] == bytes((2, 1, 2, 7, 1))
        assert len(await client.ask(0x2749, b"\x00")) == 36  # the aligned struct
        assert len(await client.ask(0x211C, struct.pack("<HH", 0x0082, 0))) == 2 + 24


async def test_unknown_commands_are_not_recognized() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        with pytest.raises(RuntimeError, match="refused: 022177"):
            await client.ask(0x2177)
        with pytest.raises(RuntimeError, match="refused: 012604"):
            await client.ask(0x2604, b"\x01")  # SAPI is not built in
        with pytest.raises(RuntimeError, match="refused: 04211c"):
            await client.ask(0x211C, b"\x01")  # too short
        assert await client.ask(PING)


async def test_noise_between_frames_is_skipped() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        client.send_raw(bytes([0xEF]) * 256 + b"\xfe\xff\xfe\x03\x21\x01\x00")
        client.send_raw(b"\xfe\x00\x21\x01\x21")  # a bad checksum
        assert await client.ask(PING)


async def test_the_network_is_what_the_memory_items_say() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        await commission(client)
        nib = (await client.ask(0x211C, struct.pack("<HH", 0x0021, 0)))[2:]
        assert len(nib) == 116
        info = await client.ask(0x2550)
        short, state, pan, _, extended = struct.unpack_from("<HBHH8s", info)
        assert (short, state, pan, extended) == (0, 9, 0x1A62, b"\xdd" * 8)
        assert info[-1] == 20
        key = (await client.ask(0x211C, struct.pack("<HH", 0x003A, 0)))[2:]
        assert key == b"\x00" + NETWORK_KEY


async def test_clearing_state_at_reset_forgets_the_network_and_keeps_the_chip() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        await commission(client)
        ieee = await client.ask(0x2104)
        length = await client.ask(0x2113, struct.pack("<H", 1))
        await client.ask(0x2112, struct.pack("<H", 1) + length)  # delete EXTADDR
        await client.ask(0x211D, struct.pack("<HHH", 3, 0, 1) + b"\x03")
        client.send(RESET, b"\x01")
        assert await client.wait(0x4180) == b"\x00\x02\x01\x02\x07\x01"
        assert await client.ask(0x2113, struct.pack("<H", 0x0021)) == b"\x00\x00"
        assert await client.ask(0x211C, struct.pack("<HH", 3, 0)) == b"\x00\x01\x00"
        assert (await client.ask(0x211C, struct.pack("<HH", 1, 0)))[2:] == ieee


async def test_zdo_requests_are_answered_in_zigbee2mqtts_dialect() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        (nwk,) = await join(client, 1)
        twice = struct.pack("<HH", nwk, nwk)
        head = struct.pack("<HBH", nwk, 0, nwk)
        await client.ask(0x2502, twice)
        descriptor = bytes.fromhex("01408e37107f64000000640000")
        assert await client.wait(0x4582) == head + descriptor
        await client.ask(0x2505, twice)
        assert await client.wait(0x4585) == head + b"\x02\x01\x02"
        await client.ask(0x2504, twice + b"\x02")
        simple = bytes.fromhex("1002040101010204060010000400050000")
        assert await client.wait(0x4584) == head + simple
        await client.ask(0x2504, twice + b"\x07")
        assert await client.wait(0x4584) == struct.pack("<HBHB", nwk, 0x83, nwk, 0)
        wire = coordinator.relays[0].wire_ieee
        await client.ask(0x2500, wire + b"\x00\x00")
        assert await client.wait(0x4580) == b"\x00" + wire + twice[:2] + b"\x00\x00"


async def test_data_is_confirmed_before_it_is_answered() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        (nwk,) = await join(client, 1)
        request = struct.pack("<HBBHBBB", nwk, 1, 1, 0x0006, 9, 0, 30)
        await client.ask(0x2401, request + b"\x03\x01\x2a\x01")
        await client.ask(PING)
        commands = [command for command, _ in client.told[-3:]]
        assert commands == [0x4480, 0x4481, 0x4481]
        assert client.told[-3][1] == b"\x00\x01\x09"


async def test_an_unknown_address_has_no_route() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        request = struct.pack("<HBBHBBB", 0x1234, 1, 1, 0x0006, 9, 0, 30)
        assert await client.ask(0x2401, request + b"\x03\x01\x2a\x01") == b"\x00"
        assert await client.wait(0x4480) == b"\xcd\x01\x09"


async def test_frames_of_another_device_carry_its_group() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        (nwk,) = await join(client, 1)
        frame = bytes.fromhex("18060a00001000")
        coordinator.inject(coordinator.relays[0].ieee, 1, 6, frame, group_id=0x1234)
        data = await client.wait(0x4481)
        assert data[:6] == struct.pack("<HHH", 0x1234, 0x0006, nwk)
        assert data[16 : 17 + len(frame)] == bytes((len(frame),)) + frame


async def test_group_and_broadcast_commands_reach_the_relays() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        await commission(client)
        addresses = await join(client, 3)
        for nwk in addresses[:2]:
            request = struct.pack("<HBBHBBB", nwk, 2, 1, 0x0004, 9, 0, 30)
            await client.ask(0x2401, request + b"\x06\x01\x01\x00\x0b\x00\x00")
        head = struct.pack("<BH6xBHBHBBB", 1, 11, 0xFF, 0, 1, 0x0006, 7, 0, 30)
        await client.ask(0x2402, head + b"\x03\x00\x01\x02\x01")
        assert [each.is_on("l2") for each in coordinator.relays] == [True, True, False]
        everyone = struct.pack("<HBBHBBB", 0xFFFD, 1, 1, 0x0006, 9, 0, 30)
        await client.ask(0x2401, everyone + b"\x03\x01\x03\x01")
        assert all(each.is_on("l1") for each in coordinator.relays)


async def test_a_device_is_reached_by_its_ieee_address_too() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        await join(client, 1)
        head = struct.pack("<B", 3) + coordinator.relays[0].wire_ieee
        tail = struct.pack("<BHBHBBB", 1, 0, 1, 0x0006, 7, 0, 30)
        await client.ask(0x2402, head + tail + b"\x03\x00\x01\x02\x01")
        assert coordinator.relays[0].is_on("l1")


async def test_source_routed_data_arrives() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        (nwk,) = await join(client, 1)
        head = struct.pack("<HBBHBBBB", nwk, 1, 1, 0x0006, 7, 0, 30, 1)
        data = head + b"\x34\x12" + b"\x03\x01\x02\x01"
        assert await client.ask(0x2403, data) == b"\x00"
        assert coordinator.relays[0].is_on("l1")


async def test_an_address_is_asked_for_by_broadcast() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        (nwk,) = await join(client, 1)
        await client.ask(0x253E, b"\xff\xff")
        ieee = coordinator.relays[0].wire_ieee
        head = struct.pack("<BH6xBHBHBBB", 15, 0xFFFD, 0, 0, 0, 0x0000, 7, 0, 30)
        await client.ask(0x2402, head + b"\x0b\x00\x2a" + ieee + b"\x00\x00")
        answer = await client.wait(0x45FF)
        assert answer[:9] == struct.pack("<HBHBBH", nwk, 0, 0x8000, 0, 0x2A, 0)
        assert answer[9:] == b"\x00" + ieee + struct.pack("<H", nwk)
        await client.ask(0x2501, b"\x00\x00\x00\x00")  # the coordinator's own
        assert (await client.wait(0x4581))[9:11] == b"\x00\x00"


async def test_a_new_network_has_to_be_joined_anew() -> None:
    async with (
        simulator(relays=1) as coordinator,
        mt_client(coordinator.port) as client,
    ):
        await commission(client)
        (nwk,) = await join(client, 1)
        await client.ask(0x211D, struct.pack("<HHH", 3, 0, 1) + b"\x02")
        await client.ask(0x211D, struct.pack("<HHH", 0x47, 0, 8) + b"\x11" * 8)
        client.send(RESET, b"\x01")
        await client.wait(0x4180)
        await commission(client, extended=b"\x11" * 8)
        request = struct.pack("<HBBHBBB", nwk, 1, 1, 0x0006, 9, 0, 30)
        await client.ask(0x2401, request + b"\x03\x01\x2a\x01")
        assert await client.wait(0x4480) == b"\xcd\x01\x09"
        assert await join(client, 1)


async def test_a_reset_ends_joining_and_unregisters_endpoints() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        await commission(client)
        await client.ask(0x2536, struct.pack("<BHBB", 15, 0xFFFC, 60, 0))
        before = coordinator.permitted
        client.send(RESET, b"\x01")
        await client.wait(0x4180)
        assert (before, coordinator.permitted) == (True, False)
        assert (await client.ask(0x2700))[12] == 0  # not started
        assert await client.ask(0x2540, b"\x64\x00") == b"\x00"  # restored
        assert (await client.ask(0x2700))[12] == 9
        head = struct.pack("<BHHBBBB", 1, 0x0104, 5, 0, 0, 0, 0)
        assert await client.ask(0x2400, head) == b"\x00"
        assert await client.ask(0x2400, head) == b"\xb8"  # twice


async def test_the_coordinator_describes_itself() -> None:
    async with simulator() as coordinator, mt_client(coordinator.port) as client:
        await commission(client)
        await join(client, 3)
        await client.ask(0x2505, b"\x00\x00\x00\x00")
        assert await client.wait(0x4585) == bytes.fromhex("0000 00 0000 01 01")
        await client.ask(0x2531, b"\x00\x00\x00")
        assert (await client.wait(0x45B1))[2:6] == b"\x00\x03\x00\x03"
        await client.ask(0x2537, struct.pack("<HBLBBH", 0, 2, 1 << 15, 2, 1, 0))
        assert (await client.wait(0x45B8))[11:] == b"\x01\x12"
        await client.ask(0x2537, struct.pack("<HBLBBH", 0xFFFF, 15, 1 << 25, 254, 0, 0))
        assert (await client.ask(0x2550))[-1] == 25
