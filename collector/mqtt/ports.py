"""What the MQTT side asks of the rest; the app satisfies it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from collector.model.command import Action, Origin, SwitchResult
from collector.model.decision import RuleStatus
from collector.model.network import DeviceFacts, NetworkIdentity, NetworkMap
from collector.model.quantity import Quantity
from collector.mqtt.intents import GenericRead


class MqttPorts(Protocol):
    """The neighbours of the MQTT side.

    Where a method may raise: RequestRefusedError says why nothing was done,
    TransientError that it may work later.
    """

    def known(self) -> Collection[str]:
        """Return the relays that have been on the network."""

    def online(self, ieee: str) -> bool:
        """Whether a relay is heard of."""

    def relay_named(self, name: str) -> str | None:
        """Return the IEEE address of a relay by its name or address; None: no such."""

    def name_of(self, ieee: str) -> str:
        """Return a relay's name."""

    def options_of(self, ieee: str) -> Mapping[str, Any]:
        """Return the Zigbee2MQTT options of a relay that are set."""

    def channel_names(self, ieee: str) -> Mapping[str, str]:
        """Return the names of a relay's channels, where they have some."""

    async def switch(
        self, ieee: str, channel: str, action: Action, origin: Origin
    ) -> SwitchResult:
        """Move a contact and return how that ended; raises both."""

    async def timed_off(
        self, ieee: str, channel: str, seconds: float, wait: float
    ) -> bool:
        """Have a closed contact open by itself after so many s; raises TransientError.

        `wait`: s for which it then takes no other such command.
        """

    async def write_setting(self, ieee: str, setting: str, value: bool) -> bool:
        """Write "interlock" or "power_outage_memory" and keep it so; raises both."""

    async def read(self, ieee: str, quantity: Quantity, channel: str | None) -> bool:
        """Read a quantity, which comes as a report; return whether it was answered."""

    async def read_attributes(
        self, ieee: str, wanted: GenericRead
    ) -> Mapping[int, object]:
        """Read any attributes; raises TransientError, ValueError (names)."""

    def memory_of(self, ieee: str) -> bool | None:
        """Return the power-outage memory as last written; None: never."""

    def rules_of(self, ieee: str) -> Mapping[str, RuleStatus]:
        """Return the rules of one relay by name."""

    async def reset_policy(self, name: str, origin: Origin) -> None:
        """Clear latch and counts of a rule; raises both."""

    async def permit_join(self, seconds: int) -> None:
        """Let devices join for so long, 0 = stop; raises TransientError."""

    async def amend(self, ieee: str, changes: Mapping[str, Any]) -> None:
        """Change name ("name") or options ("options.X"); raises both."""

    async def remove(self, ieee: str, *, force: bool) -> None:
        """Have a relay leave the network and forget it; raises TransientError."""

    async def interview(self, ieee: str) -> None:
        """Ask a relay anew what it is; raises TransientError."""

    async def network_map(self) -> NetworkMap:
        """Return who hears whom; raises TransientError."""

    def identity(self) -> NetworkIdentity | None:
        """Return the coordinator and its network; None: the radio is down."""

    def facts(self, ieee: str) -> DeviceFacts | None:
        """Return what is known of a relay's hardware; None: the radio is down."""

    async def check_coordinator(self) -> Sequence[str]:
        """Return the relays that the coordinator does not know; raises TransientError."""

    async def backup(self) -> bytes:
        """Return a ZIP of what a new machine needs; raises TransientError."""

    def healthy(self) -> bool:
        """Whether the radio is up."""

    def restart(self) -> None:
        """End in good order and begin anew."""

    def set_log_level(self, level: str) -> None:
        """Log from this level on, until the restart."""
