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
    World,
    configuration,
    serving,
    world,
)
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]

MARKS = (
    (bytes.fromhex(vector("analog-0")["raw_hex"]), 36.61201477050781),
    (bytes.fromhex(vector("analog-1")["raw_hex"]), 13.552146911621094),
)


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def reconnects(here: World) -> float:
    value = await here.sample("zigbee_collector_radio_reconnects_total")
    assert value is not None
    return value


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
        before = await reconnects(here)
        air.send_raw(bytes.fromhex(vector("analog-0")["znp_areq_hex"])[:11])
        air.drop_connections()
        assert "closed the connection" in await lost(here)
        await here.ready()
        assert (await here.get("/readyz"))[0] == 200
        assert await reconnects(here) == before + 1
        air.inject(BOILER, 1, 0x000C, MARKS[1][0])
        await eventually(lambda: here.value(BOILER, Quantity.POWER) == MARKS[1][1])


async def test_a_bridge_that_falls_silent_is_reopened_when_it_speaks(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        before = await reconnects(here)
        air.mute = True
        assert "does not answer any more" in await lost(here)
        air.mute = False
        await here.ready(30)
        assert await reconnects(here) > before
        air.inject(BOILER, 1, 0x000C, MARKS[1][0])
        await eventually(lambda: here.value(BOILER, Quantity.POWER) == MARKS[1][1])


async def test_noise_on_the_line_costs_nothing_but_itself(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        for _ in range(20):
            air.send_garbage(5000)
            await asyncio.sleep(0)
        # A frame that noise has swallowed is lost; the next one is not.
        turn = 0

        def heard() -> bool:
            nonlocal turn
            turn += 1
            frame = MARKS[1][0]
            air.inject(BOILER, 1, 0x000C, frame[:1] + bytes((turn % 256,)) + frame[2:])
            return here.value(BOILER, Quantity.POWER) == MARKS[1][1]

        await eventually(heard, 20)
        assert (await here.get("/readyz"))[0] == 200


async def test_three_bytes_of_noise_on_a_quiet_line_cost_nothing(
    tmp_path: Path,
) -> None:
    radio = {"silence_seconds": 1, "ping_timeout_seconds": 3}
    async with (
        simulator(relays=1) as air,
        world(tmp_path, air, radio=radio) as here,
    ):
        before = await reconnects(here)
        connections = air.connections
        for _ in range(3):
            air.send_raw(bytes.fromhex("fefa00"))  # "255 bytes are coming"
            await asyncio.sleep(1.5)  # the line is quiet: only pings and polls go
        assert await reconnects(here) == before
        assert air.connections == connections
        assert (await here.get("/readyz"))[0] == 200


async def test_a_bridge_that_drops_again_and_again_is_reopened_each_time(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        before = await reconnects(here)
        for drops in range(1, 5):
            air.drop_connections()
            await lost(here)
            await here.ready()
            assert await reconnects(here) == before + drops
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


async def test_a_name_that_nobody_knows_is_said(tmp_path: Path) -> None:
    # Longer than a name may be: no look-up leaves the machine.
    radio = {"path": f"socket://{'a' * 64}:6638"}
    async with serving(configuration(tmp_path, 1, radio=radio)) as here:
        ports = await here.service.ports
        await eventually(lambda: "host that nobody knows" in str(ports.readiness()))


async def test_a_lost_answer_of_the_chip_does_not_cost_the_connection(
    tmp_path: Path,
) -> None:
    polling = {"power_seconds": 0.3, "reads_per_second": 20}
    # A ping waits behind the request whose answer is missing (2 s).
    radio = {"ping_timeout_seconds": 3}
    async with (
        simulator(relays=1) as air,
        world(tmp_path, air, polling=polling, radio=radio) as here,
    ):
        await eventually(lambda: here.value(BOILER, Quantity.POWER) is not None)
        before = await reconnects(here)
        failed = await here.sample(
            "zigbee_collector_requests_failed_total", reason="timeout"
        )
        air.lose_next_srsp()

        async def failures() -> float | None:
            return await here.sample(
                "zigbee_collector_requests_failed_total", reason="timeout"
            )

        async with asyncio.timeout(10):
            while await failures() == failed:
                pass
        assert await reconnects(here) == before
        assert (await here.get("/readyz"))[0] == 200


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


async def test_fruitless_tries_leave_no_descriptor_open(tmp_path: Path) -> None:
    accepted = 0

    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal accepted
        accepted += 1
        await reader.read(-1)
        writer.close()

    bridge = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = bridge.sockets[0].getsockname()[1]
    radio = {"open_timeout_seconds": 0.2}
    try:
        async with serving(configuration(tmp_path, port, radio=radio)):
            await eventually(lambda: accepted >= 3, 20)
            before = descriptors()
            await eventually(lambda: accepted >= 13, 30)
            assert descriptors() <= before + 3
    finally:
        bridge.close()
        await bridge.wait_closed()


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


async def test_frames_in_a_storm_are_all_counted(tmp_path: Path) -> None:
    async with simulator(relays=3) as air, world(tmp_path, air) as here:
        samples = await here.samples()
        await air.flood(2000, 3000)

        async def total() -> float:
            later = await here.samples()
            return sum(
                later["zigbee_collector_frames_total", (("outcome", outcome),)]
                - samples["zigbee_collector_frames_total", (("outcome", outcome),)]
                for outcome in ("decoded", "overflow")
            )

        async with asyncio.timeout(20):
            while await total() < 3000:
                pass
