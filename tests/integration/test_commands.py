"""The commands as a person runs them, each in a process of its own."""

import asyncio
import json
import re
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.integration.process_world import (
    Running,
    collector,
    get,
    running,
    sample,
    write_config,
)
from tests.integration.service_world import BOILER, RELAYS
from tests.integration.simulator_world import LOOPBACK

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(90)]

LISTENS = r"HTTP listener open: url=(\S+)"
UP = r"Relay is up: ieee=00:15:8d:00:03:a0:00:0{}"
FAST = {"path": "simulator", "simulator": {"relays": 1, "speed": 60}}


def fast_config(folder: Path, **sections: Any) -> Path:
    """A service with one simulated relay, sixty times as fast as life."""
    return write_config(
        folder / "collector.yaml", radio=FAST, relays=RELAYS[:1], **sections
    )


async def metrics(service: Running) -> str:
    return await get((await service.said(LISTENS))[1] + "/metrics")


async def metered(service: Running, name: str, least: float = 0.0) -> float:
    """Wait until the boiler has a sample above `least`; each scrape is a turn."""
    async with asyncio.timeout(30):
        while True:
            value = sample(await metrics(service), f"zigbee_relay_{name}", ieee=BOILER)
            if value is not None and value > least:
                return value


async def test_the_demonstration_shows_three_live_relays(tmp_path: Path) -> None:
    write_config(tmp_path / "ignored.yaml")
    async with running("run", "--demo", cwd=tmp_path) as service:
        # The demonstration listens where everybody's does; it may be in use here.
        first = await service.said(LISTENS + "|is in use")
        if first[1] is None:
            pytest.skip("port 10177 is in use on this machine")
        for index in range(3):
            await service.said(UP.format(index))
        text = await metrics(service)
        for name in ("power_watts", "energy_joules_total", "up"):
            assert text.count(f"\nzigbee_relay_{name}{{") == 3
        assert await service.stop() == 0
        assert "Collector stopped" in service.log()
    data = tmp_path / "demo-data"
    assert data.stat().st_mode & 0o777 == 0o700
    for file in data.iterdir():
        assert not file.stat().st_mode & 0o077, file.name


async def test_counters_survive_a_stop_and_a_kill(tmp_path: Path) -> None:
    config = fast_config(tmp_path)
    async with running("run", "--config", config, cwd=tmp_path) as service:
        first = await metered(service, "energy_joules_total")
        assert await service.stop() == 0
    async with running("run", "--config", config, cwd=tmp_path) as service:
        again = sample(
            await metrics(service), "zigbee_relay_energy_joules_total", ieee=BOILER
        )
        assert again is not None
        assert again >= first
        shown = await metered(service, "energy_joules_total", least=again)
        await service.stop(signal.SIGKILL)
    async with running("run", "--config", config, cwd=tmp_path) as service:
        after = sample(
            await metrics(service), "zigbee_relay_energy_joules_total", ieee=BOILER
        )
        assert after is not None
        assert after >= shown
        assert await service.stop() == 0


async def test_a_changed_file_acts_at_sighup_and_a_wrong_one_does_not(
    tmp_path: Path,
) -> None:
    config = fast_config(tmp_path)
    async with running("run", "--config", config, cwd=tmp_path) as service:
        voltage = await metered(service, "voltage_volts")
        fast_config(tmp_path, relaiys=[])
        service.process.send_signal(signal.SIGHUP)
        refused = await service.said(r"Configuration refused.*")
        assert 'did you mean "relays"' in refused[0]
        assert (
            sample(
                await metrics(service), "zigbee_collector_config_last_reload_successful"
            )
            == 0.0
        )
        calibration = {"voltage": {"gain": 1.5}}
        write_config(
            config,
            radio=FAST,
            relays=[{**RELAYS[0], "name": "kettle", "calibration": calibration}],
        )
        service.process.send_signal(signal.SIGHUP)
        await service.said("Configuration reloaded")
        assert await metered(service, "voltage_volts", least=voltage * 1.3)
        text = await metrics(service)
        assert 'name="kettle"' in text
        assert sample(text, "zigbee_collector_config_last_reload_successful") == 1.0
        assert sample(text, "zigbee_collector_radio_reconnects_total") == 0.0
        assert await service.stop() == 0


async def test_what_needs_a_restart_is_said_until_it_is_taken_back(
    tmp_path: Path,
) -> None:
    config = fast_config(tmp_path)
    async with running("run", "--config", config, cwd=tmp_path) as service:
        await service.said("Collector started")
        for listen, later in (
            ("127.0.0.1:1", r"\['web'\]"),
            ("127.0.0.1:2", r"\['web'\]"),
            ("127.0.0.1:0", "nothing"),
        ):
            service.lines.clear()
            fast_config(tmp_path, web={"listen": listen})
            service.process.send_signal(signal.SIGHUP)
            await service.said(f"Configuration reloaded: after_restart={later}")
        assert await service.stop() == 0


async def test_the_log_never_holds_the_network_key(tmp_path: Path) -> None:
    config = fast_config(tmp_path, log={"level": "debug"})
    async with running("run", "--config", config, cwd=tmp_path) as service:
        await service.said(UP.format(0))
        assert await service.stop() == 0
        said = service.log().lower()
    kept = (tmp_path / "data" / "zigbee.db").read_bytes()
    found = re.search(rb'"network_key": \{"key": "([0-9a-f:]+)"', kept)
    assert found, "the key is not where this test looks for it"
    key = found[1].decode()
    assert key not in said
    assert key.replace(":", "") not in said.replace(" ", "")


async def test_two_processes_never_share_a_data_dir(tmp_path: Path) -> None:
    config = fast_config(tmp_path)
    async with running("run", "--config", config, cwd=tmp_path) as service:
        await service.said("Collector started")
        second = await collector("run", "--config", config, cwd=tmp_path)
        assert second.code == 2
        assert f"already in use by process {service.process.pid}" in second.err
        assert await service.stop() == 0


async def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        config = fast_config(tmp_path, web={"listen": listen})
        done = await collector("run", "--config", config, cwd=tmp_path)
    assert done.code == 2
    assert f"{listen} is in use" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run",), 2, "--demo"),
        (("config", "check"), 2, "collector.yaml"),
        (("config", "check", "missing.yaml"), 2, "missing.yaml"),
        (("config", "check", "wrong.yaml"), 2, "did you mean"),
        (("config", "check", "right.yaml"), 0, "is right"),
        (("relays", "--data-dir", "nowhere"), 1, "No service is running"),
        (("pair", "--seconds", "999", "--data-dir", "nowhere"), 2, "254"),
        (("relays", "-c", "nostick.yaml"), 1, "does not exist; plug"),
        (("capture", "--out", "no/such/folder/x", "-c", "right.yaml"), 1, "written"),
        (("simulate", "--scenario", "nonsense", "--port", "0"), 2, "nonsense"),
        (("simulate", "--firmware", "12", "--port", "0"), 2, "12"),
        (("simulate", "--speed", "0"), 2, "--speed"),
        (("simulate", "--speed", "nan"), 2, "--speed"),
        (("simulate", "--port", "99999"), 2, "--port"),
        (("simulate", "--data-dir", "right.yaml"), 2, "is a file"),
        (("config", "check", "scenario.yaml"), 2, "houshold"),
        (("run", "--config", "scenario.yaml"), 2, "houshold"),
        (("--version",), 0, "collector 0."),
        (("nonsense",), 2, "nonsense"),
    ],
)
async def test_what_a_person_gets_wrong_is_one_sentence_and_the_right_code(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    write_config(tmp_path / "right.yaml")
    write_config(tmp_path / "wrong.yaml", pollling={})
    radio = {"simulator": {"scenario": "houshold"}}
    write_config(tmp_path / "scenario.yaml", radio=radio)
    write_config(tmp_path / "nostick.yaml", radio={"path": "/dev/no-such-stick"})
    done = await collector(*arguments, cwd=tmp_path)
    assert done.code == code, done.err
    assert words in done.out + done.err
    assert "Traceback" not in done.err


async def test_the_schema_is_json(tmp_path: Path) -> None:
    done = await collector("config", "schema", cwd=tmp_path)
    assert done.code == 0
    assert "relays" in json.loads(done.out)["properties"]


async def test_commands_beside_a_service_use_its_socket(tmp_path: Path) -> None:
    config = fast_config(tmp_path)
    capture = tmp_path / "frames.jsonl"
    async with running("run", "--config", config, cwd=tmp_path) as service:
        await metered(service, "voltage_volts")
        shown = await collector("relays", "--config", config, cwd=tmp_path)
        assert shown.code == 0, shown.err
        assert "boiler" in shown.out
        assert BOILER in shown.out
        data = tmp_path / "data"
        told = await collector("relays", "--json", "--data-dir", data, cwd=tmp_path)
        (relay,) = json.loads(told.out)
        assert relay["ieee"] == BOILER
        assert relay["voltage_v"] > 200
        captured = await collector(
            *("capture", "--out", capture, "--seconds", "3", "--config", config),
            cwd=tmp_path,
        )
        assert captured.code == 0, captured.err
        frames = [json.loads(line) for line in capture.read_text("utf-8").splitlines()]
        assert frames
        assert {frame["ieee"] for frame in frames} == {BOILER}
        assert all(bytes.fromhex(frame["data"]) for frame in frames)
        paired = await collector(
            *("pair", "--seconds", "1", "--json", "--config", config), cwd=tmp_path
        )
        assert paired.code == 0, paired.err
        assert json.loads(paired.out) == []
        assert await service.stop() == 0


async def test_without_a_service_the_commands_open_the_coordinator(
    tmp_path: Path,
) -> None:
    async with running(
        *("simulate", "--port", "0", "--relays", "2", "--scenario", "quiet"),
        cwd=tmp_path,
    ) as air:
        url = (await air.said(r"behind (socket://\S+)"))[1]
        config = write_config(
            tmp_path / "collector.yaml",
            radio={"path": url, "form_network": True},
            relays=RELAYS[:1],
        )
        paired = await collector(
            *("pair", "--seconds", "8", "--json", "--config", config), cwd=tmp_path
        )
        assert paired.code == 0, paired.err
        joined = {relay["ieee"]: relay["name"] for relay in json.loads(paired.out)}
        assert joined == {BOILER: "boiler", RELAYS[1]["ieee"]: RELAYS[1]["ieee"]}
        told = await collector("relays", "--json", "--config", config, cwd=tmp_path)
        assert told.code == 0, told.err
        assert [relay["power_w"] is not None for relay in json.loads(told.out)] == [
            True,
            True,
        ]
        assert await air.stop() == 0


async def test_a_simulator_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = await collector("simulate", "--port", port, cwd=tmp_path)
    assert done.code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.err
