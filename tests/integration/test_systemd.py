"""The unit of systemd, and the process that it would start."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.process_world import REPOSITORY, running, write_config

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(60)]

UNIT = REPOSITORY / "deploy" / "collector.service"
WORST_SCORE = 15  # of 100: systemd calls up to 20 "safe"


async def test_a_process_says_ready_alive_and_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "100000")
        loop = asyncio.get_running_loop()
        write_config(tmp_path / "collector.yaml", radio={"path": "simulator"})
        async with running(
            "run", "--config", "collector.yaml", cwd=tmp_path
        ) as process:
            said = [await loop.sock_recv(heard, 100) for _ in range(4)]
            assert said.count(b"READY=1") == 1
            assert said.count(b"WATCHDOG=1") == 3
            assert await process.stop() == 0
        while said[-1] != b"STOPPING=1":
            said.append(await loop.sock_recv(heard, 100))


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    text = re.sub(r"/opt/\S+/collector ", f"{sys.executable} ", UNIT.read_text())
    path = tmp_path / UNIT.name
    path.write_text(text)
    return path


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
        timeout=30,
    )


def test_the_unit_is_right(unit: Path) -> None:
    done = analyze("verify", "--man=no", unit)
    about = [line for line in done.stderr.splitlines() if unit.name in line]
    assert about == []


def test_the_unit_is_hardened(unit: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={WORST_SCORE}", unit)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr[-600:]
