"""Provisioning: what dashboards need is there, and no secret is."""

import json
import re
from typing import Any, Final

import yaml

from grafana import alerting
from grafana.board import UID
from grafana.files import BOARDS, HERE
from grafana.provisioning import FOLDER, provisioning
from grafana.sources import INFLUXDB, PROMETHEUS

FILES: Final = dict(provisioning())
REPOSITORY: Final = HERE.parent


def document(path: str) -> dict[str, Any]:
    text = (HERE / "provisioning" / path).read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    assert found["apiVersion"] == 1
    return found


def sources() -> dict[str, dict[str, Any]]:
    found = document("datasources/relay-energy.yaml")["datasources"]
    return {each["uid"]: each for each in found}


def compose() -> dict[str, Any]:
    text = (REPOSITORY / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def test_the_files_are_current() -> None:
    there = {
        path.relative_to(HERE).as_posix(): path.read_text("utf-8")
        for path in (HERE / "provisioning").rglob("*.yaml")
    }
    assert there == FILES


def test_alerts_are_where_grafana_does_not_look() -> None:
    # They would be notified by Grafana, and by Alertmanager.
    assert not (HERE / "provisioning" / "alerting").exists()
    assert (HERE / alerting.FOLDER / "notifications.yaml").is_file()
    volumes = [str(each) for each in compose()["grafana"]["volumes"]]
    assert not [each for each in volumes if "/alerting" in each or "managed" in each]


def test_each_file_says_at_its_head_what_writes_it() -> None:
    for path, text in FILES.items():
        head = text[: text.index("apiVersion")]
        assert head.startswith("# "), path
        assert "python -m grafana" in head, path


def test_every_kind_of_source_that_dashboards_ask_is_there() -> None:
    kinds = {each["type"] for each in sources().values()}
    assert {board.kind for board in BOARDS} <= kinds
    assert [each["uid"] for each in sources().values() if each.get("isDefault")] == [
        "prometheus"
    ]
    assert {PROMETHEUS, INFLUXDB, "alertmanager"} == kinds


def test_addresses_are_services_of_compose() -> None:
    services = compose()
    for source in sources().values():
        host = re.fullmatch(r"http://([a-z]+):\d+", source["url"])
        assert host is not None
        assert host[1] in services


def test_the_token_is_read_from_the_secret_that_compose_mounts() -> None:
    influx = sources()["influxdb"]
    assert influx["jsonData"]["httpHeaderName1"] == "Authorization"
    value = influx["secureJsonData"]["httpHeaderValue1"]
    found = re.fullmatch(r"Token \$__file\{/run/secrets/(\w+)\}", value)
    assert found is not None
    mounted = {
        each if isinstance(each, str) else each["target"]
        for each in compose()["grafana"]["secrets"]
    }
    assert found[1] in mounted


def test_the_interval_is_that_of_the_scrapes() -> None:
    text = (REPOSITORY / "deploy" / "prometheus" / "prometheus.yml").read_text()
    scraped = yaml.safe_load(text)["global"]["scrape_interval"]
    assert sources()["prometheus"]["jsonData"]["timeInterval"] == scraped


def test_the_database_is_the_bucket_that_is_written() -> None:
    demo = REPOSITORY / "deploy" / "compose" / "collector.yaml"
    bucket = yaml.safe_load(demo.read_text("utf-8"))["influxdb"]["bucket"]
    assert sources()["influxdb"]["jsonData"]["dbName"] == bucket


def test_dashboards_are_where_compose_mounts_them_and_stay_as_committed() -> None:
    (provider,) = document("dashboards/relay-energy.yaml")["providers"]
    path = provider["options"]["path"]
    volumes = [str(each) for each in compose()["grafana"]["volumes"]]
    assert f"../grafana/dashboards:{path}:ro" in volumes
    assert provider["folder"] == FOLDER
    assert provider["allowUiUpdates"] is False
    assert provider["disableDeletion"] is True


def test_every_dashboard_is_a_file_with_the_uid_that_links_use() -> None:
    there = {
        json.loads(path.read_text("utf-8"))["uid"]
        for path in (HERE / "dashboards").glob("*.json")
    }
    assert there == {UID + board.name for board in BOARDS}
