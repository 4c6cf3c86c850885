"""What is published of commands that end in their own order, and what is refused."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.model.command import Action, CommandOutcome, Origin, SwitchResult
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.mqtt.actions import Actions
from collector.mqtt.commands import plan_set
from collector.mqtt.intents import Problem

pytestmark = pytest.mark.timeout(5)

RELAY = "00:15:8d:00:03:a0:00:00"


class Ports:
    """A relay whose channels end when a test says so."""

    def __init__(self) -> None:
        self.ends = {"l1": asyncio.Event(), "l2": asyncio.Event()}
        self.outcome = CommandOutcome.CONFIRMED

    def name_of(self, ieee: str) -> str:
        del ieee
        return "relay"

    async def switch(
        self, ieee: str, channel: str, action: Action, origin: Origin
    ) -> SwitchResult:
        assert origin is Origin.MQTT
        await self.ends[channel].wait()
        return SwitchResult(
            ieee=ieee,
            channel=channel,
            on=action is Action.ON,
            outcome=self.outcome,
            attempts=1,
            seconds=0.1,
        )


class World:
    """Actions, and what they say."""

    def __init__(self) -> None:
        self.ports = Ports()
        self.published: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self.results: list[dict[str, Any]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.actions = Actions(self.ports, self, self.spawn)  # type: ignore[arg-type]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.add(asyncio.create_task(work))

    def answered(self, ieee: str, values: dict[str, Any]) -> None:
        del ieee
        self.published.append(dict(values))

    def show(self, ieee: str) -> None:
        raise NotImplementedError

    def complain(self, problem: Problem) -> None:
        self.complaints.append(problem.message)

    def result(self, ieee: str, document: dict[str, Any]) -> None:
        del ieee
        self.results.append(document)

    def set(self, payload: str) -> "asyncio.Task[None]":
        plan = plan_set("relay", None, None, payload.encode())
        return asyncio.create_task(self.actions.carry_out(RELAY, plan, "set"))


async def turns() -> None:
    """Let every task run as far as it gets."""
    for _ in range(10):
        await asyncio.sleep(0)


def reported(channel: str, *, on: bool) -> Reading:
    return Reading(
        ieee=RELAY,
        channel=channel,
        quantity=Quantity.STATE,
        value=float(on),
        at=datetime(2026, 3, 1, tzinfo=UTC),
        mono=1.0,
    )


async def test_two_channels_of_one_message_are_one_publish() -> None:
    world = World()
    both = world.set('{"state_l1": "ON", "state_l2": "ON"}')
    await turns()
    world.actions.heard(RELAY, "l1", on=True)
    assert world.published == []
    world.actions.heard(RELAY, "l2", on=True)
    assert world.published == [{"state_l1": "ON", "state_l2": "ON"}]
    for end in world.ports.ends.values():
        end.set()
    await both
    assert len(world.published) == 1


async def test_a_contact_that_was_reported_meanwhile_is_not_said_to_be_as_answered() -> (
    None
):
    """l1 was cut off while l2 did not answer: its ON is older than the report."""
    world = World()
    both = world.set('{"state_l1": "ON", "state_l2": "ON"}')
    await turns()
    world.actions.heard(RELAY, "l1", on=True)
    world.ports.ends["l1"].set()
    await turns()
    world.actions.reported(RELAY, [reported("l1", on=False)])
    world.ports.outcome = CommandOutcome.UNKNOWN
    world.ports.ends["l2"].set()
    await both
    assert world.published == []
    assert "contact is unknown" in world.complaints[0]


async def test_a_transaction_is_answered_with_what_failed() -> None:
    world = World()
    world.ports.outcome = CommandOutcome.REFUSED
    world.ports.ends["l1"].set()
    await world.set('{"state_l1": "ON", "transaction": "t"}')
    assert world.results == [
        {
            "status": "error",
            "error": "the relay refused the command",
            "data": {"keys": ["state_l1"]},
            "transaction": "t",
        }
    ]
