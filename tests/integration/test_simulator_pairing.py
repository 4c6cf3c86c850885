"""The simulated coordinator and relays, met by the whole zigpy-znp stack."""

from pathlib import Path

import pytest
import zigpy.types as t
from zigpy.exceptions import NetworkNotFormed

from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually, zigpy_host

pytestmark = pytest.mark.allow_hosts(LOOPBACK)

RELAYS = [f"00:15:8d:00:03:a0:00:0{index}" for index in range(3)]


async def test_forms_a_network_from_empty_as_the_host_asks() -> None:
    async with simulator() as coordinator, zigpy_host(coordinator.port) as host:
        info = host.app.state.network_info
        assert info.channel == 15
        assert str(host.app.state.node_info.ieee) == "00:12:4b:00:4d:5e:00:01"
        assert info.network_key.key != t.KeyData(bytes(16))


async def test_an_empty_coordinator_is_told_from_a_formed_one() -> None:
    async with simulator() as coordinator:
        with pytest.raises(NetworkNotFormed):
            async with zigpy_host(coordinator.port, form=False):
                pass


async def test_nobody_joins_before_permit_join_and_after_it() -> None:
    async with simulator() as coordinator, zigpy_host(coordinator.port) as host:
        assert not coordinator.permitted
        assert all(relay.network is None for relay in coordinator.relays)
        await host.pair(3)
        assert not coordinator.permitted


async def test_pairs_relays_of_three_firmwares_with_their_identity() -> None:
    async with simulator() as coordinator, zigpy_host(coordinator.port) as host:
        await host.pair(3)
        assert not host.heard.failed
        for ieee, relay in zip(RELAYS, coordinator.relays, strict=True):
            device = host.device(ieee)
            assert (device.manufacturer, device.model) == ("LUMI", "lumi.relay.c2acn01")
            assert device.nwk == relay.nwk
            assert device.node_desc.manufacturer_code == 0x1037
            assert sorted(device.endpoints) == [0, 1, 2]
            assert list(device.endpoints[1].in_clusters) == [
                *(0x0000, 0x0003, 0x0004, 0x0005, 0x0001, 0x0002),
                *(0x000A, 0x0006, 0x0010, 0x0B04, 0x000C),
            ]
            assert list(device.endpoints[1].out_clusters) == [0x0019, 0x000A]
            assert list(device.endpoints[2].in_clusters) == [0x06, 0x10, 0x04, 0x05]
            ota = device.endpoints[1].out_clusters[0x0019]
            assert ota.get("current_file_version") == relay.core.firmware


async def test_a_restart_of_both_sides_finds_network_and_relays(tmp_path: Path) -> None:
    database = tmp_path / "zigbee.db"
    async with simulator(tmp_path) as coordinator:
        async with zigpy_host(coordinator.port, database) as host:
            await host.pair(3)
            before = host.app.state.network_info
        addresses = [relay.nwk for relay in coordinator.relays]
        coordinator.relays[0].set_state("l2", True)
        coordinator.relays[1].reset_meter(12.5)

    async with simulator(tmp_path) as coordinator:
        assert [relay.nwk for relay in coordinator.relays] == addresses
        assert coordinator.relays[0].is_on("l2")
        assert coordinator.relays[1].kwh == 12.5
        async with zigpy_host(coordinator.port, database, form=False) as host:
            after = host.app.state.network_info
            assert after.network_key.key == before.network_key.key
            assert after.extended_pan_id == before.extended_pan_id
            assert after.network_key.tx_counter > before.network_key.tx_counter
            state = host.device(RELAYS[0]).endpoints[2].on_off
            read, _ = await state.read_attributes(["on_off"])
            assert read["on_off"] == 1


async def test_a_backup_of_the_host_holds_the_relays_and_restores(
    tmp_path: Path,
) -> None:
    async with simulator() as coordinator, zigpy_host(coordinator.port) as host:
        await host.pair(3)
        backup = await host.app.backups.create_backup(load_devices=True)
        addresses = {str(k): v for k, v in backup.network_info.nwk_addresses.items()}
        assert addresses == {each.ieee: each.nwk for each in coordinator.relays}
        await host.app.backups.restore_backup(backup)
        restored = await host.app.backups.create_backup(load_devices=True)
        assert restored.is_compatible_with(backup)


async def test_relays_of_a_host_that_knows_them_announce_themselves(
    tmp_path: Path,
) -> None:
    database = tmp_path / "zigbee.db"
    async with (
        simulator() as coordinator,
        zigpy_host(coordinator.port, database) as host,
    ):
        await host.pair(3)
    async with (
        simulator(joined=True, seed=7) as coordinator,
        zigpy_host(coordinator.port, database) as host,
    ):
        await eventually(
            lambda: all(
                host.device(each.ieee).nwk == each.nwk for each in coordinator.relays
            )
        )


async def test_a_foreign_device_joins_and_is_interviewed() -> None:
    async with simulator() as coordinator, zigpy_host(coordinator.port) as host:
        coordinator.inject_foreign_device()
        device = (await eventually(lambda: host.heard.initialized))[0]
        assert (device.manufacturer, device.model) == ("_TZ3000_x", "TS0121")


async def test_a_relay_that_leaves_is_gone_until_the_next_permit_join() -> None:
    async with simulator() as coordinator, zigpy_host(coordinator.port) as host:
        await host.pair(3)
        relay = coordinator.relays[1]
        await host.app.remove(host.device(relay.ieee).ieee)
        await eventually(lambda: relay.network is None)
        assert relay.ieee not in {str(each.ieee) for each in host.app.devices.values()}
        await host.pair(4)
        assert host.device(relay.ieee).nwk == relay.nwk


async def test_a_new_network_address_reaches_the_host() -> None:
    async with simulator() as coordinator, zigpy_host(coordinator.port) as host:
        await host.pair(3)
        relay = coordinator.relays[2]
        relay.rejoin(new_nwk=0xBE30)
        await eventually(lambda: host.device(relay.ieee).nwk == 0xBE30)
