"""The Zigbee network as its coordinator knows it: who, where, and who hears whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NodeKind(StrEnum):
    """The role of a device on the network, in Zigbee2MQTT's words."""

    COORDINATOR = "Coordinator"
    ROUTER = "Router"
    END_DEVICE = "EndDevice"
    UNKNOWN = "Unknown"  # no node descriptor was read yet


class InterviewState(StrEnum):
    """How far the reading of a device's descriptors has come, in Zigbee2MQTT's words."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    FAILED = "FAILED"  # broke off, and nobody is at it


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkIdentity:
    """The coordinator and its network."""

    ieee: str  # the coordinator's: "00:12:4b:00:18:e8:6d:21"
    nwk: int  # 0
    channel: int  # 11-26
    pan_id: int
    extended_pan_id: str  # most significant byte first: "dd:dd:dd:dd:dd:dd:dd:dd"
    chip: str  # "ZStack12", "ZStack3x0" or "ZStack30x"
    # transportrev, product, majorrel, minorrel, maintrel, revision; a number that the
    # chip does not tell is missing (Z-Stack 1.2 has no revision).
    firmware: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What has been read of a device, without a word on the air; None: not read."""

    ieee: str
    nwk: int
    kind: NodeKind
    manufacturer: str | None  # Basic 0x0004
    model: str | None  # Basic 0x0005
    date_code: str | None  # Basic 0x0006
    sw_build: str | None  # Basic 0x4000
    hw_version: int | None  # Basic 0x0003
    last_seen: datetime | None  # aware UTC
    interview: InterviewState


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """One device of a network map."""

    ieee: str
    nwk: int
    kind: NodeKind
    manufacturer: str | None
    model: str | None
    last_seen: datetime | None  # aware UTC
    failed: tuple[str, ...] = ()  # ("lqi",): it was asked, and did not say
    asked: bool = True  # False: a device that is none of ours, or an end device


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLink:
    """One entry of a neighbour table: `target` hears `source` with this quality."""

    source: str  # ieee of the neighbour
    source_nwk: int
    target: str  # ieee of the device whose table it is
    target_nwk: int
    lqi: int  # 0-255
    depth: int  # hops from the coordinator
    relationship: int  # 0 parent, 1 child, 2 sibling, 3 none of these
    device_type: int  # of the neighbour: 0 coordinator, 1 router, 2 end device
    rx_on_when_idle: int  # 0 no, 1 yes, 2 unknown
    permit_joining: int  # 0 no, 1 yes, 2 unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkMap:
    """All devices of the network, and the links between them."""

    nodes: tuple[MapNode, ...]
    links: tuple[MapLink, ...]
