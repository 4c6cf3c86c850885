"""deploy/secrets: passwords of Compose, made once, and never written over."""

import asyncio
from pathlib import Path

import pytest

from tests.integration.process_world import REPOSITORY

NAMES = {
    "mqtt_password",
    "grafana_password",
    "influx_password",
    "influx_admin_token",
    "influx_write_token",
    "influx_read_token",
}


async def secrets(folder: Path) -> tuple[int, str]:
    """Run the script; return its code and what it said."""
    process = await asyncio.create_subprocess_exec(
        REPOSITORY / "deploy" / "secrets",
        folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


async def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert (await secrets(folder))[0] == 0
    first = texts(folder)
    assert set(first) == NAMES
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}
    assert {len(text) for text in first.values()} == {64}
    assert (
        len(set(first.values())) == 4
    )  # both narrower tokens are the admin's at first
    assert first["influx_write_token"] == first["influx_admin_token"]

    assert await secrets(folder) == (0, "")
    assert texts(folder) == first


async def test_runs_at_the_same_time_agree(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    ended = await asyncio.gather(*(secrets(folder) for _ in range(6)))
    assert {code for code, _ in ended} == {0}, ended
    found = texts(folder)
    assert set(found) == NAMES
    tokens = {found[name] for name in NAMES if name.endswith("_token")}
    assert len(tokens) == 1


@pytest.mark.parametrize("name", ["mqtt_password", "influx_admin_token"])
@pytest.mark.parametrize("kind", ["empty", "folder", "dangling"])
async def test_what_is_no_secret_is_named_and_stays(
    tmp_path: Path, name: str, kind: str
) -> None:
    file = tmp_path / "secrets" / name
    file.parent.mkdir()
    if kind == "empty":
        file.touch()
    elif kind == "folder":  # Docker makes one where a file to mount is missing
        file.mkdir()
    else:
        file.symlink_to(tmp_path / "nowhere")

    code, said = await secrets(file.parent)

    assert code == 1
    assert f"{file} is there and is empty or no file" in said
    assert not (tmp_path / "nowhere").exists()
    assert not list(file.parent.glob(".part*"))


async def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secrets").symlink_to(tmp_path / "elsewhere")
    code, said = await secrets(tmp_path / "secrets")
    assert (code, "is no folder" in said) == (1, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []
