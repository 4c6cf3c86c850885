"""From a frame on the coordinator to a sample at /metrics, through the real stack."""

from functools import partial
from pathlib import Path

import pytest

from collector.model.quantity import Quantity
from collector.model.status import Availability
from tests.frames.vectors import vector
from tests.integration.service_world import (
    BATH,
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

KWH = 3.6e6
TICK = 1 / 3200  # kWh: more would be more than 20 kW within a test


@pytest.mark.parametrize(
    ("name", "firmware"),
    [
        ("ff01-fw36-smartthings", 36),
        ("ff01-fw46-zha881", 46),
        ("ff01-fw46-zha811", 46),
        ("ff01-fw46-zha811", 47),  # the same layout; only tag 8 says 47
        ("syn-both-on-2300W", 36),
    ],
)
async def test_a_recorded_structure_is_scraped_to_the_last_digit(
    name: str, firmware: int, tmp_path: Path
) -> None:
    frame = vector(name)
    expected = frame["expected"]["canonical_SI"]
    async with (
        simulator(relays=1, firmware=(firmware,)) as air,
        world(tmp_path, air, relays=[{"ieee": BOILER, "name": "boiler"}]) as here,
    ):
        before = await here.sample("zigbee_collector_frames_total", outcome="decoded")
        raw = bytes.fromhex(frame["raw_hex"])
        generation = bytes((0x08, 0x21, expected["firmware"], 0x12))
        assert raw.count(generation) == 1
        raw = raw.replace(generation, bytes((0x08, 0x21, firmware, 0x12)))
        air.inject(BOILER, 1, 0x0000, raw)
        await eventually(
            lambda: here.value(BOILER, Quantity.VOLTAGE) == expected["voltage_V"]
        )
        samples = {
            name.removeprefix("zigbee_relay_"): value
            for (name, labels), value in (await here.samples()).items()
            if labels == (("ieee", BOILER),)
        }
        assert samples["power_watts"] == expected["power_W"]
        assert samples["voltage_volts"] == expected["voltage_V"]
        assert samples["current_amperes"] == expected["current_A"]
        assert samples["device_temperature_celsius"] == expected["device_temperature_C"]
        assert samples["energy_register_joules"] == expected["energy_kWh"] * KWH
        assert samples["power_outages_total"] == expected["power_outage_count_raw"] - 1
        assert samples["firmware_version"] == firmware
        assert 0 < samples["link_quality_lqi"] <= 255
        for channel in ("l1", "l2"):
            assert await here.sample(
                "zigbee_relay_switch_state", ieee=BOILER, channel=channel
            ) == float(expected[f"state_{channel}"])
        after = await here.sample("zigbee_collector_frames_total", outcome="decoded")
        assert before is not None
        assert after is not None
        assert after > before


async def test_three_firmwares_pair_and_every_relay_tells_everything(
    tmp_path: Path,
) -> None:
    async with simulator() as air, world(tmp_path, air) as here:
        for relay in air.relays:
            relay.set_state("l1", on=True)
            relay.set_load("l1", 1234.5)
            relay.report_structure()
        for ieee, firmware in ((BOILER, 36), (FLOOR, 46), (BATH, 47)):
            await eventually(partial(here.value, ieee, Quantity.TEMPERATURE))
            status = here.status(ieee)
            assert status.firmware == firmware
            assert status.availability is Availability.UP
            assert status.values[Quantity.POWER, None] == pytest.approx(1234.5, rel=0.1)
            assert status.values[Quantity.STATE, "l1"] == 1.0
            assert status.values[Quantity.STATE, "l2"] == 0.0
        # Power, states and interlock are read after joining, without a report.
        await eventually(
            lambda: all(
                here.value(i, Quantity.INTERLOCK) == 0.0 for i in (BOILER, FLOOR, BATH)
            )
        )
        assert await here.sample("zigbee_relay_up", ieee=FLOOR) == 1.0


def register(here: World) -> int:
    """Return the relay's register in whole ticks of its meter."""
    return round((here.value(BOILER, Quantity.ENERGY) or 0.0) / KWH / TICK)


async def test_a_restart_keeps_network_and_counters(tmp_path: Path) -> None:
    async with simulator(relays=1) as air:
        relay = air.relays[0]
        async with world(tmp_path, air) as here:
            relay.reset_meter(1.0)
            relay.report_structure()
            await eventually(lambda: here.value(BOILER, Quantity.ENERGY))
            relay.reset_meter(1.0 + TICK)
            relay.report_structure()
            await eventually(lambda: register(here) == 3201)
        nwk = relay.nwk
        connections = air.connections
        async with serving(configuration(tmp_path, air.port)) as here:
            energy = here.status(BOILER).energy
            assert energy is not None
            assert energy.total_joules == pytest.approx(1125.0, abs=0.5)
            assert here.status(BOILER).last_seen is None
            await here.ready()
            # Nobody joins again: the relay is known from the database, and read.
            assert not air.permitted
            await eventually(lambda: here.value(BOILER, Quantity.POWER) is not None, 15)
            assert relay.nwk == nwk
            assert air.connections == connections + 1
            relay.reset_meter(1.0 + 2 * TICK)
            relay.report_structure()
            await eventually(lambda: register(here) == 3202)
        async with serving(configuration(tmp_path, air.port)) as here:
            energy = here.status(BOILER).energy
            assert energy is not None
            assert energy.total_joules == pytest.approx(2250.0, abs=0.5)


async def test_a_frame_sent_twice_counts_once(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        frame = bytes.fromhex(vector("analog-0")["raw_hex"])
        for _ in range(2):
            air.inject(BOILER, 1, 0x000C, frame)
        await eventually(
            lambda: here.value(BOILER, Quantity.POWER) == 36.61201477050781
        )
        assert await here.sample("zigbee_collector_frames_total", outcome="duplicate")


async def test_a_frame_resent_for_an_end_device_is_not_the_relays(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        relayed = await here.sample("zigbee_collector_frames_total", outcome="relayed")
        frame = bytes.fromhex(vector("analog-0")["raw_hex"])
        air.inject(BOILER, 1, 0x000C, frame, group_id=0xBE30)
        marker = bytes.fromhex(vector("analog-1")["raw_hex"])
        air.inject(BOILER, 1, 0x000C, marker)
        await eventually(
            lambda: here.value(BOILER, Quantity.POWER) == 13.552146911621094
        )
        after = await here.sample("zigbee_collector_frames_total", outcome="relayed")
        assert relayed is not None
        assert after == relayed + 1


async def test_a_foreign_device_is_left_alone_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        with caplog.at_level("WARNING", logger="collector"):
            device = air.inject_foreign_device(ieee="a4:c1:38:00:00:00:00:77")
            await eventually(lambda: "a4:c1:38:00:00:00:00:77" in caplog.text, 15)
            air._air.let_in(device)
            marker = bytes.fromhex(vector("analog-1")["raw_hex"])
            air.inject(BOILER, 1, 0x000C, marker)
            await eventually(
                lambda: here.value(BOILER, Quantity.POWER) == 13.552146911621094
            )
        assert caplog.text.count("a4:c1:38:00:00:00:00:77") == 1
        statuses = here.service.pipeline.statuses(here.service.clock.now())
        assert "a4:c1:38:00:00:00:00:77" not in {each.ieee for each in statuses}


async def test_a_relay_that_moves_to_another_address_is_followed(
    tmp_path: Path,
) -> None:
    async with simulator(relays=2) as air, world(tmp_path, air) as here:
        first, second = air.relays
        old = first.nwk
        first.rejoin(new_nwk=0x4321)
        # The second one is given the address that the first has left.
        second.rejoin(new_nwk=old)
        await eventually(lambda: first.nwk == 0x4321 and second.nwk == old)

        def heard(ieee: str, power: float) -> bool:
            air.relay(ieee).report_power()
            value = here.value(ieee, Quantity.POWER)
            return value is not None and abs(value - power) < power / 5

        for relay, watts in ((first, 500.0), (second, 1500.0)):
            relay.set_state("l1", on=True)
            relay.set_load("l1", watts)
        await eventually(lambda: heard(BOILER, 500.0), 15)
        await eventually(lambda: heard(FLOOR, 1500.0), 15)


async def test_a_relay_that_leaves_keeps_its_counters_and_may_come_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        with caplog.at_level("WARNING", logger="collector"):
            air.relays[0].leave()
            await eventually(lambda: "Relay left the network" in caplog.text)
        assert await here.sample("zigbee_relay_energy_joules_total", ieee=BOILER) == 0.0
        seen = here.status(BOILER).last_seen
        await (await here.service.ports).permit_join(60)
        await eventually(lambda: here.status(BOILER).last_seen != seen, 15)


async def test_a_silent_relays_power_leaves_while_its_counters_stay(
    tmp_path: Path,
) -> None:
    staleness = {"power_seconds": 2.0}
    async with (
        simulator(relays=2) as air,
        world(
            tmp_path, air, staleness=staleness, polling={"power_seconds": 0.5}
        ) as here,
    ):
        await eventually(lambda: here.value(BOILER, Quantity.POWER) is not None)
        air.relays[0].silent = True
        await eventually(lambda: here.status(BOILER).availability is Availability.STALE)
        samples = await here.samples()
        assert ("zigbee_relay_power_watts", (("ieee", BOILER),)) not in samples
        assert ("zigbee_relay_energy_joules_total", (("ieee", BOILER),)) in samples
        # The silent one starves nobody: the other stays fresh on its polls.
        assert here.status(FLOOR).availability is Availability.UP
        air.relays[0].silent = False
        air.relays[0].report_power()
        await eventually(lambda: here.status(BOILER).availability is Availability.UP)


async def test_what_makes_no_sense_is_counted_and_nothing_else(tmp_path: Path) -> None:
    async with simulator(relays=1) as air, world(tmp_path, air) as here:
        wrong = await here.sample(
            "zigbee_collector_frames_total", outcome="undecodable"
        )
        for data in (
            b"\x1c\x5f\x11\x01\x0a",
            b"\x18\x01\x0a",
            b"\x18\x02\x0a\x55\x00\x39",
        ):
            air.inject(BOILER, 1, 0x0000, data)
        marker = bytes.fromhex(vector("analog-1")["raw_hex"])
        air.inject(BOILER, 1, 0x000C, marker)
        await eventually(
            lambda: here.value(BOILER, Quantity.POWER) == 13.552146911621094
        )
        after = await here.sample(
            "zigbee_collector_frames_total", outcome="undecodable"
        )
        assert wrong is not None
        assert after == wrong + 3
