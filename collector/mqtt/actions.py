"""Carries out what people ask of a relay, and says how it ended.

Every switch goes through the same arbiter as everything else, with origin `mqtt`.
"""

import asyncio
from collections.abc import Hashable, Sequence
from typing import Any, Final, Protocol

from collector.model.command import (
    Action,
    CommandOutcome,
    Origin,
    RequestRefusedError,
    SwitchResult,
)
from collector.model.errors import TransientError
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.mqtt.intents import (
    GenericRead,
    Intent,
    Plan,
    Problem,
    ReadInterlock,
    ReadPower,
    ReadState,
    SetInterlock,
    SetMemory,
    ShowMemory,
    Switch,
    TimedOn,
)
from collector.mqtt.ports import MqttPorts
from collector.mqtt.slots import Slots, Spawn, SupersededError

SUPERSEDED: Final = "a later command for the same came before this one was sent"
_READS: Final[dict[type, Quantity]] = {
    ReadPower: Quantity.POWER,
    ReadInterlock: Quantity.INTERLOCK,
}


class Voice(Protocol):
    """Where results go."""

    def answered(self, ieee: str, values: dict[str, Any]) -> None:
        """Publish what a relay has said yes to."""

    def show(self, ieee: str) -> None:
        """Publish a relay's whole state."""

    def complain(self, problem: Problem) -> None:
        """Say what could not be done."""

    def result(self, ieee: str, document: dict[str, Any]) -> None:
        """Answer a message that carried a transaction."""


class Actions:
    """Plans on their way to the relays."""

    def __init__(
        self,
        ports: MqttPorts,
        voice: Voice,
        spawn: Spawn,
    ) -> None:
        self._ports = ports
        self._voice = voice
        self._slots = Slots(spawn)
        # Channels of plans, so that one message says what both did.
        self._together: dict[tuple[str, str], _Together] = {}

    async def carry_out(self, ieee: str, plan: Plan, verb: str) -> None:
        """Do what a message asks for; `verb` is "set" or "get"."""
        for problem in plan.problems:
            self._voice.complain(problem)
        switches = [each for each in plan.intents if isinstance(each, Switch | TimedOn)]
        together = _Together({each.channel for each in switches})
        failures = await asyncio.gather(
            *(self._one(ieee, intent, verb, together) for intent in plan.intents)
        )
        for each in switches:
            if self._together.get((ieee, each.channel)) is together:
                del self._together[ieee, each.channel]
        if plan.transaction is None:
            return
        errors = [p.message for p in plan.problems if p.level == "error"]
        errors += [failure for failure in failures if failure is not None]
        document: dict[str, Any] = {"status": "error" if errors else "ok"}
        if errors:
            document["error"] = "; ".join(errors)
        document["data"] = {"keys": list(plan.keys)}
        document["transaction"] = plan.transaction
        self._voice.result(ieee, document)

    def heard(self, ieee: str, channel: str, *, on: bool) -> None:
        """A relay has said yes to a command that came by MQTT."""
        values = {f"state_{channel}": "ON" if on else "OFF"}
        together = self._together.get((ieee, channel))
        if together is not None:
            together.values |= values
            together.waiting.discard(channel)
            if together.waiting:
                return
            values = together.values
        self._voice.answered(ieee, values)

    def reported(self, ieee: str, readings: Sequence[Reading]) -> None:
        """A contact was reported: what an answer said of it before is older."""
        for reading in readings:
            if reading.quantity is Quantity.STATE and reading.channel is not None:
                together = self._together.get((ieee, reading.channel))
                if together is not None:
                    together.values.pop(f"state_{reading.channel}", None)

    async def _one(
        self, ieee: str, intent: Intent, verb: str, together: "_Together"
    ) -> str | None:
        """Do one thing; return why it failed."""
        key = _key(intent)
        try:
            failure = await self._run(ieee, intent, together)
        except SupersededError:
            failure = SUPERSEDED
        except RequestRefusedError as error:
            failure = error.sentence
        except (TransientError, ValueError) as error:
            failure = str(error)
        finally:
            if isinstance(intent, Switch | TimedOn):
                self._ended(ieee, intent.channel, together)
        if failure is not None and failure != SUPERSEDED:
            name = self._ports.name_of(ieee)
            sentence = (
                f"Publish '{verb}' '{key}' to '{name}' failed: 'Error: {failure}'"
            )
            self._voice.complain(Problem("error", sentence, f"failed {key}"))
        return failure

    async def _run(
        self, ieee: str, intent: Intent, together: "_Together"
    ) -> str | None:
        """Do it when its turn comes; an OFF does not wait for an ON to give up."""
        return await self._slots.run(
            _target(ieee, intent),
            lambda: self._do(ieee, intent, together),
            urgent=isinstance(intent, Switch) and intent.action is Action.OFF,
        )

    def _ended(self, ieee: str, channel: str, together: "_Together") -> None:
        """A switch is over; nobody waits for its answer any longer."""
        if channel in together.waiting:
            together.waiting.discard(channel)
            if not together.waiting and together.values:
                self._voice.answered(ieee, together.values)

    async def _do(self, ieee: str, intent: Intent, together: "_Together") -> str | None:
        if isinstance(intent, Switch | TimedOn):
            self._together[ieee, intent.channel] = together
            return await self._move(ieee, intent)
        if isinstance(intent, SetInterlock | SetMemory):
            return await self._write(ieee, intent)
        if isinstance(intent, ShowMemory):
            return self._show_memory(ieee)
        if isinstance(intent, GenericRead):
            await self._ports.read_attributes(ieee, intent)
            return None
        if isinstance(intent, ReadState):
            return await self._read(ieee, Quantity.STATE, intent.channel)
        return await self._read(ieee, _READS[type(intent)], None)

    async def _move(self, ieee: str, intent: Switch | TimedOn) -> str | None:
        channel = intent.channel
        if isinstance(intent, Switch):
            return await self._switch(ieee, channel, intent.action)
        failure = await self._switch(ieee, channel, Action.ON)
        if failure is not None or intent.on_seconds == 0:
            return failure  # 0 s: it stays closed
        timed = await self._ports.timed_off(
            ieee, channel, intent.on_seconds, intent.off_wait
        )
        return None if timed else "switched on, but the relay did not take the time"

    async def _switch(self, ieee: str, channel: str, action: Action) -> str | None:
        result = await self._ports.switch(ieee, channel, action, Origin.MQTT)
        if result.outcome is CommandOutcome.CONFIRMED:
            return None
        return _why(result)

    async def _write(self, ieee: str, intent: SetInterlock | SetMemory) -> str | None:
        if await self._ports.write_setting(ieee, _key(intent), intent.on):
            return None
        return "the relay did not take it; it will be tried again"

    def _show_memory(self, ieee: str) -> str | None:
        if self._ports.memory_of(ieee) is None:
            return "never written; the relay cannot be asked"
        self._voice.show(ieee)
        return None

    async def _read(
        self, ieee: str, quantity: Quantity, channel: str | None
    ) -> str | None:
        answered = await self._ports.read(ieee, quantity, channel)
        return None if answered else "the relay does not answer"


class _Together:
    """Channels of one message, whose answers are one publish."""

    def __init__(self, waiting: set[str]) -> None:
        self.waiting = waiting
        self.values: dict[str, Any] = {}


def _target(ieee: str, intent: Intent) -> Hashable:
    if isinstance(intent, Switch | TimedOn):
        return ieee, intent.channel
    if isinstance(intent, ReadState):
        return ieee, "read", intent.channel
    return ieee, type(intent)


def _key(intent: Intent) -> str:
    """Return the word of Zigbee2MQTT's log lines."""
    return _KEYS.get(type(intent), "read")


_KEYS: Final[dict[type, str]] = {
    Switch: "state",
    TimedOn: "state",
    ReadState: "state",
    SetInterlock: "interlock",
    ReadInterlock: "interlock",
    SetMemory: "power_outage_memory",
    ShowMemory: "power_outage_memory",
    ReadPower: "power",
}
_ENDS: Final = {
    CommandOutcome.REFUSED: "the relay refused the command",
    CommandOutcome.FAILED: "the relay answers, and its contact did not move",
    CommandOutcome.UNKNOWN: "the relay did not answer, its contact is unknown",
    CommandOutcome.WOULD_ACT: "nothing was sent",
}


def _why(result: SwitchResult) -> str:
    return result.detail.rstrip(".") or _ENDS.get(result.outcome, "no reason was given")
