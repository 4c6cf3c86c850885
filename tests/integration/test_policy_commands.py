"""Policies as a person meets them: the demonstration, and the commands beside a service."""

from pathlib import Path

import pytest

from tests.integration.process_world import collector, running, sample
from tests.integration.service_world import BOILER
from tests.integration.simulator_world import LOOPBACK
from tests.integration.test_commands import LISTENS, UP, fast_config, metrics

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(120)]


async def test_the_demonstration_cuts_an_overload_within_a_minute(
    tmp_path: Path,
) -> None:
    async with running("run", "--demo", cwd=tmp_path) as service:
        first = await service.said(LISTENS + "|is in use")
        if first[1] is None:
            pytest.skip("port 10177 is in use on this machine")
        await service.said("Policy switches off: .*heater-overload", 60)
        await service.said("Command confirmed: .*heater-overload", 10)
        text = await metrics(service)
        acted = {"rule": "heater-overload", "channel": "l1", "action": "off"}
        done = {**acted, "outcome": "confirmed", "mode": "enforce"}
        actions = "zigbee_relay_policy_actions_total"
        assert sample(text, actions, ieee=BOILER, **done) == 1
        listed = await collector(
            "policy", "list", "--data-dir", "demo-data", cwd=tmp_path
        )
        assert listed.code == 0, listed.err
        [row] = [x for x in listed.out.splitlines() if "heater-overload" in x]
        assert "over" in row or "latched" in row
        assert await service.stop() == 0


async def test_the_commands_switch_through_a_running_service(tmp_path: Path) -> None:
    fast_config(
        tmp_path,
        policies=[
            {
                "name": "overload",
                "kind": "threshold",
                "relay": "boiler",
                "quantity": "power",
                "above": 10_000,
                "switch_off": ["l1"],
                "when_stale": "keep",
            }
        ],
    )
    async with running("run", cwd=tmp_path) as service:
        await service.said(UP.format(0))
        for word, code, said in (
            ("off", 0, "confirmed"),
            ("on", 0, "confirmed"),
        ):
            done = await collector("switch", "boiler", "l1", word, cwd=tmp_path)
            assert done.code == code, done.err
            assert said in done.out
        unknown = await collector("switch", "nobody", "l1", "on", cwd=tmp_path)
        assert unknown.code == 1
        assert "nobody" in unknown.err
        reset = await collector("policy", "reset", "overload", cwd=tmp_path)
        assert reset.code == 0, reset.err
        wrong = await collector("policy", "reset", "nothing", cwd=tmp_path)
        assert wrong.code == 1
        assert await service.stop() == 0
    gone = await collector("switch", "boiler", "l1", "on", cwd=tmp_path)
    assert gone.code == 1
    assert "No service is running" in gone.err
