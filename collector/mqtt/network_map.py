"""The network map in the shape of Zigbee2MQTT's type `raw`."""

from collections.abc import Callable
from typing import Any, Final

from collector.model.network import MapNode, NetworkMap
from collector.mqtt.device import z2m_ieee

_COORDINATOR: Final = "Coordinator"


def raw_map(found: NetworkMap, name_of: Callable[[str], str]) -> dict[str, Any]:
    """Return nodes and links (lib/extension/networkMap.ts of Zigbee2MQTT 2)."""
    return {
        "nodes": [_node(node, name_of) for node in found.nodes],
        "links": [
            {
                "source": {
                    "ieeeAddr": z2m_ieee(link.source),
                    "networkAddress": link.source_nwk,
                },
                "target": {
                    "ieeeAddr": z2m_ieee(link.target),
                    "networkAddress": link.target_nwk,
                },
                "sourceIeeeAddr": z2m_ieee(link.source),
                "targetIeeeAddr": z2m_ieee(link.target),
                "sourceNwkAddr": link.source_nwk,
                "deviceType": link.device_type,
                "rxOnWhenIdle": link.rx_on_when_idle,
                "relationship": link.relationship,
                "permitJoining": link.permit_joining,
                "depth": link.depth,
                "lqi": link.lqi,
                "linkquality": link.lqi,
                "routes": [],
            }
            for link in found.links
        ],
    }


def _node(node: MapNode, name_of: Callable[[str], str]) -> dict[str, Any]:
    coordinator = node.kind.value == _COORDINATOR
    seen = node.last_seen
    return {
        "ieeeAddr": z2m_ieee(node.ieee),
        "friendlyName": _COORDINATOR if coordinator else name_of(node.ieee),
        "type": node.kind.value,
        "networkAddress": node.nwk,
        "manufacturerName": node.manufacturer,
        "modelID": node.model,
        "failed": list(node.failed),
        "lastSeen": None if seen is None else round(seen.timestamp() * 1000),
    }
