"""The image's steps as plain commands, and the service that they install."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.dockerfile import ROOT, copy, image, last
from tests.integration.process_world import Running, get, sample

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(180)]

INSTALLED = "/opt/collector"
DATA = "/var/lib/collector"
BOILER = "00:15:8d:00:03:a0:00:00"
PYTHON = Path(sys.base_prefix) / "bin"
# Read-only but for the data and a /tmp in memory; the secrets where an engine puts them.
CONTAINER = """
set -eu
mount --bind "$1" "$1"
mount --bind "$1/data" "$1/data"
mount -t tmpfs none "$1/tmp"
mount -t tmpfs none /run
mkdir /run/secrets
cp "$1/secrets/mqtt_password" /run/secrets/mqtt_password
cp "$1/secrets/influx_write_token" /run/secrets/influx_token
chmod 444 /run/secrets/*
mount -o remount,ro /run
mount -o remount,bind,ro "$1"
mount -o remount,bind,ro /
cd "$1/data"
if touch "$1/here" 2>/dev/null; then echo "the world can be written"; exit 9; fi
shift
exec "$@"
"""

# An /etc and a /var of its own, so that the step which makes the user can be done.
ROOT_ALONE = """
set -eu
cp -a /etc "$1/etc"
mount --bind "$1/etc" /etc
mount -t tmpfs none /var/lib
sh -ec "$2"
stat -c "%u:%g %a" /var/lib/collector /etc/collector
getent passwd 10001
"""


def environment(folder: Path) -> dict[str, str]:
    """The environment of a new machine, with this one's Python and package index."""
    path = f"{folder / 'opt' / 'bin'}:{PYTHON}:{os.environ['PATH']}"
    kept = {key: value for key, value in os.environ.items() if key.startswith("PIP_")}
    return {
        **kept,
        "PATH": path,
        "HOME": os.environ.get("HOME", "/"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


async def run(
    command: Sequence[str | Path], folder: Path, cwd: Path | None = None
) -> tuple[int, str]:
    """Run a command to its end; return its code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd or folder,
        env=environment(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the build stage's steps were done, COPY and RUN."""
    folder = tmp_path_factory.mktemp("machine")
    source = folder / "source"
    for name in ("source", "data", "tmp"):
        (folder / name).mkdir()
    commands = 0
    for step in image()[0]:
        if step.word == "COPY":
            copy(step, source)
        elif step.word == "RUN":
            command = step.rest.replace(INSTALLED, str(folder / "opt"))
            code, output = asyncio.run(run(["sh", "-ec", command], folder, source))
            assert code == 0, output
            commands += 1
    assert commands == 1
    return folder


async def test_the_installed_command_runs_without_what_builds(machine: Path) -> None:
    python = machine / "opt" / "bin" / "python"

    assert (await run(["collector", "--version"], machine))[0] == 0
    code, output = await run([python, "-c", "import pip"], machine)
    assert (code, "No module named 'pip'" in output) == (1, True)
    code, output = await run([python, "-c", "import pytest"], machine)
    assert (code, "No module named 'pytest'" in output) == (1, True)
    # The package itself, not a link to the sources.
    code, output = await run(
        [python, "-c", "import collector; print(collector.__file__)"], machine
    )
    assert output.startswith(str(machine / "opt"))


async def test_the_user_and_the_folders_of_the_image_are_made(tmp_path: Path) -> None:
    if os.geteuid() or (await run(["unshare", "--mount", "true"], tmp_path))[0]:
        pytest.skip("only root can make a user")
    step = last(image()[-1], "RUN").rest

    code, output = await run(
        ["unshare", "--mount", "sh", "-c", ROOT_ALONE, "sh", tmp_path, step], tmp_path
    )

    assert code == 0, output
    data, settings, user = output.splitlines()[-3:]
    assert (data, settings) == ("10001:10001 700", "0:0 755")
    assert user == "collector:x:10001:10001::/var/lib/collector:/usr/sbin/nologin"


def configuration(machine: Path) -> Path:
    """The demo of compose.yaml, with the addresses of this machine."""
    text = (ROOT / "deploy" / "compose" / "collector.yaml").read_text()
    for theirs, ours in (
        (DATA, str(machine / "data")),
        ("0.0.0.0:10177", "127.0.0.1:0"),
        ("mosquitto:1883", "127.0.0.1:9"),
        ("influxdb:8086", "127.0.0.1:9"),
    ):
        assert theirs in text
        text = text.replace(theirs, ours)
    assert "/run/secrets/mqtt_password" in text
    path = machine / "collector.yaml"
    path.write_text(text)
    return path


@asynccontextmanager
async def container(machine: Path) -> AsyncIterator[Running]:
    """Run the image's entry point in a read-only world of its own."""
    steps = image()[-1]
    entry = last(steps, "ENTRYPOINT").words() + last(steps, "CMD").words()
    entry[-1] = str(configuration(machine))
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--map-root-user", "--mount", "sh", "-c", CONTAINER, "sh"),
        machine,
        *entry,
        env=environment(machine),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    running = Running(process)
    reader = asyncio.create_task(running.read(process.stdout))
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reader


async def healthy(machine: Path) -> tuple[int, str]:
    """Run the image's health check on this machine's data."""
    [word, *command] = last(image()[-1], "HEALTHCHECK").rest.partition("CMD ")[1:]
    assert word == "CMD "
    assert command == ['["healthy", "/var/lib/collector"]']
    return await run([ROOT / "deploy/image/healthy", machine / "data"], machine)


async def test_it_runs_read_only_is_healthy_and_stops_in_order(machine: Path) -> None:
    probe = [
        "unshare",
        "--map-root-user",
        "--mount",
        "mount",
        "-t",
        "tmpfs",
        "x",
        "/run",
    ]
    if shutil.which("unshare") is None or (await run(probe, machine))[0]:
        pytest.skip("this machine lets nobody make a mount namespace")
    code, _ = await run([ROOT / "deploy/secrets", machine / "secrets"], machine)
    assert code == 0
    before, why = await healthy(machine)
    assert (before, "no answer" in why) == (1, True)
    async with container(machine) as running:
        url = (await running.said(r"HTTP listener open: url=(\S+)", 60))[1]
        await running.said(f"Relay is up: ieee={BOILER}", 60)
        assert await healthy(machine) == (
            0,
            f"{machine / 'data' / 'control.sock'}: answered 200\n",
        )
        text = await get(f"{url}/metrics")
        assert sample(text, "zigbee_relay_up", ieee=BOILER) == 1.0
        assert await running.stop() == 0
    assert "Traceback" not in running.log()
    assert (await healthy(machine))[0] == 1
