"""What the coordinator and its devices say of themselves and of their neighbours."""

from datetime import UTC, datetime
from typing import Any

from zigpy.types import PacketPriority
from zigpy.zdo.types import LogicalType, Relationship, Status

from collector.model.errors import TransientError
from collector.model.network import (
    DeviceFacts,
    InterviewState,
    MapLink,
    MapNode,
    NetworkIdentity,
    NodeKind,
)
from collector.radio.application import RelayApplication
from collector.radio.attempt import attempt

TABLE_SECONDS = 5.0  # for the whole neighbour table of one device

BASIC = 0x0000
MANUFACTURER, MODEL, HW_VERSION, DATE_CODE, SW_BUILD = (
    0x0004,
    0x0005,
    0x0003,
    0x0006,
    0x4000,
)

# SYS_VERSION's product id in the words of zigbee-herdsman (ZnpVersion).
_CHIPS = {0: "ZStack12", 1: "ZStack3x0", 2: "ZStack30x"}
_FIRMWARE = {
    "transportrev": "TransportRev",
    "product": "ProductId",
    "majorrel": "MajorRel",
    "minorrel": "MinorRel",
    "maintrel": "MaintRel",
    "revision": "CodeRevision",
}
_KINDS = {
    LogicalType.Coordinator: NodeKind.COORDINATOR,
    LogicalType.Router: NodeKind.ROUTER,
    LogicalType.EndDevice: NodeKind.END_DEVICE,
}
_NOBODY = "00:00:00:00:00:00:00:00"


def identity(app: RelayApplication) -> NetworkIdentity:
    """Return who the coordinator is and which network it holds."""
    node, network = app.state.node_info, app.state.network_info
    version = network.metadata.get("zstack", {})
    firmware = {
        ours: int(version[theirs])
        for ours, theirs in _FIRMWARE.items()
        if version.get(theirs) is not None
    }
    return NetworkIdentity(
        ieee=str(node.ieee),
        nwk=int(node.nwk),
        channel=int(network.channel),
        pan_id=int(network.pan_id),
        extended_pan_id=str(network.extended_pan_id),
        chip=_CHIPS.get(firmware.get("product", 0), "unknown"),
        firmware=firmware,
    )


def facts(device: Any, *, interviewing: bool) -> DeviceFacts:
    """Return what zigpy's cache has of a device."""
    date_code, sw_build = _cached(device, DATE_CODE), _cached(device, SW_BUILD)
    hw_version = _cached(device, HW_VERSION)
    return DeviceFacts(
        ieee=str(device.ieee),
        nwk=int(device.nwk),
        kind=_kind(device),
        manufacturer=_text(device.manufacturer),
        model=_text(device.model),
        date_code=_text(date_code),
        sw_build=_text(sw_build),
        hw_version=None if hw_version is None else int(hw_version),
        last_seen=_last_seen(device),
        interview=_interview(device, interviewing=interviewing),
    )


def node(device: Any, *, asked: bool, failed: bool) -> MapNode:
    """Return a device as a node of the map."""
    return MapNode(
        ieee=str(device.ieee),
        nwk=int(device.nwk),
        kind=_kind(device),
        manufacturer=_text(device.manufacturer),
        model=_text(device.model),
        last_seen=_last_seen(device),
        failed=("lqi",) if failed else (),
        asked=asked,
    )


async def links(app: RelayApplication, device: Any) -> list[MapLink]:
    """Ask one device for its neighbour table (Mgmt_Lqi).

    TransientError where it refuses; what zigpy raises where it does not answer.
    """
    neighbors: list[Any] = []
    async with attempt(app, TABLE_SECONDS):
        while True:
            status, part = await device.zdo.Mgmt_Lqi_req(
                len(neighbors),
                priority=PacketPriority.LOW,
                retries=0,
                timeout=TABLE_SECONDS,
            )
            if status != Status.SUCCESS or part is None:
                raise TransientError(f"Device {device.ieee} has no neighbour table")
            neighbors += part.NeighborTableList
            if not part.NeighborTableList or len(neighbors) >= part.Entries:
                break
    return [
        _link(app, each, device)
        for each in neighbors
        if each.relationship <= Relationship.NoneOfTheAbove  # others are of the past
    ]


def _link(app: RelayApplication, neighbor: Any, device: Any) -> MapLink:
    return MapLink(
        source=_neighbor_ieee(app, neighbor),
        source_nwk=int(neighbor.nwk),
        target=str(device.ieee),
        target_nwk=int(device.nwk),
        lqi=int(neighbor.lqi),
        depth=int(neighbor.depth),
        relationship=int(neighbor.relationship),
        device_type=int(neighbor.device_type),
        rx_on_when_idle=int(neighbor.rx_on_when_idle),
        permit_joining=int(neighbor.permit_joining),
    )


def _neighbor_ieee(app: RelayApplication, neighbor: Any) -> str:
    """Return the neighbour's address; LUMI devices leave it out (Zigbee2MQTT knows)."""
    ieee = str(neighbor.ieee)
    if ieee == _NOBODY:
        known = (each for each in app.devices.values() if each.nwk == neighbor.nwk)
        ieee = next((str(each.ieee) for each in known), ieee)
    return ieee


def _kind(device: Any) -> NodeKind:
    descriptor = getattr(device, "node_desc", None)
    if descriptor is None:
        return NodeKind.UNKNOWN
    return _KINDS.get(descriptor.logical_type, NodeKind.UNKNOWN)


def _interview(device: Any, *, interviewing: bool) -> InterviewState:
    if interviewing or getattr(device, "initializing", False):
        return InterviewState.IN_PROGRESS
    if device.is_initialized:
        return InterviewState.SUCCESSFUL
    return InterviewState.FAILED


def _cached(device: Any, attribute: int) -> Any:
    """Return a cached attribute of the first Basic cluster; None: never read."""
    for endpoint in device.non_zdo_endpoints:
        cluster = endpoint.in_clusters.get(BASIC)
        if cluster is not None:
            return cluster.get(attribute)
    return None


def _last_seen(device: Any) -> datetime | None:
    seen = device.last_seen
    return None if seen is None else datetime.fromtimestamp(seen, UTC)


def _text(value: object) -> str | None:
    """Return a text; real devices pad theirs with zero bytes."""
    return None if value is None else str(value).rstrip("\x00")
