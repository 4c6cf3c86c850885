"""Who is on the network: relays are tapped, foreign devices left alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from collector.model.frame import RELAY_MODEL
from collector.radio.frames import FrameTap


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterHooks:
    """Whom the roster tells; each callback only notes or enqueues."""

    joined: Callable[[str], None]  # ieee of a relay: new, back, or known at start
    left: Callable[[str], None]
    removed: Callable[[str], None]
    foreign: Callable[[str, str, str], None]  # ieee, model, manufacturer


class Roster:
    """Listener of one zigpy application: keeps the tap's address map true."""

    def __init__(self, tap: FrameTap, hooks: RosterHooks) -> None:
        self._tap = tap
        self._hooks = hooks

    def load(self, app: Any) -> None:
        """Take the relays that the database knows."""
        self._tap.clear()
        for device in list(app.devices.values()):
            if is_relay(device):
                self._welcome(device)

    def device_initialized(self, device: Any) -> None:
        """An interview is complete: from now on the tap may take its frames."""
        if is_relay(device):
            self._welcome(device)
        elif is_foreign(device):
            self._hooks.foreign(
                str(device.ieee), device.model or "", device.manufacturer or ""
            )

    def device_reinterviewed(self, device: Any) -> None:
        """The device object was replaced: tell the new one what is heard."""
        self.device_initialized(device)

    def announced(self, device: Any) -> None:
        """A device joined, came back or changed its network address."""
        nwk, ieee = int(device.nwk), str(device.ieee)
        self._tap.release(nwk, ieee)
        if is_relay(device):
            self._welcome(device)
        else:
            self._tap.forget(ieee)

    def device_left(self, device: Any) -> None:
        """A device said goodbye: its address may be given to another."""
        self._tap.forget(str(device.ieee))
        if is_relay(device):
            self._hooks.left(str(device.ieee))

    def device_removed(self, device: Any) -> None:
        """A person removed a device from the network."""
        self._tap.forget(str(device.ieee))
        self._hooks.removed(str(device.ieee))

    def _welcome(self, device: Any) -> None:
        ieee = str(device.ieee)
        self._tap.learn(int(device.nwk), ieee, device)
        self._hooks.joined(ieee)


def is_relay(device: Any) -> bool:
    """Return whether this is an LLKZMK11LM whose interview is complete."""
    return bool(device.model == RELAY_MODEL and device.is_initialized)


def is_foreign(device: Any) -> bool:
    """Return whether this is somebody else's device (the coordinator is not)."""
    return int(device.nwk) != 0 and device.model != RELAY_MODEL


def relays(app: Any) -> Iterator[Any]:
    """Return zigpy's devices that are relays."""
    return (device for device in app.devices.values() if is_relay(device))
