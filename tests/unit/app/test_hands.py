"""Commands to the radio and answers to the line: order, disk, bugs, and the end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from collector.app.hands import Hands
from collector.model.command import (
    Action,
    AttemptResult,
    CommandOutcome,
    Origin,
    RequestRefusedError,
    SettingWrite,
    SwitchCommand,
)
from collector.model.decision import EventKind, PolicyEvent
from collector.model.errors import TransientError
from collector.model.frame import Frame, ReadRequest
from collector.model.policy import PolicySettings
from collector.model.settings import LineSettings, RelaySettings
from collector.pipeline.line import Pipeline
from collector.pipeline.outcome import Outcome
from tests.clock import ManualClock, settle
from tests.integration.zigpy_host import eventually
from tests.unit.pipeline.lines import IEEE, power
from tests.unit.pipeline.test_replay import states
from tests.unit.policy.house_rules import threshold

L1 = (IEEE, "l1")


@dataclass
class TestRadio:
    """Does what it is told at once, or when the test lets it."""

    __test__ = False

    sent: list[tuple[str, bool]] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    on_switch: Callable[[SwitchCommand], None] = lambda _: None

    async def switch(self, command: SwitchCommand) -> AttemptResult:
        self.sent.append((command.channel, command.on))
        await self.free.wait()
        if self.fails:
            raise ValueError("a bug of the radio")
        self.on_switch(command)
        return AttemptResult.ANSWERED

    async def read(self, request: ReadRequest) -> bool:
        await self.free.wait()
        return request.ieee != IEEE  # it never answers

    async def write(self, write: SettingWrite) -> bool:
        return write.ieee != IEEE


class House:
    """One relay, its rule, and the hands between it and the radio."""

    def __init__(self, tasks: asyncio.TaskGroup, *, interlock: bool = False) -> None:
        self.clock = ManualClock()
        rule = threshold(for_seconds=0.0, relays=(IEEE,))
        relay = RelaySettings(ieee=IEEE, name="boiler", interlock=interlock or None)
        self.settings = LineSettings(
            relays={IEEE: relay}, policies=PolicySettings(rules=(rule,))
        )
        self.pipeline = Pipeline(self.settings, self.clock.now())
        self.radio = TestRadio()
        self.radio.free.set()
        self.hands = Hands(self.pipeline, self.clock)
        self.hands.attach(self.radio, tasks)
        self.events: list[PolicyEvent] = []
        self.hands.listen(lambda event, _: self.events.append(event))
        self.pipeline.relay_known(IEEE, None, self.clock.now())
        self.pipeline.radio_up(old_chip=False, now=self.clock.now())
        self._sequence = 0

    def contact(self, endpoint: int, *, on: bool) -> None:
        self._sequence += 1
        self._handle(states(on, endpoint, self._sequence))

    def power(self, watts: float) -> None:
        self._sequence += 1
        self._handle(power(watts, self._sequence))

    def _handle(self, frame: Frame) -> None:
        self.hands.take(self.pipeline.handle(frame, self.clock.now()))

    async def recorded(self, kind: EventKind) -> None:
        """Wait until the record has an entry of this kind."""
        await eventually(lambda: kind in [event.kind for event in self.events])


@asynccontextmanager
async def house(*, interlock: bool = False) -> AsyncIterator[House]:
    """Run hands beside a relay whose L1 is on and L2 off, until the block ends."""

    async with asyncio.TaskGroup() as tasks:
        here = House(tasks, interlock=interlock)
        here.contact(1, on=True)
        here.contact(2, on=False)
        here.power(1000)
        yield here
        here.hands.detach()
        # As at the end of the service: what is under way is cancelled.
        for task in asyncio.all_tasks():
            if task.get_name() in {"switch", "read", "write"}:
                task.cancel()


def broken_listener(event: PolicyEvent, name: str) -> None:
    raise ValueError(f"a bug of a listener: {event.kind} {name}")


async def test_the_command_is_on_its_way_before_anything_is_recorded() -> None:
    async with house() as here:
        seen: list[int] = []
        here.radio.on_switch = lambda _: seen.append(len(here.events))
        here.power(2600)
        await here.recorded(EventKind.DECISION)
        assert here.radio.sent == [("l1", False)]
        assert seen == [0]


async def test_the_record_keeps_its_order_where_the_answer_is_faster() -> None:
    async with house() as here:
        here.power(2600)
        await settle()
        here.contact(1, on=False)  # reported while the decision waits to be recorded
        await here.recorded(EventKind.OUTCOME)
        kinds = [event.kind for event in here.events]
        assert kinds.index(EventKind.DECISION) < kinds.index(EventKind.OUTCOME)


async def test_an_off_waits_for_no_disk() -> None:
    async with house() as here:
        here.hands.commit = asyncio.Event().wait  # never
        here.power(2600)
        await settle()
        assert here.radio.sent == [("l1", False)]


async def switched_on(here: House) -> asyncio.Task[object]:
    here.contact(1, on=False)
    asking = asyncio.create_task(here.hands.request(L1, Action.ON, Origin.API))
    await settle()
    return asking


async def test_an_on_goes_after_the_commit() -> None:
    async with house() as here:
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        here.hands.commit = lambda: kept
        asking = await switched_on(here)
        assert here.radio.sent == []
        kept.set_result(True)
        await settle()
        assert here.radio.sent == [("l1", True)]
        here.contact(1, on=True)
        result = await asking
        assert result.outcome is CommandOutcome.CONFIRMED  # type: ignore[attr-defined]


async def test_an_on_that_the_disk_held_up_is_not_sent_after_a_newer_off() -> None:
    async with house() as here:
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        here.hands.commit = lambda: kept
        asking = await switched_on(here)
        off = asyncio.create_task(here.hands.request(L1, Action.OFF, Origin.API))
        await settle()
        assert here.radio.sent == [("l1", False)]
        kept.set_result(True)
        await settle()
        assert here.radio.sent == [("l1", False)]  # the ON is nobody's wish any more
        here.contact(1, on=False)
        await asyncio.wait([asking, off])


async def test_no_late_on_closes_both_contacts_of_an_interlocked_relay() -> None:
    async with house(interlock=True) as here:
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        here.hands.commit = lambda: kept
        asking = [await switched_on(here)]
        here.hands.commit = _at_once
        for channel, action in (("l1", Action.OFF), ("l2", Action.ON)):
            asking.append(
                asyncio.create_task(
                    here.hands.request((IEEE, channel), action, Origin.API)
                )
            )
            await settle()
            here.contact(1 if channel == "l1" else 2, on=action is Action.ON)
        kept.set_result(True)
        await settle()
        assert here.radio.sent == [("l1", False), ("l2", True)]
        await asyncio.wait(asking)


async def test_an_on_that_waited_is_not_sent_in_monitor_mode() -> None:
    async with house() as here:
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        here.hands.commit = lambda: kept
        asking = await switched_on(here)
        monitored = replace(here.settings, policies=PolicySettings(monitor=True))
        here.pipeline.configure(monitored, here.clock.now())
        here.hands.drain()
        kept.set_result(True)
        await settle()
        assert here.radio.sent == []
        await asyncio.wait([asking])


async def test_a_disk_that_refuses_is_named_to_who_asked() -> None:
    async with house() as here:
        here.hands.commit = _refused
        asking = await switched_on(here)
        with pytest.raises(TransientError, match="disk"):
            await asking
        assert here.radio.sent == []


async def test_a_refused_request_is_recorded_and_sends_nothing() -> None:
    async with house() as here:
        with pytest.raises(RequestRefusedError):
            await here.hands.request((IEEE, "l3"), Action.ON, Origin.API)
        assert here.radio.sent == []


async def test_a_bug_of_the_radio_leaves_no_command_without_an_end() -> None:
    async with house() as here:
        here.radio.fails = True
        here.power(2600)
        await settle()
        pending = here.pipeline.policies.engine.arbiter.tracker.get(L1)
        assert pending is not None
        assert pending.step == "pause"  # it is tried again


async def test_a_bug_in_the_line_is_said_and_the_hands_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house() as here:

        def broken() -> Outcome:
            raise ValueError("a bug of the line")

        here.hands.follow(broken)
        assert "Unexpected error: where=line" in caplog.text
        here.power(2600)
        await settle()
        assert here.radio.sent == [("l1", False)]


async def test_a_bug_of_a_listener_costs_nobody_else_the_record(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with house() as here:
        here.hands._listeners.insert(0, broken_listener)
        here.power(2600)
        await eventually(lambda: "where=record" in caplog.text)
        here.hands._listeners.pop(0)
        here.contact(1, on=False)
        await here.recorded(EventKind.OUTCOME)


async def test_the_end_of_the_service_decides_nothing() -> None:
    async with house() as here:
        here.radio.free.clear()
        here.power(2600)
        await settle()
        here.hands.detach()
        here.power(2700)  # whatever comes now
        here.contact(1, on=True)
    assert here.radio.sent == [("l1", False)]
    pending = here.pipeline.policies.engine.arbiter.tracker.get(L1)
    assert pending is not None  # it was cancelled: nobody knows how it ended
    assert pending.step == "sending"


async def _at_once() -> bool:
    return True


async def _refused() -> bool:
    return False
