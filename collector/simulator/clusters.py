"""The relay's clusters: what it answers to reads, writes and commands."""

import struct

from collector.simulator import identity, zcl
from collector.simulator.relay import Relay
from collector.simulator.structure import HARDWARE
from collector.simulator.timed import seconds_of

_ON, _OFF, _TOGGLE = 0x01, 0x00, 0x02
_TIMED = 0x42  # on with timed off
_IGNORED = {0x40, 0x41}  # off with effect, recall
_IDENTIFY_COMMANDS = {0x00}
_INTERLOCK = 0xFF06
_OUTAGE_MEMORY = 0xFFF0
_APPLICATION_TYPE = 0x04000200

# What is written to 0xFFF0 in two steps, as Zigbee2MQTT does it -> the memory's state
# (None: the second step says nothing new).
_MEMORY_STRINGS = {
    bytes.fromhex("aa8005d14707011001"): True,
    bytes.fromhex("aa8003d3070801"): None,
    bytes.fromhex("aa8005d14709011000"): False,
    bytes.fromhex("aa8003d3070a01"): None,
}


def text(value: bytes) -> bytes:
    """Return a character string attribute."""
    return bytes((zcl.STRING, len(value))) + value


def number(kind: int, value: int, length: int) -> bytes:
    """Return an integer attribute of `length` bytes."""
    return bytes((kind,)) + value.to_bytes(length, "little", signed=kind == zcl.I16)


class RelayClusters:
    """Answers for one relay; `relay.now` is the time of everything that it does."""

    manufacturer_code = identity.MANUFACTURER_CODE

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def has_cluster(self, endpoint: int, cluster: int) -> bool:
        """Return whether an endpoint has the cluster, as server or client."""
        _, _, servers, clients = identity.RELAY_ENDPOINTS.get(endpoint, (0, 0, (), ()))
        return cluster in servers or cluster in clients

    def read(
        self, endpoint: int, cluster: int, attribute: int, manufacturer: int | None
    ) -> bytes | None:
        """Return type and value of an attribute, or None: unsupported."""
        if manufacturer is not None:
            return self._read_special(endpoint, cluster, attribute)
        if cluster in {identity.ON_OFF, identity.BINARY_OUTPUT}:
            return self._read_channel(endpoint - 1, cluster, attribute)
        if cluster in {identity.ANALOG_INPUT, identity.TEMPERATURE}:
            return self._read_measured(cluster, attribute)
        return self._constants().get((cluster, attribute))

    def _read_special(
        self, endpoint: int, cluster: int, attribute: int
    ) -> bytes | None:
        if (endpoint, cluster, attribute) == (1, identity.BINARY_OUTPUT, _INTERLOCK):
            return bytes((zcl.BOOL, self._relay.interlock))
        if (endpoint, cluster) == (1, identity.BASIC):
            value = self._relay.inputs.get(attribute)
            return None if value is None else bytes((zcl.U8, value))
        return None

    def _read_channel(self, channel: int, cluster: int, attribute: int) -> bytes | None:
        state = bytes((zcl.BOOL, self._relay.contacts[channel]))
        if cluster == identity.ON_OFF:
            return state if attribute == 0x0000 else None
        return {
            0x0004: text(b"ON"),
            0x001C: text(b"CHANNEL%d" % (channel + 1)),
            0x002E: text(b"OFF"),
            0x0051: bytes((zcl.BOOL, False)),
            0x0055: state,
            0x0100: number(zcl.U32, _APPLICATION_TYPE, 4),
        }.get(attribute)

    def _read_measured(self, cluster: int, attribute: int) -> bytes | None:
        if (cluster, attribute) == (identity.TEMPERATURE, 0x0000):
            return number(zcl.I16, round(self._relay.meter.celsius), 2)
        if (cluster, attribute) == (identity.ANALOG_INPUT, 0x0055):
            watts = self._relay.measured_watts()
            return bytes((zcl.FLOAT,)) + struct.pack("<f", watts)
        return None

    def _constants(self) -> dict[tuple[int, int], bytes]:
        firmware = self._relay.firmware
        basic, ota = identity.BASIC, identity.OTA
        return {
            (basic, 0x0000): number(zcl.U8, 0, 1),
            (basic, 0x0001): number(zcl.U8, identity.APPLICATION_VERSIONS[firmware], 1),
            (basic, 0x0002): number(zcl.U8, 2, 1),
            (basic, 0x0003): number(zcl.U8, HARDWARE, 1),
            (basic, 0x0004): text(identity.MANUFACTURER),
            (basic, 0x0005): text(identity.MODEL),
            (basic, 0x0006): text(identity.DATE_CODES[firmware]),
            (basic, 0x0007): number(zcl.ENUM8, 4, 1),  # "DC source", as real ones say
            (identity.POWER_CONFIG, 0x0000): number(zcl.U16, 0, 2),
            (identity.IDENTIFY, 0x0000): number(zcl.U16, 0, 2),
            (identity.GROUPS, 0x0000): number(zcl.MAP8, 0, 1),
            (identity.SCENES, 0x0000): number(zcl.U8, 0, 1),
            (identity.ELECTRICAL, 0x050B): number(zcl.I16, 0, 2),  # always 0
            (ota, 0x0000): number(zcl.IEEE, 0xFFFFFFFFFFFFFFFF, 8),
            (ota, 0x0002): number(zcl.U32, firmware, 4),
            (ota, 0x0006): number(zcl.ENUM8, 0, 1),
            (ota, 0x0007): number(zcl.U16, identity.MANUFACTURER_CODE, 2),
            (ota, 0x0008): number(zcl.U16, identity.OTA_IMAGE_TYPE, 2),
        }

    def write(self, endpoint: int, cluster: int, attribute: int, value: bytes) -> int:
        """Take a manufacturer-specific attribute; return the ZCL status."""
        if endpoint != 1:
            return zcl.UNSUPPORTED_ATTRIBUTE
        if self._relay.write_refusals > 0:
            self._relay.write_refusals -= 1
            return zcl.FAILURE
        return self._write_special(cluster, attribute, value)

    def _write_special(self, cluster: int, attribute: int, value: bytes) -> int:
        if (cluster, attribute) == (identity.BINARY_OUTPUT, _INTERLOCK):
            return self._write_interlock(value)
        if (cluster, attribute) == (identity.BASIC, _OUTAGE_MEMORY):
            return self._write_memory(value)
        if cluster == identity.BASIC and attribute in self._relay.inputs:
            if value[0] != zcl.U8:
                return zcl.INVALID_TYPE
            self._relay.inputs[attribute] = value[1]
            return zcl.SUCCESS
        return zcl.UNSUPPORTED_ATTRIBUTE

    def _write_interlock(self, value: bytes) -> int:
        if value[0] != zcl.BOOL:
            return zcl.INVALID_TYPE
        self._relay.set_interlock(bool(value[1]))
        return zcl.SUCCESS

    def _write_memory(self, value: bytes) -> int:
        if value[0] != zcl.OCTETS:
            return zcl.INVALID_TYPE
        if value[2:] not in _MEMORY_STRINGS:
            return zcl.INVALID_VALUE
        state = _MEMORY_STRINGS[value[2:]]
        if state is not None:
            self._relay.keeps_state = state
        return zcl.SUCCESS

    def command(
        self, endpoint: int, cluster: int, command: int, payload: bytes
    ) -> zcl.Reply:
        """Do a cluster command; return a status, or a response with its payload."""
        if cluster == identity.ON_OFF:
            return self._switch(endpoint - 1, command, payload)
        if cluster == identity.GROUPS:
            return self._group(self._relay.groups[endpoint - 1], command, payload)
        if cluster == identity.IDENTIFY and command in _IDENTIFY_COMMANDS:
            return zcl.SUCCESS
        if cluster == identity.OTA:
            return zcl.SUCCESS  # an image is announced: it takes no interest
        return zcl.UNSUP_CLUSTER_COMMAND

    def _switch(self, channel: int, command: int, payload: bytes) -> int:
        relay = self._relay
        if command in _IGNORED or (command == _TIMED and not relay.obeys_timed_off):
            return zcl.SUCCESS  # accepted, and nothing happens: as real ones do
        if command not in {_ON, _OFF, _TOGGLE, _TIMED}:
            return zcl.UNSUP_CLUSTER_COMMAND
        if relay.refusals > 0:
            relay.refusals -= 1
            return zcl.FAILURE
        if command == _TIMED:
            return self._switch_for(channel, payload)
        wanted = not relay.contacts[channel] if command == _TOGGLE else command == _ON
        relay.switch(channel, wanted)
        return zcl.SUCCESS

    def _switch_for(self, channel: int, payload: bytes) -> int:
        try:
            seconds = seconds_of(payload, closed=self._relay.contacts[channel])
        except ValueError:
            return zcl.MALFORMED
        if seconds is not None:
            self._relay.switch_for(channel, seconds)
        return zcl.SUCCESS

    def _group(self, groups: set[int], command: int, payload: bytes) -> zcl.Reply:
        group = int.from_bytes(payload[:2], "little")
        known = bytes((zcl.SUCCESS if group in groups else 0x8B,)) + payload[:2]
        match command:
            case 0x00 if len(payload) >= 2:  # add
                groups.add(group)
                return 0x00, b"\x00" + payload[:2]
            case 0x01 if len(payload) >= 2:  # view
                return 0x01, known + b"\x00"
            case 0x02:  # get membership
                members = b"".join(struct.pack("<H", each) for each in sorted(groups))
                return 0x02, bytes((0xFF, len(groups))) + members
            case 0x03 if len(payload) >= 2:  # remove
                groups.discard(group)
                return 0x03, known
            case 0x04:  # remove all
                groups.clear()
                return zcl.SUCCESS
            case _:
                return zcl.UNSUP_CLUSTER_COMMAND
