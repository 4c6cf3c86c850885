"""Carries out the reads that the core asks for, at LOW priority, without retries.

The answer comes back as a frame: the tap copies read responses onto the queue. Here
only success and failure matter.
"""

from zigpy.exceptions import ZigbeeException
from zigpy.types import EUI64, PacketPriority

from collector.model.frame import ReadRequest, Urgency
from collector.model.quantity import CHANNELS, Quantity
from collector.radio.application import RelayApplication
from collector.radio.attempt import attempt, reason
from collector.radio.settings import LUMI_CODE

READ_SECONDS = 2.0  # a relay is a mains router: it answers in tens of milliseconds

# cluster, attribute, manufacturer code
_WHAT = {
    Quantity.POWER: (0x000C, 0x0055, None),
    Quantity.STATE: (0x0006, 0x0000, None),
    Quantity.INTERLOCK: (0x0010, 0xFF06, LUMI_CODE),
}


async def read(app: RelayApplication, request: ReadRequest) -> str | None:
    """Send one read and wait for its answer; return why it failed, or None."""
    cluster_id, attribute, manufacturer = _WHAT[request.quantity]
    endpoint = CHANNELS.index(request.channel) + 1 if request.channel else 1
    urgent = request.urgency is Urgency.HIGH
    try:
        device = app.devices[EUI64.convert(request.ieee)]
        cluster = device.endpoints[endpoint].in_clusters[cluster_id]
        async with attempt(app, READ_SECONDS):
            await cluster.read_attributes_raw(
                [attribute],
                manufacturer=manufacturer,
                priority=PacketPriority.HIGH if urgent else PacketPriority.LOW,
                retries=0,
                timeout=READ_SECONDS,
            )
    except KeyError:
        return "unknown_relay"
    except (ZigbeeException, OSError, RuntimeError, ValueError) as error:
        return reason(app, error)  # OSError: TimeoutError is one
    return None
