"""What a command that is only just on its way holds up, and for how long."""

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
