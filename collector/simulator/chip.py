"""The coordinator's chip: network, endpoints, and what it tells the host unasked."""

import struct
from collections.abc import Callable

from collector.simulator import zdo
from collector.simulator.agenda import Agenda
from collector.simulator.air import Air
from collector.simulator.device import Device
from collector.simulator.identity import Endpoints
from collector.simulator.network import Network

# MT commands that the chip sends by itself (AREQ)
RESET_IND = 0x4180
DATA_CONFIRM = 0x4480
INCOMING_MSG = 0x4481
ZDO_RESPONSE = 0x4580  # | the low byte of the request
STATE_CHANGE_IND = 0x45C0
END_DEVICE_ANNOUNCE = 0x45C1
LEAVE_IND = 0x45C9
TC_DEVICE_IND = 0x45CA
MSG_CB_INCOMING = 0x45FF
COMMISSIONING = 0x4F80

STARTING, STARTED, HOLD = 8, 9, 0  # device states
VERSION = bytes((2, 1, 2, 7, 1))  # transport, product (Z-Stack 3.x.0), 2.7.1
CODE_REVISION = 20230507
COORDINATOR = 0x0000
_RADIUS = 0x1D  # of a frame that has come one hop
_QUIET = (30, 22, 25, 40, 18, 26, 33, 28, 24, 20, 36, 31, 27, 23, 19, 21)
_NODE_DESCRIPTOR = bytes.fromhex("00408f000050a0000100a00000")
_RESPONSES = {  # ZDO response cluster -> low byte of its MT command
    **{0x8000 + each: 0x80 + each for each in range(7)},
    0x8021: 0xA1,
    0x8022: 0xA2,
    0x8031: 0xB1,
    0x8032: 0xB2,
    0x8033: 0xB3,
    0x8034: 0xB4,
    0x8036: 0xB6,
    0x8038: 0xB8,
}


class Chip:
    """Z-Stack 3.30 between its host and the air."""

    def __init__(
        self,
        network: Network,
        air: Air,
        agenda: Agenda,
        emit: Callable[[int, bytes], None],
    ) -> None:
        self.network = network
        self.air = air
        self.agenda = agenda
        self.emit = emit
        self.endpoints: Endpoints = {}
        self.profiles: dict[int, int] = {}
        self.groups: set[tuple[int, int]] = set()  # endpoint, group
        self.zdo_callbacks = False  # ZDO_MSG_CB_INCOMING wanted
        self.no_ack_seconds: float | None = 0.5  # None: no confirm at all
        # Told of every frame to a device, delivered or not: ieee, endpoint, cluster.
        self.watch: Callable[[str, int, int, bytes], None] | None = None
        self._sequence = 0
        self._actions = 0
        air.listener = self

    def reset(self) -> None:
        """Boot, as after power-up, and say so."""
        self.network.boot()
        self.endpoints, self.profiles = {}, {}
        self.groups.clear()
        self.zdo_callbacks = False
        self.air.permit(0)
        self.emit(RESET_IND, b"\x00" + VERSION)

    def start(self) -> bool:
        """Start the network; True: it had to be formed."""
        self.emit(STATE_CHANGE_IND, bytes((STARTING,)))
        new = self.network.start()
        self.emit(STATE_CHANGE_IND, bytes((STARTED,)))
        self.air.started()
        return new

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after a while on the simulation's clock."""
        self._actions += 1
        self.agenda.after(("chip", self._actions), seconds, action)

    def node(self) -> zdo.Node:
        """Return what the coordinator says of itself."""
        nib = self.network.nib
        return zdo.Node(
            ieee=self.network.ieee,
            nwk=COORDINATOR,
            node_descriptor=_NODE_DESCRIPTOR,
            power_descriptor=b"\x10\xc1",
            endpoints=self.endpoints,
            profiles=self.profiles,
            extended_pan_id=nib.extended_pan_id if nib else bytes(8),
            neighbors=[self._neighbor(each) for each in self.air.members],
            energies=_QUIET,
        )

    def _neighbor(self, device: Device) -> zdo.Neighbor:
        return zdo.Neighbor(
            ieee=device.wire_ieee, nwk=device.nwk, kind=1, relation=1, lqi=device.lqi
        )

    def ask_zdo(self, nwk: int, cluster: int, body: bytes, sequence: int) -> None:
        """Put a ZDO request to the coordinator itself or to a device."""
        if nwk == COORDINATOR:
            answer = zdo.answer(self.node(), cluster, body)
            self.tell_zdo(nwk, cluster | 0x8000, answer, sequence)
            return
        device = self.air.find(nwk)
        if device is None or not device.reachable:
            return
        node = device.node()
        node.extended_pan_id = self.node().extended_pan_id
        node.neighbors = [
            zdo.Neighbor(
                ieee=self.network.ieee, nwk=0, kind=0, relation=0, lqi=device.lqi
            )
        ]
        answer = zdo.answer(node, cluster, body)
        self.tell_zdo(nwk, cluster | 0x8000, answer, sequence)
        if cluster == zdo.MGMT_LEAVE and answer[0] == zdo.SUCCESS:
            self.air.left(device)

    def tell_zdo(
        self, nwk: int, cluster: int, body: bytes, sequence: int | None = None
    ) -> None:
        """Hand a ZDO response to the host, in each dialect that it has asked for."""
        if self.zdo_callbacks:
            self._callback(nwk, cluster, body, sequence)
        command = _RESPONSES.get(cluster)
        if command is None or not self.network.direct_callbacks:
            return
        if cluster in {0x8000, 0x8001}:  # no source, and always an index and a count
            self.emit(ZDO_RESPONSE & 0xFF00 | command, body.ljust(13, b"\x00"))
        else:
            head = struct.pack("<H", nwk)
            self.emit(ZDO_RESPONSE & 0xFF00 | command, head + body)

    def _callback(
        self, nwk: int, cluster: int, body: bytes, sequence: int | None = None
    ) -> None:
        if sequence is None:
            self._sequence = sequence = (self._sequence + 1) & 0xFF
        broadcast = cluster == zdo.ANNOUNCE
        head = struct.pack(
            "<HBHBBH", nwk, broadcast, cluster, 0, sequence, 0xFFFD if broadcast else 0
        )
        self.emit(MSG_CB_INCOMING, head + body)

    def heard(
        self, device: Device, place: tuple[int, int], data: bytes, group: int = 0
    ) -> None:
        """Hand a ZCL frame to the host."""
        endpoint, cluster = place
        self.emit(
            INCOMING_MSG,
            incoming(device.nwk, endpoint, cluster, data, device.lqi, group),
        )

    def device_joined(self, device: Device) -> None:
        """Tell of a device that the trust center has let in."""
        nwk = struct.pack("<H", device.nwk)
        self.emit(TC_DEVICE_IND, nwk + device.wire_ieee + b"\x00\x00")

    def device_announced(self, device: Device) -> None:
        """Tell of a device that has broadcast its address."""
        body = zdo.announce(device.wire_ieee, device.nwk, device.capability)
        if self.zdo_callbacks:
            self._callback(device.nwk, zdo.ANNOUNCE, body)
        self.emit(END_DEVICE_ANNOUNCE, struct.pack("<H", device.nwk) + body)

    def device_left(self, device: Device, nwk: int) -> None:
        """Tell of a device that has said goodbye."""
        head = struct.pack("<H", nwk) + device.wire_ieee
        self.emit(LEAVE_IND, head + b"\x00\x00\x00")


def incoming(
    nwk: int, endpoint: int, cluster: int, data: bytes, lqi: int, group: int = 0
) -> bytes:
    """Return the data of an AF_INCOMING_MSG to endpoint 1."""
    return (
        struct.pack("<HHHBBBBBLB", group, cluster, nwk, endpoint, 1, 0, lqi, 0, 0, 0)
        + bytes((len(data),))
        + data
        + struct.pack("<HB", nwk, _RADIUS)
    )
