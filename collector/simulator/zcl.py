"""Zigbee Cluster Library frames, answered for a simulated device: bytes -> bytes."""

import struct
from typing import Protocol

SUCCESS = 0x00
FAILURE = 0x01
MALFORMED = 0x80
UNSUP_CLUSTER_COMMAND = 0x81
UNSUP_GENERAL_COMMAND = 0x82
UNSUP_MANUF_GENERAL_COMMAND = 0x84
UNSUPPORTED_ATTRIBUTE = 0x86
INVALID_VALUE = 0x87
READ_ONLY = 0x88
INVALID_TYPE = 0x8D
UNSUPPORTED_CLUSTER = 0xC3

READ, READ_RESPONSE = 0x00, 0x01
WRITE, WRITE_UNDIVIDED, WRITE_RESPONSE, WRITE_SILENT = 0x02, 0x03, 0x04, 0x05
CONFIGURE, CONFIGURE_RESPONSE = 0x06, 0x07
READ_CONFIG, READ_CONFIG_RESPONSE = 0x08, 0x09
REPORT, DEFAULT_RESPONSE = 0x0A, 0x0B

BOOL, ENUM8, UTC, OCTETS, STRING, FLOAT = 0x10, 0x30, 0xE2, 0x41, 0x42, 0x39
MAP8, U8, U16, U32, I16, IEEE = 0x18, 0x20, 0x21, 0x23, 0x29, 0xF0

_CLUSTER_FRAME = 0x01  # bits of the frame control byte
_MANUFACTURER = 0x04
_TO_CLIENT = 0x08
_NO_DEFAULT_RESPONSE = 0x10

_SIZES = {
    **{0x08 + i: i + 1 for i in range(8)},  # data8 to data64
    **{0x18 + i: i + 1 for i in range(8)},  # map8 to map64
    **{0x20 + i: i + 1 for i in range(8)},  # uint8 to uint64
    **{0x28 + i: i + 1 for i in range(8)},  # int8 to int64
    BOOL: 1,
    ENUM8: 1,
    0x31: 2,
    0x38: 2,
    FLOAT: 4,
    0x3A: 8,
    0xE0: 4,
    0xE1: 4,
    UTC: 4,
    IEEE: 8,
}

Reply = int | tuple[int, bytes]  # a status, or a response command and its payload


class Device(Protocol):
    """What a device must know to have its frames answered."""

    manufacturer_code: int

    def has_cluster(self, endpoint: int, cluster: int) -> bool:
        """Return whether the endpoint has the cluster, as server or client."""

    def read(
        self, endpoint: int, cluster: int, attribute: int, manufacturer: int | None
    ) -> bytes | None:
        """Return type and value of an attribute, or None: unsupported."""

    def write(self, endpoint: int, cluster: int, attribute: int, value: bytes) -> int:
        """Take a manufacturer-specific `value` (type byte first); return a status."""

    def command(
        self, endpoint: int, cluster: int, command: int, payload: bytes
    ) -> Reply:
        """Do a cluster command."""


def value_length(data: bytes) -> int | None:
    """Return the length of the value whose type byte leads `data`; None: unknown."""
    if not data:
        return None
    if data[0] in {OCTETS, STRING}:
        return 2 + data[1] if len(data) > 1 else None
    size = _SIZES.get(data[0])
    return None if size is None else 1 + size


def report(sequence: int, attributes: bytes, manufacturer: int | None = None) -> bytes:
    """Return a Report Attributes frame of a server cluster."""
    control = _TO_CLIENT | _NO_DEFAULT_RESPONSE
    return _header(control, manufacturer, sequence, REPORT) + attributes


def read_request(sequence: int, attribute: int) -> bytes:
    """Return a Read Attributes frame to a server."""
    control = _NO_DEFAULT_RESPONSE
    return _header(control, None, sequence, READ) + struct.pack("<H", attribute)


def answer(device: Device, endpoint: int, cluster: int, data: bytes) -> bytes | None:
    """Return the answer to one frame, or None where the device keeps silent."""
    start = 5 if data and data[0] & _MANUFACTURER else 3
    if len(data) < start:
        return None
    control, sequence, command = data[0], data[start - 2], data[start - 1]
    manufacturer = struct.unpack("<H", data[1:3])[0] if start == 5 else None
    reply = _reply(device, endpoint, cluster, (control, manufacturer, command), data)
    quiet = control & _NO_DEFAULT_RESPONSE or (
        not control & _CLUSTER_FRAME and command == DEFAULT_RESPONSE
    )
    if reply is None or (reply == SUCCESS and quiet):
        return None
    # The answer goes the other way: a read of a client cluster is answered by a client.
    back = (~control & _TO_CLIENT) | _NO_DEFAULT_RESPONSE
    if isinstance(reply, int):
        payload = bytes((command, reply))
        return _header(back, manufacturer, sequence, DEFAULT_RESPONSE) + payload
    return _header(back | control & 1, manufacturer, sequence, reply[0]) + reply[1]


def _reply(
    device: Device,
    endpoint: int,
    cluster: int,
    header: tuple[int, int | None, int],
    data: bytes,
) -> Reply | None:
    """Return what the frame gets; None: nothing at all."""
    control, manufacturer, command = header
    payload = data[3 if manufacturer is None else 5 :]
    cluster_frame = control & 0x03 == _CLUSTER_FRAME
    if not cluster_frame and command in {
        READ_RESPONSE,
        WRITE_RESPONSE,
        DEFAULT_RESPONSE,
        CONFIGURE_RESPONSE,
    }:
        return None
    if manufacturer not in {None, device.manufacturer_code}:
        return UNSUP_MANUF_GENERAL_COMMAND
    if not device.has_cluster(endpoint, cluster):
        return UNSUPPORTED_CLUSTER
    if cluster_frame:
        return device.command(endpoint, cluster, command, payload)
    return _general(device, (endpoint, cluster, manufacturer), command, payload)


_Place = tuple[int, int, int | None]  # endpoint, cluster, manufacturer


def _general(
    device: Device, place: _Place, command: int, payload: bytes
) -> Reply | None:
    """Answer a command that every cluster knows."""
    if command == READ:
        return _read(device, place, payload)
    if command in {WRITE, WRITE_UNDIVIDED}:
        return _write(device, place, payload)
    if command == WRITE_SILENT:
        _write(device, place, payload)
        return None
    if command == CONFIGURE:
        return CONFIGURE_RESPONSE, bytes((SUCCESS,))
    if command == READ_CONFIG:
        records = [payload[i : i + 3] for i in range(0, len(payload) - 2, 3)]
        status = bytes((UNSUPPORTED_ATTRIBUTE,))
        return READ_CONFIG_RESPONSE, b"".join(status + each for each in records)
    return SUCCESS if command == REPORT else UNSUP_GENERAL_COMMAND


def _read(device: Device, place: _Place, payload: bytes) -> Reply:
    endpoint, cluster, manufacturer = place
    if not payload or len(payload) % 2:
        return MALFORMED
    records = b""
    for (attribute,) in struct.iter_unpack("<H", payload):
        value = device.read(endpoint, cluster, attribute, manufacturer)
        records += struct.pack("<H", attribute) + (
            bytes((UNSUPPORTED_ATTRIBUTE,)) if value is None else b"\x00" + value
        )
    return READ_RESPONSE, records


def _write(device: Device, place: _Place, payload: bytes) -> Reply:
    endpoint, cluster, manufacturer = place
    failed = b""
    while payload:
        length = value_length(payload[2:])
        if length is None or len(payload) < 2 + length:
            return MALFORMED
        (attribute,) = struct.unpack("<H", payload[:2])
        if manufacturer is not None:
            value = payload[2 : 2 + length]
            status = device.write(endpoint, cluster, attribute, value)
        elif device.read(endpoint, cluster, attribute, None) is None:
            status = UNSUPPORTED_ATTRIBUTE
        else:
            status = READ_ONLY
        if status != SUCCESS:
            failed += bytes((status,)) + payload[:2]
        payload = payload[2 + length :]
    return WRITE_RESPONSE, failed or bytes((SUCCESS,))


def _header(
    control: int, manufacturer: int | None, sequence: int, command: int
) -> bytes:
    if manufacturer is None:
        return bytes((control, sequence, command))
    code = struct.pack("<H", manufacturer)
    return bytes((control | _MANUFACTURER,)) + code + bytes((sequence, command))
