"""kill -9 at random moments: what a policy has decided stays decided."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from collector.simulator.simulated_relay import SimulatedRelay
from tests.integration.policy_world import OVERLOAD, observe_commands
from tests.integration.process_world import Running, running, write_config
from tests.integration.service_world import BOILER, RADIO
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(120)]

KILLS = 5
UP = f"Relay is up: ieee={BOILER}"
BOUNDED: dict[str, Any] = {
    **OVERLOAD,
    "for_seconds": 0.3,  # so that the contact is known before it is cut
    "restore": {"after_seconds": 0.4, "at_most": 2, "within_seconds": 86_400},
}
QUICK = {"min_off_seconds": 0.1, "cool_down_seconds": 0.1, "min_on_seconds": 0.1}


def config(folder: Path, port: int, policy: dict[str, Any]) -> Path:
    return write_config(
        folder / "collector.yaml",
        radio={"path": f"socket://127.0.0.1:{port}", **RADIO},
        relays=[{"ieee": BOILER, "name": "boiler"}],
        policies=[policy],
        limits=QUICK,
    )


async def ask(folder: Path, method: str, path: str, body: object = None) -> Any:
    connector = aiohttp.UnixConnector(str(folder / "data" / "control.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(method, f"http://localhost/api/v1{path}", json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def latched(folder: Path) -> bool:
    """Return whether the service shows its rule as latched."""
    [overload] = [
        policy
        for policy in await ask(folder, "GET", "/policies")
        if policy["name"] == "overload"
    ]
    return any(state["state"] == "latched" for state in overload["relays"])


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[Running]:
    async with running("run", "--config", "collector.yaml", cwd=folder) as process:
        await process.said("Radio connected")
        yield process


async def first_start(folder: Path, relay: SimulatedRelay) -> None:
    """Pair the relay, and let its load be small."""
    relay.set_load("l1", 1500)
    relay.set_state("l1", True)
    async with service(folder) as process:
        await ask(folder, "POST", "/permit_join", {"seconds": 60})
        await process.said(UP)
        await process.stop()


async def kill_somewhere(
    folder: Path, relay: SimulatedRelay, chance: random.Random
) -> bool:
    """Overload, and kill at a random moment; return whether it was latched by then."""
    shown = False
    async with service(folder) as process:
        await process.said(UP)
        relay.report_state("l1")
        relay.report_power()
        end = asyncio.get_running_loop().time() + chance.uniform(0.0, 0.9)
        while asyncio.get_running_loop().time() < end:
            shown = shown or await latched(folder)
            await asyncio.sleep(0.005)
        await process.stop(signal.SIGKILL)
    return shown


async def test_a_latch_outlives_a_kill_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311  # moments, not secrets
    async with simulator(relays=1) as air:
        (relay,) = air.relays
        config(tmp_path, air.port, OVERLOAD)
        await first_start(tmp_path, relay)
        commands: list[tuple[str, bool]] = []
        observe_commands(relay, commands)
        for _ in range(KILLS):
            relay.set_state("l1", True)
            relay.set_load("l1", 2600)
            shown = await kill_somewhere(tmp_path, relay, chance)
            was_off = not relay.is_on("l1")
            async with service(tmp_path) as process:
                await process.said(UP)
                relay.report_state("l1")
                relay.report_power()
                if shown:
                    assert await latched(tmp_path)
                await eventually(lambda: not relay.is_on("l1"), 20)
                if was_off:
                    assert not any(on for _, on in commands)
                await ask(tmp_path, "POST", "/policies/overload/reset")
                await process.stop()
        assert not any(on for _, on in commands)  # nothing comes on by itself, ever


async def test_restores_are_counted_over_kills(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311  # moments, not secrets
    async with simulator(relays=1) as air:
        (relay,) = air.relays
        config(tmp_path, air.port, BOUNDED)
        await first_start(tmp_path, relay)
        commands: list[tuple[str, bool]] = []
        observe_commands(relay, commands)
        relay.set_state("l1", True)
        relay.set_load("l1", 2600)
        for _ in range(KILLS):
            await kill_somewhere(tmp_path, relay, chance)
        async with service(tmp_path) as process:
            await process.said(UP)
            async with asyncio.timeout(20):
                while sum(on for _, on in commands) < 2 or not await latched(tmp_path):
                    relay.report_state("l1")
                    relay.report_power()
                    await asyncio.sleep(0.1)
            await asyncio.sleep(2 * BOUNDED["restore"]["after_seconds"])
            assert await latched(tmp_path)
            assert not relay.is_on("l1")
            await process.stop()
        assert sum(on for _, on in commands) == 2
