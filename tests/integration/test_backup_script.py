"""deploy/backup: a copy of a service that runs, and a new start from it."""

import asyncio
import json
import os
import signal
import sqlite3
import tarfile
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from collector.model.quantity import Quantity
from collector.simulator.simulated_relay import SimulatedRelay
from tests.integration.process_world import REPOSITORY
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

KWH = 3.6e6  # J
TICK = 1 / 3200  # kWh
FAKE_DOCKER = """#!/usr/bin/env bash
set -euo pipefail
echo "$*" >"$CALLS"
while [ "$1" != python ]; do shift; done
shift
python3 "$1" "$DATA" | head -c "${BYTES:-1000000000}"
"""


async def backup(*arguments: str | Path, **variables: str) -> tuple[int, str]:
    """Run the script; return its code and what it said."""
    process = await asyncio.create_subprocess_exec(
        REPOSITORY / "deploy" / "backup",
        *arguments,
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def a_database(folder: Path) -> Path:
    """Make a data folder as small as can be."""
    (folder / "data").mkdir()
    with closing(sqlite3.connect(folder / "data" / "state.db")) as database:
        database.execute("CREATE TABLE t (x)")
    return folder / "data"


def names(archive: Path) -> set[str]:
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as tar:
        for member in tar:
            assert member.mode == (0o700 if member.isdir() else 0o600), member.name
        return set(tar.getnames())


async def network(here: World, data: Path) -> tuple[str, str]:
    """Return what relays know their network by, as the coordinator has it."""
    assert here.service.jobs is not None
    await here.service.jobs.backup()
    document = json.loads((data / "backups" / "coordinator.json").read_text())
    return document["network_key"]["key"], document["extended_pan_id"]


async def use_a_tick(here: World, relay: SimulatedRelay) -> None:
    """Let the relay count 1125 J, and have that on disk."""
    for kwh in (1.0, 1.0 + TICK):
        relay.reset_meter(kwh)
        relay.report_structure()
        await eventually(partial(measured, here, kwh * KWH))
    assert here.service.jobs is not None
    await here.service.jobs.close_day()  # it commits, as is done every ten seconds


def measured(here: World, joules: float) -> bool:
    return here.value(BOILER, Quantity.ENERGY) == pytest.approx(joules)


async def test_a_copy_of_a_running_service_starts_as_the_same_one(
    tmp_path: Path,
) -> None:
    settings = tmp_path / "collector.yaml"
    settings.write_text("site: home\n")
    target = tmp_path / "copies"
    new = tmp_path / "new"
    async with simulator(relays=2) as air:
        async with world(tmp_path, air) as here:
            await use_a_tick(here, air.relays[0])
            before = await network(here, tmp_path / "data")
            code, said = await backup(target, tmp_path / "data", settings)
            assert code == 0, said
            archive = Path(said.strip())
            # It went on meanwhile.
            assert (await here.get("/readyz"))[0] == 200
        found = names(archive)
        assert {"data/state.db", "data/zigbee.db", "extra/collector.yaml"} <= found
        assert not {"data/lock", "data/control.sock", "data/state.db-wal"} & found
        # As deploy/README.md says it.
        (new / "data").mkdir(parents=True, mode=0o700)
        with tarfile.open(archive) as tar:
            tar.extractall(new, filter="tar")
        async with serving(configuration(new, air.port)) as here:
            total = here.status(BOILER).energy
            assert total is not None
            assert total.total_joules == pytest.approx(1125.0, abs=0.5)
            await here.ready()
            assert here.relays_known() == {BOILER, FLOOR}
            assert await network(here, new / "data") == before
            assert not air.permitted  # nobody had to join again


async def test_the_oldest_copies_are_removed(tmp_path: Path) -> None:
    a_database(tmp_path)
    target = tmp_path / "copies"
    target.mkdir()
    for day in (1, 2, 3):
        (target / f"collector-2026010{day}T000000Z.tar").touch()
    (target / "mine.tar").touch()

    code, said = await backup(target, tmp_path / "data", KEEP="2")

    assert code == 0, said
    kept = {path.name for path in target.iterdir()}
    assert kept == {
        "collector-20260103T000000Z.tar",
        "mine.tar",
        Path(said.strip()).name,
    }


async def test_a_clock_that_was_set_back_costs_no_copy(tmp_path: Path) -> None:
    data, target = a_database(tmp_path), tmp_path / "copies"
    target.mkdir()
    later = [target / f"collector-2999010{day}T000000Z.tar" for day in (1, 2, 3)]
    for path in later:
        path.touch()

    code, said = await backup(target, data, KEEP="2")

    assert code == 0, said
    assert set(target.iterdir()) == {Path(said.strip()), *later[1:]}


async def test_what_is_no_data_folder_is_refused(tmp_path: Path) -> None:
    """An empty copy each night would be noticed on the day it is needed."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes").touch()
    code, said = await backup(tmp_path / "copies", tmp_path / "data")
    assert (code, "it is no data_dir" in said) == (1, True)
    assert list((tmp_path / "copies").iterdir()) == []


async def test_two_paths_of_one_name_are_refused(tmp_path: Path) -> None:
    """At the restore one would lie over the other."""
    data = a_database(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tokens.yml").touch()
    paths = [tmp_path / name / "tokens.yml" for name in ("a", "b")]
    code, said = await backup(tmp_path / "copies", data, *paths)
    assert (code, "two paths are called tokens.yml" in said) == (1, True)


async def test_a_target_within_what_is_copied_is_refused(tmp_path: Path) -> None:
    data = a_database(tmp_path)
    (tmp_path / "link").symlink_to(data)
    for target in (data, data / "backups", tmp_path / "link" / "copies"):
        code, said = await backup(target, data)
        assert (code, f"{target} lies within {data}" in said) == (1, True)
    code, said = await backup(tmp_path / "data-copies", data)
    assert code == 0, said


async def test_a_link_is_copied_as_what_it_leads_to(tmp_path: Path) -> None:
    data = a_database(tmp_path)
    (data / "tokens.yml").symlink_to(tmp_path / "tokens.yml")
    (tmp_path / "tokens.yml").write_text("tokens: []\n")
    (tmp_path / "link").symlink_to(data)
    code, said = await backup(tmp_path / "copies", tmp_path / "link")
    assert code == 0, said
    with tarfile.open(said.strip()) as tar:
        assert not [member.name for member in tar if member.issym()]
        assert {"data/state.db", "data/tokens.yml"} <= set(tar.getnames())


async def test_a_target_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "copies").touch()
    code, said = await backup(tmp_path / "copies", a_database(tmp_path))
    assert (code, "copies is no folder" in said) == (1, True)


async def test_a_copy_that_is_ended_leaves_nothing_beside_the_data(
    tmp_path: Path,
) -> None:
    data = a_database(tmp_path)
    (data / "audit").write_bytes(b"x" * 4_000_000)  # more than a pipe takes
    process = await asyncio.create_subprocess_exec(
        REPOSITORY / "deploy" / "archive", data, stdout=asyncio.subprocess.PIPE
    )
    await eventually(lambda: list(data.glob(".archive-*")))
    process.terminate()
    await process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert not list(data.glob(".archive-*"))


async def test_what_cannot_be_copied_leaves_nothing_and_is_said(tmp_path: Path) -> None:
    code, said = await backup(tmp_path / "copies", tmp_path / "missing")
    assert code == 1
    assert f"{tmp_path / 'missing'} is no folder" in said

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "state.db").write_bytes(b"no database at all" * 400)
    code, said = await backup(tmp_path / "copies", tmp_path / "data")
    assert code == 1
    assert "file is not a database" in said
    assert list((tmp_path / "copies").iterdir()) == []
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["state.db"]


async def test_a_secret_that_is_missing_is_no_copy(tmp_path: Path) -> None:
    data = a_database(tmp_path)

    code, said = await backup(tmp_path / "copies", data, tmp_path / "influx.token")

    assert code == 1
    assert "influx.token" in said
    assert list((tmp_path / "copies").iterdir()) == []


async def test_the_container_is_asked_from_outside(tmp_path: Path) -> None:
    """With a docker that runs the command here, and one whose pipe breaks."""
    (a_database(tmp_path) / "tokens.yml").write_text("x" * 50_000)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(FAKE_DOCKER)
    docker.chmod(0o755)
    variables = {
        "PATH": f"{docker.parent}:{os.environ['PATH']}",
        "DATA": str(tmp_path / "data"),
        "CALLS": str(tmp_path / "calls"),
    }

    code, said = await backup(tmp_path / "copies", "--compose", **variables)
    assert code == 0, said
    with tarfile.open(said.strip()) as tar:
        assert "data/tokens.yml" in tar.getnames()
    assert (
        (tmp_path / "calls")
        .read_text()
        .endswith("deploy/compose.yaml exec -T collector python - /var/lib/collector\n")
    )

    code, said = await backup(
        tmp_path / "broken", "--compose", BYTES="20000", **variables
    )
    assert code == 1
    assert list((tmp_path / "broken").iterdir()) == []
