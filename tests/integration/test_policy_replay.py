"""A capture of a running service, replayed: the same decisions at the same moments."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from collector.cli.recording import Recording, words_of
from collector.config.settings import line_settings
from collector.model.decision import EventKind, PolicyEvent
from collector.model.quantity import Quantity
from collector.pipeline.recording import RecordedFrame
from collector.pipeline.replay import Replay
from collector.pipeline.replay_report import Report
from collector.scheduler import cron_edge
from tests.integration.policy_world import OVERLOAD, PolicyWorld, policy_world
from tests.integration.process_world import collector, write_config
from tests.integration.service_world import BOILER
from tests.integration.simulator_world import LOOPBACK
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]

TICK = 0.3  # s: how much later than its moment a timer of the running service may act
DELAYED: dict[str, Any] = {**OVERLOAD, "for_seconds": 1, "instant_above": 3500}
ECONOMY: dict[str, Any] = {
    "name": "idle",
    "kind": "standby",
    "relay": "boiler",
    "below": 5,
    "for_seconds": 1.5,
    "switch_off": ["l2"],
    "when_stale": "keep",
}


def told(event: PolicyEvent) -> tuple[str | None, str | None, str]:
    return event.rule, event.channel, str(event.action)


def decisions(events: list[PolicyEvent]) -> list[PolicyEvent]:
    return [event for event in events if event.kind is EventKind.DECISION]


async def capture(world: PolicyWorld, path: Path) -> None:
    """Write every frame to a file, as `collector capture` does, for ever."""
    ports = await world.here.service.ports
    with path.open("ab", buffering=0) as file, ports.frames() as tap:
        while True:
            file.write(await tap.take())


async def live(world: PolicyWorld) -> None:
    """A delayed cut, a hand that undoes it, a cut at once, and an idle load."""
    await world.close("l1", 1800)
    await eventually(lambda: world.value(Quantity.STATE, "l2") == 0)
    world.draw(2600)
    await eventually(lambda: len(decisions(world.events)) == 1)
    await eventually(lambda: not world.relay.is_on("l1"))
    world.relay.report_power()
    await eventually(lambda: world.state() == "latched")
    world.relay.press("l1")
    world.draw(4000)
    await eventually(lambda: len(decisions(world.events)) == 2)
    await eventually(lambda: not world.relay.is_on("l1"))
    world.relay.report_power()
    await eventually(lambda: world.value(Quantity.POWER) == 0)
    await world.close("l2", 1.0)
    world.relay.report_power()
    await asyncio.sleep(1.5 + 2 * TICK)  # a hand has closed it: nothing is decided


def replayed(path: Path, world: PolicyWorld) -> Report:
    config = world.here.service.config
    replay = Replay(line_settings(config, cron_edge))
    for entry in Recording(path, words_of(config)):
        assert isinstance(entry, RecordedFrame)
        replay.frame(entry.wall, entry.frame)
    return replay.finish()


async def test_a_replay_decides_what_the_service_decided(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    async with policy_world(tmp_path, DELAYED, ECONOMY) as world:
        capturing = asyncio.create_task(capture(world, path))
        try:
            await live(world)
        finally:
            capturing.cancel()
            await asyncio.gather(capturing, return_exceptions=True)

        report = replayed(path, world)

        mine, theirs = decisions(world.events), decisions(report.events)
        assert [told(event) for event in theirs] == [told(event) for event in mine]
        assert len(mine) == 2
        for own, other in zip(mine, theirs, strict=True):
            assert abs((own.at - other.at).total_seconds()) <= TICK
        assert mine[1].at == theirs[1].at  # at once: by the frame, to the microsecond
        assert [(off.ieee, off.channel, off.rule) for off in report.off] == [
            (BOILER, "l1", "overload")
        ] * 2


TABLE = "time,relay,quantity,value\n" + "".join(
    f"2026-03-02T12:{minute:02}:00Z,boiler,power,{2600 if minute else 1500}\n"
    for minute in range(13)
)


async def test_the_command_tells_what_would_have_been_switched(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(TABLE)
    restored = {"after_seconds": 600, "at_most": 3, "within_seconds": 86_400}
    write_config(
        tmp_path / "collector.yaml",
        timezone="UTC",
        relays=[{"ieee": BOILER, "name": "boiler"}],
        policies=[{**OVERLOAD, "for_seconds": 30, "restore": restored}],
    )
    done = await collector("policy", "replay", "table.csv", cwd=tmp_path)
    assert done.code == 0, done.err
    [row] = [line for line in done.out.splitlines() if "kWh │" in line]
    # over from 12:01:00 on, so off at 12:01:30; on again ten minutes later
    assert "2026-03-02 12:01:30" in row
    assert "2026-03-02 12:11:30" in row
    assert "0:10:00" in row
    assert "0.433 kWh" in row  # 2600 W for ten minutes
    assert "Switched off 1 time(s)" in done.out


async def test_a_wrong_table_is_named_with_its_lines(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(TABLE.replace("1500", "much"))
    write_config(
        tmp_path / "collector.yaml", relays=[{"ieee": BOILER, "name": "boiler"}]
    )
    done = await collector("policy", "replay", "table.csv", cwd=tmp_path)
    assert done.code == 2
    assert "line 2" in done.err
    assert "much" in done.err
    assert "Traceback" not in done.err
