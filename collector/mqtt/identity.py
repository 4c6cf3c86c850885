"""The coordinator of the radio as the MQTT side names it."""

from collector.model.network import NetworkIdentity
from collector.mqtt.device import Coordinator


def coordinator_of(identity: NetworkIdentity | None) -> Coordinator | None:
    """Return it; None while the radio is down."""
    if identity is None:
        return None
    return Coordinator(
        ieee=identity.ieee,
        channel=identity.channel,
        pan_id=identity.pan_id,
        extended_pan_id=identity.extended_pan_id,
        type=identity.chip,
        meta=identity.firmware,
        nwk=identity.nwk,
    )
