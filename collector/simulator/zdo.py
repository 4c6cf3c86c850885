"""Zigbee Device Objects: descriptors and management, answered; bytes -> bytes.

Bodies stand without the transaction number, as Z-Stack's MT commands carry them.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from collector.simulator.identity import Endpoints, simple_descriptor

NWK_ADDR, IEEE_ADDR, NODE_DESC, POWER_DESC = 0x0000, 0x0001, 0x0002, 0x0003
SIMPLE_DESC, ACTIVE_EP, MATCH_DESC, ANNOUNCE = 0x0004, 0x0005, 0x0006, 0x0013
BIND, UNBIND, MGMT_LQI, MGMT_RTG, MGMT_BIND = 0x0021, 0x0022, 0x0031, 0x0032, 0x0033
MGMT_LEAVE, MGMT_PERMIT, MGMT_UPDATE = 0x0034, 0x0036, 0x0038

SUCCESS = 0x00
INVALID_REQUEST = 0x80
DEVICE_NOT_FOUND = 0x81
INVALID_ENDPOINT = 0x82
NOT_ACTIVE = 0x83
NOT_SUPPORTED = 0x84
_ENTRIES_AT_ONCE = 3  # what fits into one answer on the air
_EXTENDED = 0x01  # request type of NWK_addr and IEEE_addr


@dataclass(slots=True, kw_only=True)
class Neighbor:
    """One entry of a neighbour table."""

    ieee: bytes  # wire order
    nwk: int
    kind: int  # 0 coordinator, 1 router
    relation: int  # 0 parent, 1 child, 2 sibling
    lqi: int


@dataclass(slots=True, kw_only=True)
class Node:
    """What a device says of itself."""

    ieee: bytes  # wire order
    nwk: int
    node_descriptor: bytes  # 13 bytes
    power_descriptor: bytes  # 2 bytes
    endpoints: Endpoints
    profiles: dict[int, int] = field(default_factory=dict)  # 0x0104 where not given
    extended_pan_id: bytes = bytes(8)
    neighbors: list[Neighbor] = field(default_factory=list)
    energies: tuple[int, ...] = ()  # of channels 11-26; a coordinator scans


def answer(node: Node, cluster: int, body: bytes) -> bytes:
    """Return the body of the response `cluster | 0x8000`."""
    handler = _HANDLERS.get(cluster)
    if handler is None:
        return bytes((NOT_SUPPORTED,))
    try:
        return handler(node, body)
    except (struct.error, IndexError):
        return bytes((INVALID_REQUEST,))


def announce(ieee: bytes, nwk: int, capability: int) -> bytes:
    """Return the body of a device announcement."""
    return struct.pack("<H", nwk) + ieee + bytes((capability,))


def _address(node: Node, body: bytes) -> bytes:
    kind, start = body[-2], body[-1]
    head = b"\x00" + node.ieee + struct.pack("<H", node.nwk)
    return head + (bytes((0, start)) if kind == _EXTENDED else b"")


def _about(node: Node, body: bytes) -> bytes:
    """Return status and address of interest, or the refusal of another's."""
    (nwk,) = struct.unpack_from("<H", body)
    status = SUCCESS if nwk == node.nwk else DEVICE_NOT_FOUND
    return struct.pack("<BH", status, nwk)


def _node_descriptor(node: Node, body: bytes) -> bytes:
    head = _about(node, body)
    return head if head[0] else head + node.node_descriptor


def _power_descriptor(node: Node, body: bytes) -> bytes:
    head = _about(node, body)
    return head if head[0] else head + node.power_descriptor


def _active_endpoints(node: Node, body: bytes) -> bytes:
    head = _about(node, body)
    if head[0]:
        return head + b"\x00"
    return head + bytes((len(node.endpoints),)) + bytes(node.endpoints)


def _simple_descriptor(node: Node, body: bytes) -> bytes:
    head, endpoint = _about(node, body), body[2]
    if head[0]:
        return head + b"\x00"
    if endpoint not in node.endpoints:
        status = INVALID_ENDPOINT if endpoint in {0, 0xFF} else NOT_ACTIVE
        return bytes((status,)) + head[1:] + b"\x00"
    profile = node.profiles.get(endpoint, 0x0104)
    descriptor = simple_descriptor(node.endpoints, endpoint, profile)
    return head + bytes((len(descriptor),)) + descriptor


def _match_descriptor(node: Node, body: bytes) -> bytes:
    head = _about(node, body)
    (profile,) = struct.unpack_from("<H", body, 2)
    servers = struct.unpack_from(f"<{body[4]}H", body, 5)
    after = 5 + 2 * body[4]
    clients = struct.unpack_from(f"<{body[after]}H", body, after + 1)
    matches = [
        endpoint
        for endpoint, (_, _, has, uses) in node.endpoints.items()
        if profile == node.profiles.get(endpoint, 0x0104)
        and (set(servers) & set(has) or set(clients) & set(uses))
    ]
    return head + bytes((len(matches),)) + bytes(matches)


def _bind(_node: Node, body: bytes) -> bytes:
    return bytes((SUCCESS if len(body) >= 14 else INVALID_REQUEST,))


def _neighbor_table(node: Node, body: bytes) -> bytes:
    start = body[0]
    some = node.neighbors[start : start + _ENTRIES_AT_ONCE]
    head = bytes((SUCCESS, len(node.neighbors), start, len(some)))
    return head + b"".join(
        node.extended_pan_id
        + each.ieee
        + struct.pack("<H", each.nwk)
        + bytes((each.kind | 1 << 2 | each.relation << 4, 0x02, each.kind, each.lqi))
        for each in some
    )


def _empty_table(_node: Node, body: bytes) -> bytes:
    return bytes((SUCCESS, 0, body[0], 0))


def _leave(node: Node, body: bytes) -> bytes:
    """Say yes where it is meant itself, by its address or by none: it has no children."""
    ieee, _options = struct.unpack_from("<8sB", body)
    mine = ieee in {node.ieee, bytes(8)}
    return bytes((SUCCESS if mine else DEVICE_NOT_FOUND,))


def _done(_node: Node, _body: bytes) -> bytes:
    return bytes((SUCCESS,))


def _network_update(node: Node, body: bytes) -> bytes:
    """Scan the energy of the channels asked for (a coordinator), or just say yes."""
    (mask, duration) = struct.unpack_from("<LB", body)
    if duration > 5 or not node.energies:
        return struct.pack("<BLHHB", NOT_SUPPORTED, mask, 0, 0, 0)
    values = bytes(
        value
        for channel, value in enumerate(node.energies, start=11)
        if mask >> channel & 1
    )
    return struct.pack("<BLHHB", SUCCESS, mask, 0, 0, len(values)) + values


_HANDLERS: dict[int, Callable[[Node, bytes], bytes]] = {
    NWK_ADDR: _address,
    IEEE_ADDR: _address,
    NODE_DESC: _node_descriptor,
    POWER_DESC: _power_descriptor,
    SIMPLE_DESC: _simple_descriptor,
    ACTIVE_EP: _active_endpoints,
    MATCH_DESC: _match_descriptor,
    BIND: _bind,
    UNBIND: _bind,
    MGMT_LQI: _neighbor_table,
    MGMT_RTG: _empty_table,
    MGMT_BIND: _empty_table,
    MGMT_LEAVE: _leave,
    MGMT_PERMIT: _done,
    MGMT_UPDATE: _network_update,
}
