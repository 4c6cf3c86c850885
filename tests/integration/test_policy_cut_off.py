"""Overload, OFF on the wire, contact open, power falls, latched, reset: all on real bytes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from collector.model.command import CommandOutcome
from collector.model.decision import EventKind, PolicyEvent
from collector.model.quantity import Quantity
from tests.integration.policy_world import (
    OVERLOAD,
    RULED,
    PolicyWorld,
    policy_world,
)
from tests.integration.service_world import BOILER
from tests.integration.simulator_world import LOOPBACK
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]

ACTION = {**RULED, "channel": "l1", "action": "off", "mode": "enforce"}


async def cut(world: PolicyWorld) -> PolicyEvent:
    """Let the load take too much; return the outcome of its cut-off."""
    await world.close("l1", 1800)
    await eventually(lambda: world.state() == "ok")
    world.draw(2600)
    return await world.outcome()


async def test_an_overload_is_cut_and_latched(tmp_path: Path) -> None:
    async with policy_world(tmp_path, OVERLOAD) as world:
        outcome = await cut(world)

        assert outcome.outcome is CommandOutcome.CONFIRMED
        assert not world.relay.is_on("l1")
        assert world.switched == [("l1", False)]
        world.relay.report_power()
        await eventually(lambda: world.value(Quantity.POWER) == 0)
        await eventually(lambda: world.state() == "latched")


async def test_a_cut_off_is_in_the_metrics(tmp_path: Path) -> None:
    async with policy_world(tmp_path, OVERLOAD) as world:
        await cut(world)
        world.relay.report_power()
        await eventually(lambda: world.state() == "latched")

        samples = await world.here.samples()

        def sample(name: str, **labels: str) -> float | None:
            return samples.get((f"zigbee_{name}", tuple(sorted(labels.items()))))

        channel = {"ieee": BOILER, "channel": "l1"}
        confirmed = {"origin": "policy", "outcome": "confirmed"}
        assert sample("relay_policy_actions_total", **ACTION, outcome="confirmed") == 1
        assert sample("relay_commands_total", **channel, **confirmed) == 1
        assert sample("relay_policy_state", **RULED, state="latched") == 1
        assert sample("relay_policy_state", **RULED, state="ok") == 0
        assert sample("relay_switch_state", **channel) == 0
        assert sample("relay_channel_power_watts", **channel) == 0
        took = "collector_command_duration_seconds_count"
        assert (sample(took, origin="policy") or 0) >= 1
        assert (sample("collector_policy_decision_duration_seconds_count") or 0) >= 1


async def test_a_cut_off_is_in_the_audit(tmp_path: Path) -> None:
    async with policy_world(tmp_path, OVERLOAD) as world:
        await cut(world)
        await eventually(lambda: len(world.audit()) >= 2)
        decision, ended = (
            line for line in world.audit() if line["kind"] in ("decision", "outcome")
        )
        assert (decision["rule"], decision["action"]) == ("overload", "off")
        assert decision["inputs"][0]["quantity"] == "power"
        assert decision["inputs"][0]["value"] > 2200
        assert decision["inputs"][0]["age_seconds"] < 5
        assert ended["outcome"] == "confirmed"
        assert ended["command"] == decision["command"]
        assert 0 < ended["latency_seconds"] < 5


async def test_a_latched_load_comes_on_after_a_reset_only(tmp_path: Path) -> None:
    async with policy_world(tmp_path, OVERLOAD) as world:
        await cut(world)
        world.relay.report_power()
        await eventually(lambda: world.state() == "latched")
        door = "/relays/boiler/channels/l1"

        status, answer = await world.ask("POST", door, {"state": "on"})
        assert status == 409
        assert "reset it first" in answer["error"]

        assert (await world.ask("POST", "/policies/overload/reset"))[0] == 200
        assert not world.relay.is_on("l1")  # a reset sends nothing
        assert world.state() == "ok"
        world.draw(1000)
        status, answer = await world.ask("POST", door, {"state": "on"})
        assert (status, answer["outcome"]) == (200, "confirmed")
        assert world.relay.is_on("l1")


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [("refused twice", 3), ("answer lost", 2), ("silent for a while", 2)],
)
async def test_what_goes_wrong_on_the_way_is_tried_again(
    fault: str, attempts: int, tmp_path: Path
) -> None:
    async with policy_world(tmp_path, OVERLOAD) as world:
        await world.close("l1", 1800)
        match fault:
            case "refused twice":
                world.relay.refuse_commands = 2
                world.draw(2600)
            case "answer lost":
                world.draw(2600)
                world.air.lose_next_srsp()
                world.relay.silent = True
                asyncio.get_running_loop().call_later(
                    0.5, setattr, world.relay, "silent", False
                )
            case _:
                world.air.no_ack_seconds = 0.05
                world.draw(2600)
                world.relay.silent = True
                asyncio.get_running_loop().call_later(
                    0.2, setattr, world.relay, "silent", False
                )
        outcome = await world.outcome()
        assert outcome.outcome is CommandOutcome.CONFIRMED
        assert outcome.attempts is not None
        assert 1 < outcome.attempts <= attempts + 1
        assert not world.relay.is_on("l1")


async def test_a_coordinator_that_drops_in_between_is_no_way_out(
    tmp_path: Path,
) -> None:
    async with policy_world(tmp_path, OVERLOAD) as world:
        await world.close("l1", 1800)
        connections = world.air.connections
        world.relay.silent = True  # the first attempt is in vain, and then …
        world.air.no_ack_seconds = None
        world.draw(2600)
        world.relay.silent = False
        world.relay.report_power()
        world.relay.silent = True
        await eventually(lambda: world.happened(EventKind.DECISION))
        world.air.drop_connections()
        world.relay.silent = False
        outcome = await world.outcome(30)
        assert outcome.outcome is CommandOutcome.CONFIRMED
        assert world.air.connections > connections
        assert not world.relay.is_on("l1")


async def test_a_welded_contact_is_an_alarm(tmp_path: Path) -> None:
    async with policy_world(tmp_path, OVERLOAD) as world:
        await world.close("l1", 2100)
        engine = world.here.service.pipeline.policies.engine
        await eventually(lambda: world.value(Quantity.STATE, "l2") == 0)
        world.relay.report_power()
        world.draw(2150)
        await eventually(lambda: engine.meters.loads(BOILER).get("l1"))
        world.relay.weld("l1")

        world.draw(2600)

        outcome = await world.outcome()
        assert outcome.outcome is CommandOutcome.CONFIRMED  # as the relay reports
        await eventually(lambda: world.happened(EventKind.ALARM), 20)
        alarm = world.happened(EventKind.ALARM)[0]
        assert (alarm.rule, alarm.channel) == ("overload", "l1")
        assert alarm.reason.startswith("Cut-off failed")
        assert "power has not fallen" in alarm.reason
        assert world.state() == "over"  # it goes on saying so


SCHEDULE: dict[str, Any] = {
    "name": "never",
    "kind": "schedule",
    "relay": "boiler",
    "cron": {"on": "0 0 29 2 *", "off": "0 0 * * *"},
    "switch_off": ["l1"],
    "when_stale": "keep",
}


async def test_a_hand_on_the_wall_stands_above_economy(tmp_path: Path) -> None:
    limits = {"min_on_seconds": 0.1, "override_seconds": 3}
    async with policy_world(tmp_path, SCHEDULE, limits=limits) as world:
        world.relay.set_load("l1", 100)
        world.relay.set_state("l1", True)
        world.relay.report_state("l1")  # on, and nobody's hand is known
        await world.outcome()
        assert not world.relay.is_on("l1")

        world.relay.press("l1")

        await eventually(lambda: world.state("never") == "suspended")
        assert world.relay.is_on("l1")
        await eventually(lambda: not world.relay.is_on("l1"), 10)  # its time is over
        assert world.happened(EventKind.FOREIGN)[0].reason.endswith("at the relay")


async def test_monitor_mode_decides_and_sends_nothing(tmp_path: Path) -> None:
    async with policy_world(tmp_path, OVERLOAD, mode="monitor") as world:
        await world.close("l1", 2600)
        await eventually(lambda: world.happened(EventKind.DECISION))
        decision = world.happened(EventKind.DECISION)[0]
        assert decision.outcome is CommandOutcome.WOULD_ACT
        door = "/relays/boiler/channels/l1"
        status, answer = await world.ask("POST", door, {"state": "off"})
        assert status == 409
        assert "onitor mode" in answer["error"]
        assert world.switched == []
        assert world.relay.is_on("l1")


async def test_a_protected_channel_and_what_does_not_exist_are_refused(
    tmp_path: Path,
) -> None:
    relays = [
        {"ieee": BOILER, "name": "boiler", "channels": {"l2": {"protected": True}}}
    ]
    async with policy_world(tmp_path, OVERLOAD, relays_named=relays) as world:
        for path, expected in (
            ("/relays/boiler/channels/l2", 403),
            ("/relays/boiler/channels/l3", 404),
            ("/relays/nobody/channels/l1", 404),
        ):
            status, answer = await world.ask("POST", path, {"state": "off"})
            assert status == expected, answer
            assert answer["error"].endswith(".")
        assert (await world.ask("POST", "/policies/nothing/reset"))[0] == 404
        assert world.switched == []
