"""The air between coordinator and devices: who belongs, who joins, what gets lost."""

from collections.abc import Sequence
from typing import Protocol

from collector.model.clock import Clock
from collector.simulator.agenda import Agenda
from collector.simulator.chance import seeded
from collector.simulator.device import NO_ADDRESS, Device
from collector.simulator.network import Network

DELIVERED = 0x00
MAC_NO_ACK = 0xE9
NWK_NO_ROUTE = 0xCD
_FOREVER_S = 255  # a permit-join duration that never ends
_LAST_UNICAST = 0xFFF7


class Listener(Protocol):
    """What the coordinator's chip makes of what it hears."""

    def heard(
        self, device: Device, place: tuple[int, int], data: bytes, group: int = 0
    ) -> None:
        """A ZCL frame came from (endpoint, cluster) of a device."""

    def device_joined(self, device: Device) -> None:
        """The trust center has let a device in."""

    def device_announced(self, device: Device) -> None:
        """A device has broadcast its address."""

    def device_left(self, device: Device, nwk: int) -> None:
        """A device has said goodbye."""


class Air:
    """Carries frames both ways, and lets devices join while that is permitted."""

    def __init__(
        self, network: Network, clock: Clock, agenda: Agenda, seed: int
    ) -> None:
        self.devices: list[Device] = []
        self.join_seconds = 0.2
        self.always_joined = False  # devices adopt whatever network starts
        self.lose_frames = 0.0  # share of the frames to the coordinator, 0..1
        self.duplicate_frames = 0.0
        self.listener: Listener | None = None
        self._late = 0  # answers that were held back
        self._network = network
        self._clock = clock
        self._agenda = agenda
        self._random = seeded(seed, "air")
        self._permitted_until = 0.0

    # from the coordinator ----------------------------------------------------------

    def find(self, nwk: int) -> Device | None:
        """Return the device that has this address in the running network."""
        return next((each for each in self.members if each.nwk == nwk), None)

    def find_ieee(self, ieee: bytes | str) -> Device | None:
        """Return a device by its address, in wire order or as people write it."""
        wanted = ieee.lower() if isinstance(ieee, str) else ieee
        for device in self.devices:
            if wanted in {device.wire_ieee, device.ieee}:
                return device
        return None

    @property
    def members(self) -> Sequence[Device]:
        """The devices of the running network."""
        identity = self._network.identity
        if identity is None:
            return ()
        return [each for each in self.devices if each.network == identity]

    def unicast(self, nwk: int, endpoint: int, cluster: int, data: bytes) -> int:
        """Deliver a ZCL frame; return the status of the data confirm."""
        device = self.find(nwk)
        if device is None:
            return NWK_NO_ROUTE
        if not device.reachable:
            return MAC_NO_ACK
        answer = device.answer(endpoint, cluster, data)
        if answer is not None:
            self._answer(device, endpoint, cluster, answer)
        device.after_answer()
        return DELIVERED

    def _answer(self, device: Device, endpoint: int, cluster: int, data: bytes) -> None:
        """Carry an answer to the coordinator, late where the device is slow."""
        if not device.answer_seconds:
            self.transmit(device, endpoint, cluster, data)
            return
        self._late += 1
        self._agenda.after(
            ("answer", self._late),
            device.answer_seconds,
            lambda: self.transmit(device, endpoint, cluster, data),
        )

    def multicast(
        self, endpoints: dict[Device, tuple[int, ...]], cluster: int, data: bytes
    ) -> None:
        """Deliver a frame to many; nobody answers, reports come."""
        for device, its in endpoints.items():
            if device.reachable:
                for endpoint in its:
                    device.answer(endpoint, cluster, data)
                device.after_answer()

    # joining -----------------------------------------------------------------------

    @property
    def permitted(self) -> bool:
        """Whether devices may join now."""
        return self._clock.now().mono < self._permitted_until

    def permit(self, seconds: int) -> None:
        """Open the network for joining, or close it (0)."""
        if seconds == 0:
            self._permitted_until = 0.0
            self._agenda.cancel("join")
            return
        now = self._clock.now().mono
        forever = seconds == _FOREVER_S
        self._permitted_until = float("inf") if forever else now + seconds
        for device in self.devices:
            device.may_join = True
        self._agenda.put("join", now + self.join_seconds, self._join_next)

    def _join_next(self) -> None:
        identity = self._network.identity
        if identity is None or not self.permitted:
            return
        for device in self.devices:
            if device.network != identity and device.may_join and device.reachable:
                self.let_in(device)
                break
        due = self._clock.now().mono + self.join_seconds
        self._agenda.put("join", due, self._join_next)

    def let_in(self, device: Device) -> None:
        """Join a device: address, keys, trust center indication, announcement."""
        self._adopt(device)
        if self.listener is not None:
            self.listener.device_joined(device)
            self.listener.device_announced(device)
        device.network_started()

    def _adopt(self, device: Device) -> None:
        device.network = self._network.identity
        if device.nwk == NO_ADDRESS or self._taken(device):
            device.nwk = self._free_address()
        self._network.remember(device.wire_ieee, device.nwk)

    def _taken(self, device: Device) -> bool:
        return any(
            each is not device and each.nwk == device.nwk for each in self.members
        )

    def _free_address(self) -> int:
        used = {each.nwk for each in self.devices}
        while True:
            nwk = self._random.randrange(1, _LAST_UNICAST)
            if nwk not in used:
                return nwk

    def started(self) -> None:
        """The coordinator's network runs: those who belong carry on."""
        if self.always_joined:
            self._adopt_all()
        for device in self.members:
            device.network_started()

    def _adopt_all(self) -> None:
        now = self._clock.now().mono
        strangers = [
            each
            for each in self.devices
            if each.network != self._network.identity and each.may_join
        ]
        for place, device in enumerate(strangers, start=1):
            self._adopt(device)
            due = now + place * self.join_seconds

            def announce(device: Device = device) -> None:
                self.rejoined(device, None)

            self._agenda.put((device, "announce"), due, announce)

    # from the devices --------------------------------------------------------------

    def transmit(
        self, device: Device, endpoint: int, cluster: int, data: bytes
    ) -> None:
        """Carry a frame to the coordinator; frames of strangers get nowhere."""
        if self._network.identity is None or device.network != self._network.identity:
            return
        if self.lose_frames and self._random.random() < self.lose_frames:
            return
        if self.listener is not None:
            self.listener.heard(device, (endpoint, cluster), data)
            if self.duplicate_frames and self._random.random() < self.duplicate_frames:
                self.listener.heard(device, (endpoint, cluster), data)

    def rejoined(self, device: Device, new_nwk: int | None) -> None:
        """Announce a member again, under a new address if there is one."""
        if self._network.identity is None or device.network != self._network.identity:
            return
        if new_nwk is not None and new_nwk != device.nwk:
            device.nwk = new_nwk
            self._network.remember(device.wire_ieee, new_nwk)
        if self.listener is not None and device.reachable:
            self.listener.device_joined(device)
            self.listener.device_announced(device)
        device.network_started()

    def left(self, device: Device) -> None:
        """Take a device off the network."""
        nwk = device.nwk
        belonged = device in self.members
        device.has_left()
        self._network.forget(device.wire_ieee)
        if self.listener is not None and belonged:
            self.listener.device_left(device, nwk)
