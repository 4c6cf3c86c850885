"""deploy/compose.yaml, the image and the secrets: what can be told without an engine."""

import asyncio
import os
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from collector.config.load import parse_config
from tests.dockerfile import ROOT, Step, image, last, let_through, tag

DEPLOY = ROOT / "deploy"
COORDINATOR = "compose.coordinator.yaml"
GRAFANA_ALERTS = "compose.grafana-alerts.yaml"
OURS = "relay-energy-collector:local"
SECRETS = {
    "mqtt_password",
    "grafana_password",
    "influx_password",
    "influx_admin_token",
    "influx_write_token",
    "influx_read_token",
}
Document = dict[str, Any]


def document(name: str) -> Document:
    found: Document = yaml.safe_load((DEPLOY / name).read_text())
    return found


BASE = document("compose.yaml")
SERVICES: dict[str, Document] = BASE["services"]


def mounts(service: Document) -> list[tuple[str, str]]:
    """Return source and options of what is mounted by `SOURCE:TARGET[:OPTIONS]`."""
    texts = [each for each in service["volumes"] if isinstance(each, str)]
    return [(text.split(":")[0], text.split(":", 2)[-1]) for text in texts]


def test_everything_of_the_demonstration_is_there() -> None:
    assert set(SERVICES) == {
        "collector",
        "prometheus",
        "alertmanager",
        "grafana",
        "influxdb",
        "mosquitto",
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_little(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "cap_add" not in service
    assert service["restart"] == "unless-stopped"
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    for source, options in mounts(service):
        if source.startswith("."):  # a file of the repository
            assert options == "ro", source
            assert "docker.sock" not in source


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_reached_from_this_machine_only(name: str) -> None:
    for port in SERVICES[name]["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
    assert "network_mode" not in SERVICES[name]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_comes_from_a_version(name: str) -> None:
    service = SERVICES[name]

    assert service["image"] == OURS or tag(service["image"])
    # The image of ours says itself how it is.
    assert (service["image"] == OURS) != ("healthcheck" in service)


@pytest.mark.parametrize("name", SERVICES)
def test_who_waits_waits_for_what_is_there(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        healthy = how["condition"] == "service_healthy"
        assert healthy == ("healthcheck" in SERVICES[other])


def test_the_collector_waits_for_nobody() -> None:
    assert "depends_on" not in SERVICES["collector"]


def test_every_volume_and_secret_is_declared_and_used() -> None:
    volumes = {
        source
        for service in SERVICES.values()
        for source, _ in mounts(service)
        if not source.startswith(".")
    }
    secrets = {
        secret if isinstance(secret, str) else secret["source"]
        for service in SERVICES.values()
        for secret in service.get("secrets", [])
    }

    assert volumes == set(BASE["volumes"])
    assert secrets == set(BASE["secrets"]) == SECRETS
    for name, secret in BASE["secrets"].items():
        assert secret == {"file": f"./secrets.d/{name}"}


def test_no_secret_stands_in_the_environment() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN", key):
                assert key.endswith("_FILE")
                assert value.startswith("/run/secrets/")


def test_what_is_mounted_is_in_the_repository() -> None:
    for service in SERVICES.values():
        for source, _ in mounts(service):
            if source.startswith("."):
                assert (DEPLOY / source).exists(), source


@pytest.mark.parametrize("name", ["collector.yaml", "house.yaml"])
def test_a_configuration_of_the_collector_is_right_but_for_its_secrets(
    name: str, tmp_path: Path
) -> None:
    text = (DEPLOY / "compose" / name).read_text()
    for secret in ("mqtt_password", "influx_token"):
        (tmp_path / secret).write_text("x" * 64)
        (tmp_path / secret).chmod(0o600)
    config = parse_config(
        text.replace("/run/secrets", str(tmp_path)),
        source=name,
        folder=tmp_path,
        environment={},
    )

    collector = SERVICES["collector"]
    given = {"mqtt_password", "influx_token"}
    assert set(re.findall(r"/run/secrets/(\w+)", text)) == given
    shown = [
        each if isinstance(each, str) else each["target"]
        for each in collector["secrets"]
    ]
    assert set(shown) == given
    assert str(config.data_dir) == last(image()[-1], "VOLUME").words()[0]
    assert config.web.listen.endswith(":10177")
    assert config.influxdb is not None
    init = SERVICES["influxdb"]["environment"]
    assert config.influxdb.bucket == init["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert config.influxdb.org == init["DOCKER_INFLUXDB_INIT_ORG"]


def test_the_coordinators_network_is_never_mixed_with_the_simulated_one() -> None:
    real = document(COORDINATOR)["services"]["collector"]
    demo = dict(mounts(SERVICES["collector"]))

    assert demo["demo"] == "/var/lib/collector"
    assert dict(mounts(real))["house"] == "/var/lib/collector"
    assert real["command"] == last(image()[-1], "CMD").words()


def run_steps() -> list[Step]:
    return image()[-1]


def test_the_image_runs_as_nobody_else_and_stops_by_sigterm() -> None:
    steps = run_steps()

    assert last(steps, "USER").rest == "10001:10001"
    assert last(steps, "STOPSIGNAL").rest == "SIGTERM"
    assert last(steps, "ENTRYPOINT").words() == ["collector"]
    for stage in image():
        assert tag(stage[0].rest.split()[0])
    # Nothing after USER could do what only root can.
    after = steps[steps.index(last(steps, "USER")) :]
    assert not [step for step in after if step.word in {"RUN", "COPY", "ADD"}]


@pytest.mark.parametrize(
    "path",
    [".git/config", "deploy/secrets.d/mqtt_password", "deploy/house/collector.yaml",
     "demo-data/zigbee.db", "collector.yaml", "data/state.db", "deploy/.env",
     "collector/radio/__pycache__/znp.pyc"],
)  # fmt: skip
def test_no_secret_and_no_litter_gets_into_the_build(path: str) -> None:
    assert not let_through(PurePosixPath(path))
    assert let_through(PurePosixPath("collector/radio/znp.py"))


async def run(*command: str | Path, **variables: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def test_the_alerts_of_grafana_come_from_what_is_written_for_it() -> None:
    services = document(GRAFANA_ALERTS)["services"]
    addresses = set(services["grafana"]["environment"])
    for source, _ in [*mounts(services["grafana"]), *mounts(services["alertmanager"])]:
        assert (DEPLOY / source).exists()
    folder = ROOT / "grafana" / "provisioning" / "managed-alerts"
    asked = re.findall(r"\$\{(\w+)\}", (folder / "notifications.yaml").read_text())
    assert set(asked) == addresses
    targets = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert "/etc/grafana/provisioning" not in targets, "nothing can be put into it"


@pytest.mark.parametrize(
    "more", [[], [COORDINATOR], [GRAFANA_ALERTS], [COORDINATOR, GRAFANA_ALERTS]]
)
async def test_compose_takes_it(more: list[str]) -> None:
    if shutil.which("docker") is None or (await run("docker", "compose", "version"))[0]:
        pytest.skip("docker compose is not installed")
    options = [
        word for name in ["compose.yaml", *more] for word in ("-f", str(DEPLOY / name))
    ]

    addresses = dict.fromkeys(
        ("RELAY_ENERGY_URGENT_URL", "RELAY_ENERGY_PEOPLE_URL"), "http://127.0.0.1:1"
    )

    code, output = await run(
        "docker", "compose", *options, "config", "--quiet", **addresses
    )

    assert (code, output) == (0, "")


async def test_secrets_are_made_once_and_are_behind_a_closed_door(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "secrets"
    code, said = await run(DEPLOY / "secrets", folder)
    assert code == 0, said
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(made) == SECRETS
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o444
        assert re.fullmatch("[0-9a-f]{64}", path.read_text())
    # Two of them are the admin's token until they are narrowed.
    assert len(set(made.values())) == len(SECRETS) - 2
    assert not any(secret in said for secret in made.values())

    (folder / "mqtt_password").unlink()
    assert (await run(DEPLOY / "secrets", folder))[0] == 0
    again = {path.name: path.read_text() for path in folder.iterdir()}
    assert again.pop("mqtt_password") != made.pop("mqtt_password")
    assert again == made


async def test_secrets_do_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secrets").symlink_to(tmp_path / "elsewhere")

    code, said = await run(DEPLOY / "secrets", tmp_path / "secrets")

    assert code == 1
    assert "is no folder; move it away" in said
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_git_never_takes_the_secrets() -> None:
    lines = (ROOT / ".gitignore").read_text().splitlines()

    assert {"/deploy/secrets.d/", "/deploy/house/", "/deploy/.env"} <= set(lines)
