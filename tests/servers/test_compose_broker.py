"""The broker's start script of compose.yaml with a real mosquitto."""

import asyncio
import getpass
import os
import re
from pathlib import Path

import pytest

from tests.dockerfile import ROOT
from tests.servers.conftest import free_port, need

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(30)]

FILES = ROOT / "deploy" / "compose" / "mosquitto"
PASSWORD = "0123456789abcdef" * 4  # as deploy/secrets makes them


def here(tmp_path: Path, port: int) -> Path:
    """Write script and configuration with the folders and the port of this machine."""
    folders = "/run/secrets/|/tmp/|/mosquitto/config/|/mosquitto/data/"
    listener = f"user {getpass.getuser()}\nlistener {port} 127.0.0.1\n"
    for name in ("start.sh", "mosquitto.conf"):
        text = re.sub(folders, f"{tmp_path}/", (FILES / name).read_text())
        text = text.replace("listener 1883\n", listener)
        (tmp_path / name).write_text(text)
    return tmp_path / "start.sh"


async def ask(tmp_path: Path, port: int, *options: str) -> int:
    """Run the health check, with this port; return its code."""
    process = await asyncio.create_subprocess_exec(
        *("mosquitto_sub", "-h", "127.0.0.1", "-p", str(port)),
        *("-t", "$SYS/broker/uptime", "-C", "1", "-W", "4", *options),
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


async def test_only_who_has_the_secret_gets_in(tmp_path: Path) -> None:
    for program in ("mosquitto", "mosquitto_passwd", "mosquitto_sub"):
        need(program)
    port = free_port()
    (tmp_path / "mqtt_password").write_text(PASSWORD)
    broker = await asyncio.create_subprocess_exec(
        *("sh", here(tmp_path, port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert broker.stderr is not None
    try:
        async for line in broker.stderr:
            if b" running" in line:
                break
        else:
            pytest.fail("the broker ended")
        assert await ask(tmp_path, port) == 0
        assert await ask(tmp_path, port, "-P", "wrong") != 0
        assert PASSWORD not in (tmp_path / "users").read_text()
        for name in ("users", "mosquitto_sub"):
            assert (tmp_path / name).stat().st_mode & 0o077 == 0
    finally:
        broker.terminate()
        await broker.communicate()


async def test_a_secret_that_is_missing_is_said(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("sh", here(tmp_path, 1)), stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()

    assert process.returncode == 1
    assert b"mqtt_password is missing or empty; run deploy/secrets" in said
