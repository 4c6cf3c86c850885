"""Descriptors and management of relays and coordinator."""

import struct

import pytest
from hypothesis import given, strategies as st

from collector.simulator import identity, zdo
from tests.frames.vectors import vector

EXPECTED = vector("identity")["expected"]
NWK = 0xBE30
NODE = zdo.Node(
    ieee=identity.wire_ieee(2),
    nwk=NWK,
    node_descriptor=identity.NODE_DESCRIPTOR,
    power_descriptor=identity.POWER_DESCRIPTOR,
    endpoints=identity.RELAY_ENDPOINTS,
    energies=tuple(range(16)),
    neighbors=[
        zdo.Neighbor(ieee=bytes(8), nwk=index, kind=1, relation=1, lqi=100)
        for index in range(5)
    ],
)
ASKED = struct.pack("<H", NWK)


def test_the_node_descriptor_is_the_real_one() -> None:
    answer = zdo.answer(NODE, zdo.NODE_DESC, ASKED)
    assert answer.hex() == "0030be" + EXPECTED["node_descriptor_hex"]


@pytest.mark.parametrize("endpoint", [1, 2])
def test_simple_descriptors_are_the_real_ones(endpoint: int) -> None:
    answer = zdo.answer(NODE, zdo.SIMPLE_DESC, ASKED + bytes((endpoint,)))
    expected = EXPECTED[f"simple_descriptor_ep{endpoint}_hex_with_length"]
    assert answer.hex() == "0030be" + expected


def test_an_announcement_has_the_real_capability() -> None:
    body = zdo.announce(NODE.ieee, NWK, identity.CAPABILITY)
    assert body[-1:].hex() == EXPECTED["device_annce_capability"]
    assert body[:-1] == ASKED + NODE.ieee


@pytest.mark.parametrize(
    ("cluster", "body", "answer"),
    [
        (zdo.ACTIVE_EP, "30be", "0030be020102"),
        (zdo.POWER_DESC, "30be", "0030be10c1"),
        (zdo.NODE_DESC, "3412", "813412"),  # another's: device not found
        (zdo.SIMPLE_DESC, "30be07", "8330be00"),  # not active
        (zdo.SIMPLE_DESC, "30beff", "8230be00"),  # invalid endpoint
        (zdo.MATCH_DESC, "30be" + "0401" + "010600" + "00", "0030be020102"),
        (zdo.MATCH_DESC, "30be" + "0401" + "00" + "011900", "0030be0101"),
        (zdo.MATCH_DESC, "30be" + "5ec0" + "010600" + "00", "0030be00"),
        (zdo.BIND, "00" * 21, "00"),
        (zdo.MGMT_RTG, "00", "00000000"),
        (zdo.MGMT_LEAVE, "00" * 9, "00"),
        (zdo.MGMT_LEAVE, "0200a003008d1500" + "00", "00"),  # itself
        (zdo.MGMT_LEAVE, "0300a003008d1500" + "00", "81"),  # another: not found
        (zdo.MGMT_LEAVE, "0200a003008d1500", "80"),  # too short
        (0x0099, "", "84"),  # not supported
        (zdo.NODE_DESC, "30", "80"),  # too short
        (zdo.IEEE_ADDR, "30be" + "0000", "00" + "0200a003008d1500".zfill(16) + "30be"),
    ],
)
def test_requests_are_answered(cluster: int, body: str, answer: str) -> None:
    assert zdo.answer(NODE, cluster, bytes.fromhex(body)).hex() == answer


def test_the_neighbour_table_comes_in_parts() -> None:
    first = zdo.answer(NODE, zdo.MGMT_LQI, b"\x00")
    rest = zdo.answer(NODE, zdo.MGMT_LQI, b"\x03")
    assert first[:4] == bytes((0, 5, 0, 3))
    assert rest[:4] == bytes((0, 5, 3, 2))
    assert (len(first) - 4, len(rest) - 4) == (3 * 22, 2 * 22)


def test_an_energy_scan_covers_the_channels_asked_for() -> None:
    mask = 1 << 11 | 1 << 15 | 1 << 26
    answer = zdo.answer(NODE, zdo.MGMT_UPDATE, struct.pack("<LB", mask, 2))
    assert answer == struct.pack("<BLHHB", 0, mask, 0, 0, 3) + bytes((0, 4, 15))


@given(cluster=st.integers(0, 0x40), body=st.binary(max_size=30))
def test_no_request_crashes_it(cluster: int, body: bytes) -> None:
    assert zdo.answer(NODE, cluster, body)
