"""A coordinator that drops, falls silent, sends noise; the scrape goes on."""

import asyncio
from pathlib import Path

import pytest
from zigpy.types import EUI64

from collector.model.quantity import Quantity
from tests.frames.vectors import vector
from tests.integration.service_world import (
    BOILER,
    FLOOR,
    MARKS,
    World,
    configuration,
    serving,
    world,
)
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]


async def lost(here: World) -> str:
    """Wait until /readyz says so; return why."""

    async def readyz() -> tuple[int, str]:
        return await here.get("/readyz")

    async with asyncio.timeout(10):
        while (answer := await readyz())[0] != 503:
            assert answer[0] == 200
    # A scrape does not need the radio.
    assert await here.sample("zigbee_collector_radio_connected") == 0.0
    return answer[1]


async def test_dropped_in_mid_frame_it_is_reopened_and_counted(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        before = await here.reconnects()
        air.send_raw(bytes.fromhex(vector("analog-0")["znp_areq_hex"])[:11])
        air.drop_connections()
        assert "closed the connection" in await lost(here)
        await here.ready()
        assert (await here.get("/readyz"))[0] == 200
        assert await here.reconnects() == before + 1
        air.inject(BOILER, 1, 0x000C, MARKS[1][0])
        await eventually(lambda: here.value(BOILER, Quantity.POWER) == MARKS[1][1])


async def test_a_bridge_that_falls_silent_is_reopened_when_it_speaks(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        before = await here.reconnects()
        air.mute = True
        assert "does not answer any more" in await lost(here)
        air.mute = False
        await here.ready(30)
        assert await here.reconnects() > before
        air.inject(BOILER, 1, 0x000C, MARKS[1][0])
        await eventually(lambda: here.value(BOILER, Quantity.POWER) == MARKS[1][1])


async def test_a_bridge_that_drops_again_and_again_is_reopened_each_time(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        before = await here.reconnects()
        for drops in range(1, 5):
            air.drop_connections()
            await lost(here)
            await here.ready()
            assert await here.reconnects() == before + drops
        air.inject(BOILER, 1, 0x000C, MARKS[1][0])
        await eventually(lambda: here.value(BOILER, Quantity.POWER) == MARKS[1][1])


async def test_a_removed_relay_is_gone_also_after_a_restart(tmp_path: Path) -> None:
    async with simulator(relays=2) as air:
        async with world(tmp_path, air) as here:
            app = here.service.coordinator._app
            assert app is not None
            await app.remove(EUI64.convert(BOILER))
            await eventually(lambda: BOILER not in here.relays_known())
            samples = await here.samples()
            assert not any(("ieee", BOILER) in labels for _, labels in samples)
        config = configuration(tmp_path, air.port, relays=[])
        async with serving(config) as here:
            await here.ready()
            assert here.relays_known() == {FLOOR}


async def test_a_drop_in_the_middle_of_a_backup_ends_the_backup_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        assert here.service.jobs is not None
        air.mute = True
        backup = asyncio.create_task(here.service.jobs.backup())
        await asyncio.sleep(0.3)  # it asks the chip for its tables, in vain
        air.mute = False
        air.drop_connections()
        await asyncio.wait([backup])
        assert not backup.cancelled()
        assert backup.exception() is None
        assert "Backup failed" in caplog.text
        await here.ready()


async def test_a_name_that_nobody_knows_is_said(tmp_path: Path) -> None:
    # Longer than a name may be: no look-up leaves the machine.
    radio = {"path": f"socket://{'a' * 64}:6638"}
    async with serving(configuration(tmp_path, 1, radio=radio)) as here:
        ports = await here.service.ports
        await eventually(lambda: "host that nobody knows" in str(ports.readiness()))


async def test_a_dead_relays_failure_is_not_another_relays(tmp_path: Path) -> None:
    """zigpy numbers requests per device, and zigpy-znp confirms by number alone."""
    polling = {"power_seconds": 0.3, "reads_per_second": 20}
    async with (
        simulator(relays=2) as air,
        world(tmp_path, air, polling=polling) as here,
    ):
        air.relay(BOILER).silent = True
        before = here.status(FLOOR).measured_at.get((Quantity.POWER, None), 0.0)
        await eventually(
            lambda: (
                here.status(FLOOR).measured_at.get((Quantity.POWER, None), 0.0)
                > before + 3.0
            ),
            15,
        )


async def test_a_coordinator_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    async with simulator(relays=1) as air:
        port = air.port
    async with serving(configuration(tmp_path, port)) as here:
        ports = await here.service.ports
        await eventually(lambda: "refuses the connection" in str(ports.readiness()))
        assert "refuses the connection" in await lost(here)
        assert (await here.get("/healthz"))[0] == 200
        async with simulator(relays=1, port=port):
            await here.ready()
            assert (await here.get("/readyz"))[0] == 200


async def test_a_serial_path_that_does_not_exist_is_said(tmp_path: Path) -> None:
    radio = {"path": str(tmp_path / "ttyUSB0")}
    async with serving(configuration(tmp_path, 1, radio=radio)) as here:
        ports = await here.service.ports
        await eventually(lambda: "does not exist" in str(ports.readiness()))


async def test_a_coordinator_without_a_network_is_left_as_it_is(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air:
        radio = {"form_network": False}
        config = configuration(tmp_path, air.port, radio=radio)
        async with serving(config) as here:
            ports = await here.service.ports
            await eventually(lambda: "no Zigbee network" in str(ports.readiness()))
            assert air.connected or air.connections >= 1


async def test_a_damaged_database_is_set_aside_and_the_relays_come_back(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air:
        async with world(tmp_path, air):
            pass
        for name in ("zigbee.db", "state.db"):
            file = tmp_path / "data" / name
            file.write_bytes(b"no database at all" * 400)
        async with serving(configuration(tmp_path, air.port)) as here:
            await here.ready()

            def heard() -> bool:
                # The relay knows nothing of it: it reports, and is asked who it is.
                air.relays[0].report_power()
                return here.value(BOILER, Quantity.POWER) is not None

            await eventually(heard, 20)
        kept = {file.name.split("-")[0] for file in (tmp_path / "data").iterdir()}
        assert {"zigbee.db.corrupt", "state.db.corrupt"} <= kept
