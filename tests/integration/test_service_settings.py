"""Interlock and power-outage memory are as the configuration says, whatever happens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collector.model.quantity import Quantity
from tests.integration.service_world import BOILER, configuration, serving, world
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(60)]

POLLING = {"power_seconds": 5, "state_seconds": 10}  # as often as it may be


def asked(**settings: bool) -> Mapping[str, Any]:
    return {
        "relays": [{"ieee": BOILER, "name": "boiler", **settings}],
        "polling": POLLING,
    }


async def test_a_relay_gets_its_settings_when_it_joins_and_again_when_it_is_paired_anew(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air:
        (relay,) = air.relays
        wanted = asked(interlock=True, power_outage_memory=True)
        async with world(tmp_path, air, **wanted) as running:
            await eventually(lambda: running.value(BOILER, Quantity.INTERLOCK) == 1.0)
            await eventually(lambda: running.status(BOILER).outage_memory)
            assert relay.core.interlock
            assert relay.core.keeps_state
            # Pairing resets both.
            relay.leave()
            relay.core.keeps_state = False
            await running.pair(1)
            await eventually(lambda: relay.core.interlock and relay.core.keeps_state)


async def test_an_interlock_that_somebody_else_changes_is_set_again(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air:
        (relay,) = air.relays
        async with world(tmp_path, air, **asked(interlock=True)) as running:
            await eventually(lambda: running.value(BOILER, Quantity.INTERLOCK) == 1.0)
            relay.core.interlock = False
            # Read every 10 s, written at once, and read back.
            await eventually(lambda: relay.core.interlock, seconds=30)


async def test_what_was_written_before_a_restart_is_not_written_again(
    tmp_path: Path,
) -> None:
    async with simulator(relays=1) as air:
        (relay,) = air.relays
        wanted = asked(power_outage_memory=True)
        async with world(tmp_path, air, **wanted) as running:
            await eventually(lambda: running.status(BOILER).outage_memory)
        assert relay.core.keeps_state
        writes: list[bytes] = []
        air.watch(
            lambda _, __, cluster, frame: writes.append(frame) if not cluster else None
        )
        async with serving(configuration(tmp_path, air.port, **wanted)) as running:
            await running.ready()
            assert running.status(BOILER).outage_memory is True
            # The routine has read everything: there was time enough to write.
            await eventually(
                lambda: running.value(BOILER, Quantity.STATE, "l2") is not None
            )
        assert writes == []


async def test_nothing_is_written_in_monitor_mode(tmp_path: Path) -> None:
    async with simulator(relays=1) as air:
        (relay,) = air.relays
        wanted = asked(interlock=True, power_outage_memory=True)
        async with world(tmp_path, air, mode="monitor", **wanted) as running:
            await eventually(lambda: running.value(BOILER, Quantity.INTERLOCK) == 0.0)
            await eventually(
                lambda: running.value(BOILER, Quantity.STATE, "l2") is not None
            )
        assert not relay.core.interlock
        assert not relay.core.keeps_state
