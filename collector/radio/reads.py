"""Read Attributes as Zigbee2MQTT sends it, and its answer in Python's own values."""

import struct
from collections.abc import Sequence
from typing import Any

from zigpy.types import EUI64, Bool, ClusterId, PacketPriority, uint8_t
from zigpy.zcl.foundation import Status, TypeValue

from collector.model.errors import TransientError

READ_SECONDS = 5.0

_READ = 0x00  # ZCL general command
# Frame control as Zigbee2MQTT sends it: no default response, and a manufacturer code.
_QUIET, _MANUFACTURER = 0x10, 0x04


async def ask(
    place: Any, cluster: int, attributes: Sequence[int], manufacturer: int | None
) -> Any:
    """Send Read Attributes; packed by hand, since zigpy asks for default responses."""
    sequence = uint8_t(place.device.get_sequence())
    code = b"" if manufacturer is None else struct.pack("<H", manufacturer)
    control = _QUIET | (_MANUFACTURER if code else 0)
    head = bytes((control, *code, sequence, _READ))
    return await place.request(
        ClusterId(cluster),
        sequence,
        head + struct.pack(f"<{len(attributes)}H", *attributes),
        priority=PacketPriority.LOW,
        retries=0,
        timeout=READ_SECONDS,
    )


def records_of(answer: Any, ieee: str, cluster: int) -> dict[int, Any]:
    """Return the values in a read response; TransientError for any other status."""
    where = f"cluster 0x{cluster:04x} of device {ieee}"
    records = getattr(answer, "status_records", None)
    if records is None:
        status = getattr(answer, "status", None)
        raise TransientError(f"The read of {where} was refused: {word(status)}")
    for record in records:
        if record.status != Status.SUCCESS:
            raise TransientError(
                f"Attribute 0x{record.attrid:04x} of {where}: {word(record.status)}"
            )
    return {int(record.attrid): record.value.value for record in records}


def plain(value: Any) -> object:
    """Return one of zigpy's values as Python's own: bool, int, float, str, bytes, list."""
    if isinstance(value, TypeValue):
        return plain(value.value)
    if isinstance(value, Bool | bool):
        return bool(value)
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return _plain_text_or_list(value)


def _plain_text_or_list(value: Any) -> object:
    if isinstance(value, Sequence) and not isinstance(value, str | EUI64):
        return [plain(each) for each in value]
    return None if value is None else str(value)


def word(status: Any) -> str:
    """Return the name of a status."""
    return str(getattr(status, "name", status))
