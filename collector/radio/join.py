"""Who is on the network: relays are tapped, foreign devices left alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from collector.model.frame import RELAY_MODEL
from collector.radio.frames import FrameTap


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterHooks:
    """Whom the roster tells; each callback only notes or enqueues."""

    known: Callable[[str, float | None], None]  # ieee and last_seen, at the start
    joined: Callable[[str], None]  # ieee of a relay: new, or back
    left: Callable[[str], None]
    removed: Callable[[str], None]
    foreign: Callable[[str, str, str], None]  # ieee, model, manufacturer
    failed: Callable[[str], None]  # ieee of a device whose interview broke off


class Roster:
    """Listener of one zigpy application: keeps the tap's address map true."""

    def __init__(self, tap: FrameTap, hooks: RosterHooks) -> None:
        self._tap = tap
        self._hooks = hooks
        # zigpy calls a device initialized before its interview ends, and saves it
        # only then: what counts is the event, or having been saved.
        self._complete: set[str] = set()

    def load(self, app: Any) -> None:
        """Take the relays that the database knows."""
        self._tap.clear()
        for device in list(app.devices.values()):
            if is_relay(device):
                self._listen(device)
                self._hooks.known(str(device.ieee), device.last_seen)

    def device_initialized(self, device: Any) -> None:
        """An interview is complete: from now on the tap may take its frames."""
        if is_relay(device):
            self._listen(device)
            self._hooks.joined(str(device.ieee))
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
        if ieee in self._complete and is_relay(device):
            self._listen(device)
            self._hooks.joined(ieee)
        else:
            self._tap.forget(ieee)

    def device_init_failure(self, device: Any) -> None:
        """An interview broke off: the device must be paired again."""
        self._hooks.failed(str(device.ieee))

    def device_left(self, device: Any) -> None:
        """A device said goodbye: its address may be given to another."""
        self._tap.forget(str(device.ieee))
        if is_relay(device):
            self._hooks.left(str(device.ieee))

    def device_removed(self, device: Any) -> None:
        """A person removed a device from the network."""
        self._complete.discard(str(device.ieee))
        self._tap.forget(str(device.ieee))
        self._hooks.removed(str(device.ieee))

    def _listen(self, device: Any) -> None:
        ieee = str(device.ieee)
        self._complete.add(ieee)
        self._tap.learn(int(device.nwk), ieee, device)


def is_relay(device: Any) -> bool:
    """Return whether this is an LLKZMK11LM whose interview is complete."""
    return bool(device.model == RELAY_MODEL and device.is_initialized)


def is_foreign(device: Any) -> bool:
    """Return whether this is somebody else's device (the coordinator is not)."""
    return int(device.nwk) != 0 and device.model != RELAY_MODEL


def relays(app: Any) -> Iterator[Any]:
    """Return zigpy's devices that are relays."""
    return (device for device in app.devices.values() if is_relay(device))
