"""deploy/fleet: what kustomize builds of it is valid, hardened, and the repository's own."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # no hints
import pytest
import yaml

from collector.config.load import load
from tests.checkers import program, run

ROOT = Path(__file__).parents[2]
FLEET = ROOT / "deploy" / "fleet"
OVERLAYS = ("central", "site-example", "site-usb-example")
SITES = {"site-example": "house-1", "site-usb-example": "house-2"}
KUBERNETES = "1.32"
# A ConfigMap holds no more, says the API server.
LARGEST = 1 << 20

Manifest = dict[str, Any]


@cache
def build(overlay: str) -> tuple[Manifest, ...]:
    """Return what an overlay builds."""
    done = run(program("kubectl"), "kustomize", str(FLEET / "overlays" / overlay))
    assert done.returncode == 0, done.stderr
    assert not done.stderr  # no deprecated field
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, *kinds: str) -> list[Manifest]:
    return [each for each in build(overlay) if each["kind"] in kinds]


def workloads(overlay: str) -> list[Manifest]:
    return of_kind(overlay, "StatefulSet", "Deployment")


def pods(overlay: str) -> Iterator[tuple[str, Manifest]]:
    for each in workloads(overlay):
        yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def containers(overlay: str) -> Iterator[tuple[str, Manifest]]:
    for name, pod in pods(overlay):
        for each in pod["containers"]:
            yield f"{name}/{each['name']}", each


def config_map(overlay: str, name: str) -> dict[str, str]:
    """Return the data of a generated ConfigMap, whose name ends in a hash."""
    [found] = [
        each
        for each in of_kind(overlay, "ConfigMap")
        if each["metadata"]["name"].rpartition("-")[0] == name
    ]
    data: dict[str, str] = found["data"]
    return data


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_resource_is_what_kubernetes_knows(overlay: str) -> None:
    for manifest in build(overlay):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_the_validation_refuses_what_kubernetes_does_not_know() -> None:
    [first, *_] = workloads("central")
    wrong = {**first, "spec": {**first["spec"], "replica": 3}}

    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_is_root_or_has_a_token_of_the_cluster(overlay: str) -> None:
    assert list(pods(overlay))
    for name, pod in pods(overlay):
        context = pod["securityContext"]
        assert context["runAsNonRoot"], name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        assert all("hostPath" not in volume for volume in pod.get("volumes", [])), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_is_read_only_bounded_and_watched(overlay: str) -> None:
    for name, container in containers(overlay):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, name
        assert "memory" in container["resources"]["limits"], name
        named = {port["name"] for port in container["ports"]}
        for probe in ("livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["port"] in named, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_image_has_one_version(overlay: str) -> None:
    for name, container in containers(overlay):
        image, _, tag = container["image"].rpartition(":")
        assert image, name
        assert any(letter.isdigit() for letter in tag), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_mount_has_a_volume_and_every_configmap_exists(overlay: str) -> None:
    known = {each["metadata"]["name"] for each in of_kind(overlay, "ConfigMap")}
    for workload in workloads(overlay):
        spec = workload["spec"]
        pod = spec["template"]["spec"]
        volumes = {each["name"] for each in pod.get("volumes", [])}
        volumes |= {
            each["metadata"]["name"] for each in spec.get("volumeClaimTemplates", [])
        }
        mounts = {
            mount["name"]
            for container in pod["containers"]
            for mount in container.get("volumeMounts", [])
        }
        assert mounts == volumes, workload["metadata"]["name"]
        for volume in pod.get("volumes", []):
            if "configMap" in volume:
                assert volume["configMap"]["name"] in known


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_services_and_budgets_find_their_pods(overlay: str) -> None:
    labels = [
        each["spec"]["template"]["metadata"]["labels"] for each in workloads(overlay)
    ]
    for manifest in of_kind(overlay, "Service", "PodDisruptionBudget"):
        wanted = manifest["spec"]["selector"]
        wanted = wanted.get("matchLabels", wanted)
        assert any(wanted.items() <= each.items() for each in labels), manifest
    for manifest in build(overlay):
        if manifest["kind"] != "Namespace":
            assert manifest["metadata"]["namespace"]
            assert "app.kubernetes.io/part-of" in manifest["metadata"]["labels"] or (
                manifest["kind"] == "ConfigMap"
            )


@pytest.mark.parametrize(("overlay", "site"), SITES.items())
def test_a_site_says_who_it_is(overlay: str, site: str, tmp_path: Path) -> None:
    [collector] = workloads(overlay)
    template = collector["spec"]["template"]
    assert template["metadata"]["labels"]["relay-energy/site"] == site
    agent = next(c for n, c in containers(overlay) if n.endswith("/agent"))
    [label] = [each for each in agent["env"] if each["name"] == "SITE"]
    path = label["valueFrom"]["fieldRef"]["fieldPath"]
    assert path == "metadata.labels['relay-energy/site']"
    for job in yaml.safe_load(config_map(overlay, "agent")["agent.yml"])[
        "scrape_configs"
    ]:
        [target] = job["static_configs"]
        assert target["labels"]["site"] == "%{SITE}"
    settings = tmp_path / "collector.yaml"
    settings.write_text(config_map(overlay, "collector")["collector.yaml"])
    assert load(settings).site == site


@pytest.mark.parametrize("overlay", SITES)
def test_a_coordinator_has_one_collector_that_only_a_person_restarts(
    overlay: str,
) -> None:
    [collector] = workloads(overlay)

    assert collector["spec"]["replicas"] == 1
    assert collector["spec"]["updateStrategy"] == {"type": "OnDelete"}
    [budget] = of_kind(overlay, "PodDisruptionBudget")
    assert budget["spec"]["maxUnavailable"] == 0
    main = next(c for n, c in containers(overlay) if n.endswith("/collector"))
    assert main["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert main["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert "cpu" not in main["resources"]["limits"]


def test_the_stick_keeps_its_pod_on_its_node() -> None:
    [(_, pod)] = pods("site-usb-example")

    assert pod["nodeSelector"] == {"relay-energy/coordinator": "true"}
    main = next(c for c in pod["containers"] if c["name"] == "collector")
    assert main["resources"]["limits"]["squat.ai/serial"] == "1"


def test_the_rules_and_dashboards_are_the_repositorys_own() -> None:
    rules = {
        path.name: path.read_text()
        for path in (ROOT / "deploy" / "prometheus" / "rules").glob("*.yml")
    }
    dashboards = {
        path.name: path.read_text()
        for path in (ROOT / "grafana" / "dashboards").glob("*.json")
    }
    alerts = (ROOT / "deploy" / "prometheus" / "alertmanager.yml").read_text()

    assert rules
    assert config_map("central", "rules") == rules
    assert dashboards
    assert config_map("central", "dashboards") == dashboards
    assert config_map("central", "alertmanager") == {"alertmanager.yml": alerts}
    assert "site" in yaml.safe_load(alerts)["route"]["group_by"]
    for manifest in of_kind("central", "ConfigMap"):
        assert len(json.dumps(manifest)) < LARGEST


def test_two_copies_survive_a_node() -> None:
    arguments = {name: each.get("args", []) for name, each in containers("central")}
    nodes = next(
        w for w in workloads("central") if w["metadata"]["name"] == "vmstorage"
    )
    replicas = nodes["spec"]["replicas"]

    assert "-replicationFactor=2" in arguments["vminsert/vminsert"]
    assert "-replicationFactor=2" in arguments["vmselect/vmselect"]
    assert replicas >= 3  # 2 x copies - 1
    for name, port in (("vminsert", 8400), ("vmselect", 8401)):
        told = ",".join(f"vmstorage-{n}.vmstorage:{port}" for n in range(replicas))
        assert f"-storageNode={told}" in arguments[f"{name}/{name}"]
    for name in ("vmselect/vmselect", "vmstorage/vmstorage"):
        assert "-dedup.minScrapeInterval=1ms" in arguments[name]
