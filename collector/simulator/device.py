"""Something on the air: an address, a network it belongs to, frames it answers."""

from typing import ClassVar, Protocol

from collector.simulator import zcl, zdo
from collector.simulator.chance import seeded
from collector.simulator.identity import Endpoints, spell_ieee

NO_ADDRESS = 0xFFFE


class Radio(Protocol):
    """How a device reaches the coordinator; frames of strangers get nowhere."""

    def transmit(
        self, device: "Device", endpoint: int, cluster: int, data: bytes
    ) -> None:
        """Send a ZCL frame to the coordinator's endpoint 1."""

    def rejoined(self, device: "Device", new_nwk: int | None) -> None:
        """Announce the device again, under a new address if there is one."""

    def left(self, device: "Device") -> None:
        """Tell the coordinator that the device leaves, and take it off the air."""


class Device:
    """A device that can join; subclasses say what it answers."""

    capability = 0x8E
    node_descriptor = bytes(13)
    power_descriptor = b"\x10\xc1"

    def __init__(self, wire_ieee: bytes, seed: str) -> None:
        self.wire_ieee = wire_ieee
        self.nwk = NO_ADDRESS
        self.network: str | None = None  # the identity of the network it belongs to
        self.may_join = True  # False: it has left, and waits for the next window
        self.silent = False  # True: it hears nothing and says nothing
        self.answer_seconds = 0.0  # so late come its answers; it obeys at once
        self._random = seeded("air", seed)
        self._lqi = self._random.randrange(70, 220)

    @property
    def ieee(self) -> str:
        """The address as people write it: "00:15:8d:00:03:a0:00:00"."""
        return spell_ieee(self.wire_ieee)

    @property
    def reachable(self) -> bool:
        """Whether a frame to it would be acknowledged."""
        return not self.silent

    @property
    def lqi(self) -> int:
        """Return the link quality of the next frame, 0-255."""
        return min(255, max(1, self._lqi + self._random.randrange(-6, 7)))

    def node(self) -> zdo.Node:
        """Return what it says of itself."""
        raise NotImplementedError

    def answer(self, endpoint: int, cluster: int, data: bytes) -> bytes | None:
        """Return the answer to one ZCL frame; None: there is none."""
        raise NotImplementedError

    def after_answer(self) -> None:
        """Send what the last frame caused, such as a report."""

    def in_group(self, group: int) -> tuple[int, ...]:
        """Return the endpoints that belong to a group."""
        del group
        return ()

    def network_started(self) -> None:
        """The coordinator runs again, and this device belongs to its network."""

    def has_left(self) -> None:
        """Forget the network."""
        self.network = None
        self.may_join = False
        self.nwk = NO_ADDRESS

    def dump(self) -> dict[str, object]:
        """Return what outlives a restart."""
        return {"nwk": self.nwk, "network": self.network, "may_join": self.may_join}

    def load(self, state: dict[str, object]) -> None:
        """Take over what `dump` gave; raises ValueError or TypeError."""
        nwk, network = state["nwk"], state["network"]
        if not isinstance(nwk, int) or not isinstance(network, str | None):
            raise TypeError("nwk must be a number and network a text")
        self.nwk, self.network = nwk, network
        self.may_join = bool(state["may_join"])


class ForeignDevice(Device):
    """A plain plug of another maker that joins and can be interviewed."""

    manufacturer_code = 0x1141
    node_descriptor = bytes.fromhex("01408e41115242000000520000")
    _ENDPOINTS: ClassVar[Endpoints] = {
        1: (0x0051, 1, (0x0000, 0x0004, 0x0005, 0x0006), (0x0019, 0x000A))
    }

    def __init__(self, wire_ieee: bytes, model: str, manufacturer: str) -> None:
        super().__init__(wire_ieee, f"foreign/{wire_ieee.hex()}")
        self.on = False
        self._attributes = {
            (0x0000, 0x0000): bytes((zcl.U8, 3)),
            (0x0000, 0x0001): bytes((zcl.U8, 64)),
            (0x0000, 0x0004): _text(manufacturer),
            (0x0000, 0x0005): _text(model),
            (0x0000, 0x0007): bytes((zcl.ENUM8, 1)),
            (0x0019, 0x0002): bytes((zcl.U32, 64, 0, 0, 0)),
        }

    def node(self) -> zdo.Node:
        """Return what it says of itself."""
        return zdo.Node(
            ieee=self.wire_ieee,
            nwk=self.nwk,
            node_descriptor=self.node_descriptor,
            power_descriptor=self.power_descriptor,
            endpoints=dict(self._ENDPOINTS),
        )

    def answer(self, endpoint: int, cluster: int, data: bytes) -> bytes | None:
        """Return the answer to one ZCL frame."""
        return zcl.answer(self, endpoint, cluster, data)

    def has_cluster(self, endpoint: int, cluster: int) -> bool:
        """Return whether an endpoint has the cluster."""
        _, _, servers, clients = self._ENDPOINTS.get(endpoint, (0, 0, (), ()))
        return cluster in servers or cluster in clients

    def read(
        self, endpoint: int, cluster: int, attribute: int, manufacturer: int | None
    ) -> bytes | None:
        """Return type and value of an attribute, or None: unsupported."""
        if endpoint != 1 or manufacturer is not None:
            return None
        if (cluster, attribute) == (0x0006, 0x0000):
            return bytes((zcl.BOOL, self.on))
        return self._attributes.get((cluster, attribute))

    def write(self, endpoint: int, cluster: int, attribute: int, value: bytes) -> int:
        """Refuse every manufacturer-specific attribute."""
        del endpoint, cluster, attribute, value
        return zcl.UNSUPPORTED_ATTRIBUTE

    def command(
        self, endpoint: int, cluster: int, command: int, payload: bytes
    ) -> zcl.Reply:
        """Switch on and off."""
        del endpoint, payload
        if cluster != 0x0006 or command > 0x02:
            return zcl.UNSUP_CLUSTER_COMMAND
        self.on = not self.on if command == 0x02 else command == 0x01
        return zcl.SUCCESS


def _text(value: str) -> bytes:
    data = value.encode()
    return bytes((zcl.STRING, len(data))) + data
