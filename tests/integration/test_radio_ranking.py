"""A cut-off goes first, a lost answer holds nobody long, nothing is sent too late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import zigpy_znp.commands as c

from collector.radio.application import RelayApplication
from collector.radio.znp import DeadlinePassedError, cut_off, deadline
from collector.simulator.znp import SimulatedCoordinator
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


@asynccontextmanager
async def application(
    air: SimulatedCoordinator, folder: Path
) -> AsyncIterator[RelayApplication]:
    app = RelayApplication(
        {
            "device": {"path": f"socket://127.0.0.1:{air.port}"},
            "database_path": str(folder / "zigbee.db"),
            "znp_config": {"sync_request_timeout": 2, "async_response_timeout": 5},
            "backup_enabled": False,
            "topology_scan_enabled": False,
            "ota": {"enabled": False},
        },
        lambda _: False,
    )
    try:
        await app._load_db()
        await app.startup(auto_form=True)
        yield app
    finally:
        await app.shutdown(db=True)


async def test_a_cut_off_passes_everybody_who_waits(tmp_path: Path) -> None:
    async with simulator(relays=0) as air, application(air, tmp_path) as app:
        znp = app._znp
        done: list[str] = []

        async def ask(name: str, *, urgent: bool = False) -> None:
            cut_off.set(urgent)
            await znp.request(c.SYS.Version.Req())
            done.append(name)

        lock = znp._sync_request_lock
        await lock.acquire()
        async with asyncio.TaskGroup() as tasks:
            for index in range(3):
                tasks.create_task(ask(f"poll {index}"))
            tasks.create_task(ask("cut-off", urgent=True))
            await eventually(lambda: lock.num_waiting == 4)
            lock.release()
        assert done == ["cut-off", "poll 0", "poll 1", "poll 2"]


async def test_what_comes_to_its_turn_too_late_is_not_sent(tmp_path: Path) -> None:
    async with simulator(relays=0) as air, application(air, tmp_path) as app:
        znp = app._znp
        sent: list[Any] = []
        send = znp._uart.send

        def observe(frame: Any) -> None:
            sent.append(frame)
            send(frame)

        znp._uart.send = observe
        loop = asyncio.get_running_loop()
        deadline.set(loop.time() - 0.001)
        with pytest.raises(DeadlinePassedError):
            await znp.request(c.SYS.Version.Req())
        assert sent == []
        deadline.set(loop.time() + 10)
        await znp.request(c.SYS.Version.Req())
        assert len(sent) == 1


async def test_a_lost_answer_holds_the_others_for_two_seconds_at_most(
    tmp_path: Path,
) -> None:
    async with simulator(relays=0) as air, application(air, tmp_path) as app:
        faults: list[bool] = []
        app.on_fault = lambda: faults.append(True)
        air.lose_next_srsp()
        loop = asyncio.get_running_loop()
        begin = loop.time()
        # 30 s is what zigpy-znp hands down for a data request.
        lost = asyncio.create_task(app._znp.request(c.SYS.Version.Req(), timeout=30))
        await asyncio.sleep(0)
        after = await app._znp.request(c.SYS.Version.Req())
        assert isinstance(after, c.SYS.Version.Rsp)
        assert loop.time() - begin < 10
        with pytest.raises(TimeoutError):
            await lost
        assert faults == [True]
