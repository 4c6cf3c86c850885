"""Who an LLKZMK11LM says it is: descriptors, endpoints, versions."""

import struct

MODEL = b"lumi.relay.c2acn01"
MANUFACTURER = b"LUMI"
MANUFACTURER_CODE = 0x115F  # in ZCL frames; the node descriptor says 0x1037
CAPABILITY = 0x8E  # MAC capability: mains-powered router, receiver always on
NODE_DESCRIPTOR = bytes.fromhex("01408e37107f64000000640000")
POWER_DESCRIPTOR = b"\x10\xc1"  # receiver on when idle, mains, level full
DATE_CODES = {36: b"02-27-2019", 46: b"8-6-2020", 47: b"9-22-2021"}
APPLICATION_VERSIONS = {36: 1, 46: 1, 47: 47}
OTA_IMAGE_TYPE = 0x0101

BASIC, POWER_CONFIG, TEMPERATURE, IDENTIFY = 0x0000, 0x0001, 0x0002, 0x0003
GROUPS, SCENES, ON_OFF, TIME, ANALOG_INPUT = 0x0004, 0x0005, 0x0006, 0x000A, 0x000C
BINARY_OUTPUT, OTA, ELECTRICAL = 0x0010, 0x0019, 0x0B04

# endpoint -> (device id, version, server clusters, client clusters), in real order
Endpoints = dict[int, tuple[int, int, tuple[int, ...], tuple[int, ...]]]
RELAY_ENDPOINTS: Endpoints = {
    1: (
        0x0101,
        2,
        (
            BASIC,
            IDENTIFY,
            GROUPS,
            SCENES,
            POWER_CONFIG,
            TEMPERATURE,
            TIME,
            ON_OFF,
            BINARY_OUTPUT,
            ELECTRICAL,
            ANALOG_INPUT,
        ),
        (OTA, TIME),
    ),
    2: (0x0101, 2, (ON_OFF, BINARY_OUTPUT, GROUPS, SCENES), ()),
}


def simple_descriptor(endpoints: Endpoints, endpoint: int, profile: int) -> bytes:
    """Return a simple descriptor without its length byte."""
    device, version, servers, clients = endpoints[endpoint]
    return (
        struct.pack("<BHHB", endpoint, profile, device, version)
        + bytes((len(servers),))
        + struct.pack(f"<{len(servers)}H", *servers)
        + bytes((len(clients),))
        + struct.pack(f"<{len(clients)}H", *clients)
    )


def wire_ieee(index: int) -> bytes:
    """Return relay number `index`'s address, wire order; 00:15:8d is Xiaomi."""
    return bytes((index,)) + bytes.fromhex("00a003008d1500")


def spell_ieee(wire: bytes) -> str:
    """Return "00:15:8d:00:03:a0:00:00" for eight bytes in wire order."""
    return ":".join(f"{byte:02x}" for byte in reversed(wire))
