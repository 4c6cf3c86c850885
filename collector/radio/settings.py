"""Writes what the configuration asks for into a relay's own memory."""

import logging
from collections.abc import Callable, Iterable

from zigpy.types import EUI64, Bool, LVBytes, PacketPriority, uint8_t
from zigpy.zcl import Cluster
from zigpy.zcl.foundation import Attribute, Status, TypeValue

from collector.model.command import SettingWrite
from collector.radio.application import RelayApplication
from collector.radio.attempt import attempt, reason

_LOG = logging.getLogger(__name__)

WRITE_SECONDS = (
    3.0  # for each frame; a relay is a mains router, it answers in tens of ms
)
# Not the 0x1037 of the node descriptor: that is refused with UNSUP_MANUF_GENERAL_COMMAND.
LUMI_CODE = 0x115F
INTERLOCK, POWER_OUTAGE_MEMORY = "interlock", "power_outage_memory"

_BASIC, _BINARY_OUTPUT = 0x0000, 0x0010  # clusters of endpoint 1
_BOOLEAN, _OCTETS = uint8_t(0x10), uint8_t(0x41)  # ZCL types

# What Zigbee2MQTT writes, in this order; it cannot be read, and nobody knows its parts.
_MEMORY = {
    True: ("aa8005d14707011001", "aa8003d3070801"),
    False: ("aa8005d14709011000", "aa8003d3070a01"),
}


async def write(
    app: RelayApplication, wanted: SettingWrite, failed: Callable[[str], None]
) -> bool:
    """Write the setting; return whether the relay has said yes to every part of it.

    `failed` is told why it did not. Raises CancelledError only.
    """
    cluster_id, attributes = _frames(wanted)
    try:
        device = app.devices[EUI64.convert(wanted.ieee)]
        cluster: Cluster = device.endpoints[1].in_clusters[cluster_id]
    except (KeyError, ValueError):
        failed("unknown_relay")
        return False
    try:
        accepted = await _write(app, cluster, attributes)
    except Exception as error:  # noqa: BLE001  # whatever the radio does, it is a result
        _LOG.debug("Write failed: %s", wanted, exc_info=True)
        failed(reason(app, error))
        return False
    if not accepted:
        failed("refused")
    return accepted


async def _write(
    app: RelayApplication, cluster: Cluster, attributes: Iterable[Attribute]
) -> bool:
    """Write one attribute after the other; stop at the first refusal."""
    for attribute in attributes:
        async with attempt(app, WRITE_SECONDS):
            answer = await cluster.write_attributes_raw(
                [attribute],
                manufacturer_code=LUMI_CODE,
                priority=PacketPriority.NORMAL,
                retries=0,
                timeout=WRITE_SECONDS,
            )
        if not _says_yes(answer):
            return False
    return True


def _frames(wanted: SettingWrite) -> tuple[int, list[Attribute]]:
    """Return the cluster, and what is written there in frames of their own."""
    if wanted.setting == INTERLOCK:
        value = TypeValue(_BOOLEAN, Bool(wanted.value))
        return _BINARY_OUTPUT, [Attribute(0xFF06, value)]
    parts = (bytes.fromhex(part) for part in _MEMORY[wanted.value])
    return _BASIC, [
        Attribute(0xFFF0, TypeValue(_OCTETS, LVBytes(part))) for part in parts
    ]


def _says_yes(answer: object) -> bool:
    """Whether it is a write response, and every record in it says success."""
    records = getattr(answer, "status_records", None)
    return bool(records) and all(
        record.status == Status.SUCCESS for record in records or ()
    )
