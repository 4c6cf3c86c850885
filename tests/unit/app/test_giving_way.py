"""What a command that is only just on its way holds up, and for how long."""

import asyncio
from dataclasses import replace

import pytest

from collector.app import hands
from collector.model.decision import EventKind
from collector.model.policy import PolicySettings
from tests.clock import settle
from tests.unit.app.test_hands import house
from tests.unit.pipeline.lines import IEEE
from tests.unit.policy.house_rules import threshold


async def test_the_other_rules_are_asked_when_the_first_command_is_on_its_way() -> None:
    async with house() as here:
        here.contact(2, on=True)
        also = threshold("second", for_seconds=0.0, relays=(IEEE,), switch_off=("l2",))
        rules = (*here.settings.policies.rules, also)
        more = replace(here.settings, policies=PolicySettings(rules=rules))
        here.pipeline.configure(more, here.clock.now())
        here.power(2600)
        await settle()
        assert here.radio.sent == [("l1", False)]
        await here.recorded(EventKind.DECISION)
        assert here.radio.sent == [("l1", False), ("l2", False)]


async def test_a_long_work_gives_way_to_a_command() -> None:
    async with house() as here:
        await here.hands.breathe()  # nothing is on its way
        here.power(2600)
        await here.hands.breathe()
        assert here.radio.sent == [("l1", False)]
        assert here.events  # the record waits longer than the work does
        assert not here.hands.hurried


async def test_a_long_work_is_not_held_up_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hands, "CALM_SECONDS", 0.001)
    async with house() as here:
        here.power(2600)
        await here.hands.breathe()
        assert here.hands.hurried


async def test_a_frame_waits_for_a_command_once_and_not_for_each_of_a_crowd() -> None:
    async with house() as here:
        loop = asyncio.get_running_loop()
        here.power(2600)
        began = loop.time()
        await here.hands.give_way()
        assert here.radio.sent == [("l1", False)]
        assert loop.time() - began >= hands.OTHERS_SECONDS / 2
        here.contact(1, on=True)
        here.power(2700)
        asking = asyncio.create_task(here.hands.give_way())
        await asyncio.sleep(0)
        assert asking.done()


async def test_no_frame_waits_where_nothing_is_sent() -> None:
    async with house() as here:
        waiting = asyncio.create_task(here.hands.give_way())
        await asyncio.sleep(0)
        assert waiting.done()
