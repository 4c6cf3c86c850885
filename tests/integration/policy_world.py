"""A service with policies beside simulated relays whose loads a test decides."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from collector.model.decision import EventKind, PolicyEvent
from collector.model.quantity import Quantity
from collector.simulator import identity
from collector.simulator.simulated_relay import SimulatedRelay
from collector.simulator.zcl import Reply
from collector.simulator.znp import SimulatedCoordinator
from tests.integration.service_world import BOILER, World, world
from tests.integration.simulator_world import simulator
from tests.integration.zigpy_host import eventually

OVERLOAD: dict[str, Any] = {
    "name": "overload",
    "kind": "threshold",
    "relay": "boiler",
    "quantity": "power",
    "above": 2200,
    "clear": 2000,
    "switch_off": ["l1"],
    "when_stale": "keep",
}
RULED = {"rule": "overload", "ieee": BOILER}
FOR_ONE: dict[str, Any] = {"relays": [{"ieee": BOILER, "name": "boiler"}]}


def observe_commands(relay: SimulatedRelay, seen: list[tuple[str, bool]]) -> None:
    """Note every on and off that comes to the relay as a frame."""
    carry_out = relay._clusters.command

    def observed(endpoint: int, cluster: int, command: int, payload: bytes) -> Reply:
        if cluster == identity.ON_OFF:
            seen.append((f"l{endpoint}", command == 1))
        return carry_out(endpoint, cluster, command, payload)

    relay._clusters.command = observed  # type: ignore[method-assign]  # only looks on


class PolicyWorld:
    """One relay, its service, and everything that was decided."""

    def __init__(self, air: SimulatedCoordinator, here: World) -> None:
        self.air = air
        self.here = here
        self.relay: SimulatedRelay = air.relays[0]
        self.events: list[PolicyEvent] = []
        here.service.line.hands.listen(lambda event, _: self.events.append(event))
        self.switched: list[tuple[str, bool]] = []  # by frames, as they arrive
        for relay in air.relays:
            observe_commands(relay, self.switched)

    async def close(self, channel: str, watts: float) -> None:
        """Close a contact with a load; wait until the service knows of both."""
        self.relay.set_load(channel, watts)
        if not self.relay.is_on(channel):
            self.relay.press(channel)
        else:
            self.relay.report_state(channel)
        self.relay.report_power()
        await eventually(lambda: self.value(Quantity.STATE, channel) == 1)

    def draw(self, watts: float, channel: str = "l1") -> None:
        """Let the load take another power, and report it."""
        self.relay.set_load(channel, watts)
        self.relay.report_power()

    def value(self, quantity: Quantity, channel: str | None = None) -> float | None:
        return self.here.value(BOILER, quantity, channel)

    def state(self, rule: str = "overload") -> str:
        rules = self.here.status(BOILER).rules
        return rules[rule].state.value if rule in rules else "none"

    def happened(self, kind: EventKind) -> list[PolicyEvent]:
        return [event for event in self.events if event.kind is kind]

    async def outcome(self, seconds: float = 20.0) -> PolicyEvent:
        """Wait for the first outcome."""
        await eventually(lambda: self.happened(EventKind.OUTCOME), seconds)
        return self.happened(EventKind.OUTCOME)[0]

    async def ask(
        self, method: str, path: str, body: object = None
    ) -> tuple[int, dict[str, Any]]:
        """Ask the control socket."""
        connector = aiohttp.UnixConnector(
            str(self.here.service.config.data_dir / "control.sock")
        )
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(
                method, f"http://localhost/api/v1{path}", json=body
            ) as answer,
        ):
            found = await answer.json()
            return answer.status, found if isinstance(found, dict) else {"list": found}

    def audit(self) -> list[dict[str, Any]]:
        """Return the lines of the audit so far."""
        path = self.here.service.config.data_dir / "audit" / "audit.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]


@asynccontextmanager
async def policy_world(
    folder: Path, *policies: dict[str, Any], relays: int = 1, **sections: Any
) -> AsyncIterator[PolicyWorld]:
    """Run a service with these policies; the relays are quiet but for the test."""
    async with simulator(relays=relays) as air:
        for relay in air.relays:
            relay.reporting = True
        named = sections.pop("relays_named", None)
        wanted = {**FOR_ONE, **sections} if relays == 1 else sections
        if named is not None:
            wanted["relays"] = named
        async with world(folder, air, policies=list(policies), **wanted) as here:
            yield PolicyWorld(air, here)
