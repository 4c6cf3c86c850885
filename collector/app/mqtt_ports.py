"""The service as the MQTT side sees it."""

import asyncio
import io
import json
import logging
import sqlite3
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from collector.app.amendments import Amendments
from collector.app.line import Line
from collector.app.network import Network
from collector.app.ports import Ports
from collector.model.command import (
    Action,
    Origin,
    RequestRefusedError,
    SettingWrite,
    SwitchResult,
)
from collector.model.decision import RuleStatus
from collector.model.errors import TransientError
from collector.model.frame import ReadRequest
from collector.model.network import DeviceFacts, NetworkIdentity, NetworkMap
from collector.model.quantity import Quantity
from collector.model.status import Availability
from collector.mqtt.intents import GenericRead
from collector.radio.upkeep import cluster_and_attributes

_MONITOR = "monitor mode: the service never writes into a relay"


class PortsOfMqtt:
    """Everything that a person may ask by MQTT."""

    def __init__(
        self,
        ports: Ports,
        line: Line,
        network: Network,
        amendments: Amendments,
        *,
        restart: Callable[[], None],
    ) -> None:
        """`restart` ends in good order and begins anew."""
        self._ports = ports
        self._line = line
        self._network = network
        self._amendments = amendments
        self.restart = restart

    # relays ---------------------------------------------------------------------------

    def known(self) -> Collection[str]:
        """Return the relays that have been on the network."""
        on_network, lines = self._network.relays, self._line.pipeline.known()
        return {ieee: None for ieee in on_network if ieee in lines}

    def online(self, ieee: str) -> bool:
        """Whether a relay is heard of."""
        status = self._line.pipeline.status(ieee, self._line.clock.now())
        return status.availability is not Availability.GONE

    def relay_named(self, name: str) -> str | None:
        """Return the address of a relay by its name, or its address in either form."""
        found = self._ports.relay_named(name)
        if found is None and len(name) == 18 and name[:2].lower() == "0x":
            digits = name[2:].lower()
            address = ":".join(digits[at : at + 2] for at in range(0, 16, 2))
            found = self._ports.relay_named(address)
        return found

    def name_of(self, ieee: str) -> str:
        """Return a relay's name; without one, its address as Zigbee2MQTT writes it."""
        name = self._line.pipeline.name(ieee)
        return f"0x{ieee.replace(':', '')}" if name == ieee else name

    def options_of(self, ieee: str) -> Mapping[str, Any]:
        """Return the options of a relay that are set."""
        relay = self._amendments.relays.get(ieee)
        if relay is None:
            return {}
        given = relay.options.model_dump(mode="json", exclude_none=True)
        return {key: _plain(value) for key, value in given.items()}

    def channel_names(self, ieee: str) -> Mapping[str, str]:
        """Return the names of a relay's channels, where they have some."""
        record = self._line.pipeline.record(ieee)
        return {} if record is None else record.settings.channel_names

    async def switch(
        self, ieee: str, channel: str, action: Action, origin: Origin
    ) -> SwitchResult:
        """Move a contact and return how that ended."""
        return await self._ports.switch(ieee, channel, action, origin)

    async def timed_off(
        self, ieee: str, channel: str, seconds: float, wait: float
    ) -> bool:
        """Have a closed contact open by itself after so many s."""
        status = self._line.pipeline.status(ieee, self._line.clock.now())
        if status.values.get((Quantity.STATE, channel)) != 1.0:
            raise RequestRefusedError(409, "the contact was opened meanwhile")
        coordinator = self._network.coordinator
        return await coordinator.timed_off(ieee, channel, seconds, wait)

    async def write_setting(self, ieee: str, setting: str, value: bool) -> bool:
        """Write a setting and keep it so."""
        if self._amendments.config.mode == "monitor":
            raise RequestRefusedError(403, _MONITOR)
        write = SettingWrite(ieee=ieee, setting=setting, value=value)
        # Before anything is kept: a flood of these must not wear out the disk, either.
        keeper, mono = self._line.pipeline.policies.keeper, self._line.clock.now().mono
        why = keeper.objection(write, mono)
        if why is not None:
            raise RequestRefusedError(409, why)
        await self._amendments.change(ieee, {setting: value})
        return await self._line.hands.write(write)

    async def read(self, ieee: str, quantity: Quantity, channel: str | None) -> bool:
        """Read a quantity, which comes as a report; return whether it was answered."""
        request = ReadRequest(ieee=ieee, quantity=quantity, channel=channel)
        return await self._network.coordinator.read(request)

    async def read_attributes(
        self, ieee: str, wanted: GenericRead
    ) -> Mapping[int, object]:
        """Read any attributes."""
        cluster, attributes = cluster_and_attributes(wanted.cluster, wanted.attributes)
        return await self._network.coordinator.read_attributes(
            ieee, wanted.endpoint, cluster, attributes, wanted.manufacturer
        )

    def memory_of(self, ieee: str) -> bool | None:
        """Return the power-outage memory as last written; None: never."""
        return self._line.pipeline.policies.keeper.memory(ieee)

    async def amend(self, ieee: str, changes: Mapping[str, Any]) -> None:
        """Change name or options."""
        await self._amendments.change(ieee, changes)

    # policies -------------------------------------------------------------------------

    def rules_of(self, ieee: str) -> Mapping[str, RuleStatus]:
        """Return the rules of one relay by name."""
        pipeline = self._line.pipeline
        if ieee not in pipeline.known():
            return {}
        return pipeline.status(ieee, self._line.clock.now()).rules

    async def reset_policy(self, name: str, origin: Origin) -> None:
        """Clear latch and counts."""
        await self._ports.reset_policy(name, origin)

    # the network ----------------------------------------------------------------------

    async def permit_join(self, seconds: int) -> None:
        """Let relays join for so long."""
        await self._ports.permit_join(seconds)

    async def remove(self, ieee: str, *, force: bool) -> None:
        """Have a relay leave the network and forget it."""
        await self._network.coordinator.remove(ieee, force=force)
        await self._amendments.forget(ieee)

    async def interview(self, ieee: str) -> None:
        """Ask a relay anew what it is."""
        await self._network.coordinator.interview(ieee)

    async def network_map(self) -> NetworkMap:
        """Return who hears whom."""
        return await self._network.coordinator.network_map()

    def identity(self) -> NetworkIdentity | None:
        """Return the coordinator and its network; None: the radio is down."""
        return self._network.coordinator.identity()

    def facts(self, ieee: str) -> DeviceFacts | None:
        """Return what is known of a relay's hardware; None: the radio is down."""
        return self._network.coordinator.device_facts(ieee)

    async def check_coordinator(self) -> Sequence[str]:
        """Return the relays that the coordinator does not know."""
        if self.identity() is None:
            raise TransientError("; ".join(self._ports.readiness()))
        return [ieee for ieee in self.known() if self.facts(ieee) is None]

    # the service ----------------------------------------------------------------------

    def healthy(self) -> bool:
        """Whether the radio is up."""
        return not self._ports.readiness()

    async def backup(self) -> bytes:
        """Return a ZIP of what a new machine needs: it holds the network key."""
        network = await self._network.coordinator.backup()
        return await asyncio.to_thread(self._zip, network)

    def _zip(self, network: dict[str, Any]) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("coordinator_backup.json", json.dumps(network, indent=2))
            for name in ("zigbee.db", "state.db"):
                archive.writestr(name, _image(self._amendments.config.data_dir / name))
        return packed.getvalue()

    def set_log_level(self, level: str) -> None:
        """Log from this level on, until the restart."""
        logging.getLogger("collector").setLevel(level.upper())


def _plain(value: Any) -> Any:
    """Return 10 for 10.0, as a person has written it."""
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def _image(path: Path) -> bytes:
    """Return a database as it is at one moment, while others write."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as db:
            return db.serialize()
    except sqlite3.Error as error:
        raise TransientError(f"{path.name}: {error}") from error
