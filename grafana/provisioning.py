"""What Grafana is told at its start: data sources, where dashboards lie, alerts."""

from collections.abc import Iterator
from typing import Any, Final

import yaml

from grafana import alerting

FOLDER: Final = "Relay energy"

_SOURCES: Final = """\
# Data sources of deploy/compose.yaml. Written by `python -m grafana`.
# Grafana puts the text of the file in place of $__file{...}: no secret is here.
"""
_DASHBOARDS: Final = """\
# Where Grafana finds the dashboards. Written by `python -m grafana`.
# A change in Grafana cannot be saved over them: save a copy, or change grafana/*.py.
"""

_PROMETHEUS: Final[dict[str, Any]] = {
    "name": "Prometheus",
    "uid": alerting.PROMETHEUS_UID,
    "type": "prometheus",
    "access": "proxy",
    "url": "http://prometheus:9090",
    "isDefault": True,
    "editable": False,
    "jsonData": {
        "httpMethod": "POST",
        "timeInterval": "15s",  # as prometheus.yml scrapes: $__rate_interval needs it
        "prometheusType": "Prometheus",
        "manageAlerts": True,
        "alertmanagerUid": "alertmanager",
    },
}
_ALERTMANAGER: Final[dict[str, Any]] = {
    "name": "Alertmanager",
    "uid": "alertmanager",
    "type": "alertmanager",
    "access": "proxy",
    "url": "http://alertmanager:9093",
    "editable": False,
    "jsonData": {
        "implementation": "prometheus",
        "handleGrafanaManagedAlerts": False,
    },
}
# InfluxDB 2 answers InfluxQL for a database that is mapped to a bucket.
_INFLUXDB: Final[dict[str, Any]] = {
    "name": "InfluxDB",
    "uid": "influxdb",
    "type": "influxdb",
    "access": "proxy",
    "url": "http://influxdb:8086",
    "editable": False,
    "jsonData": {
        "version": "InfluxQL",
        "dbName": "energy",
        "httpMode": "POST",
        "httpHeaderName1": "Authorization",
    },
    "secureJsonData": {
        "httpHeaderValue1": "Token $__file{/run/secrets/influx_token}",
    },
}


def provisioning() -> Iterator[tuple[str, str]]:
    """Yield every file: its path from `grafana/`, and its text."""
    sources = [_PROMETHEUS, _ALERTMANAGER, _INFLUXDB]
    yield (
        "provisioning/datasources/relay-energy.yaml",
        text_of(_SOURCES, {"apiVersion": 1, "datasources": sources}),
    )
    provider = {
        "name": "relay-energy",
        "orgId": 1,
        "folder": FOLDER,
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 60,
        "options": {"path": "/var/lib/grafana/dashboards"},
    }
    yield (
        "provisioning/dashboards/relay-energy.yaml",
        text_of(_DASHBOARDS, {"apiVersion": 1, "providers": [provider]}),
    )
    for name, document in alerting.documents(FOLDER):
        text = text_of(alerting.HEAD, document)
        mail = alerting.MAIL if "contactPoints" in document else ""
        yield f"{alerting.FOLDER}/{name}.yaml", text + mail


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are, and lists as indented as keys."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def text_of(head: str, document: dict[str, Any]) -> str:
    """Return a YAML file."""
    body = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=90
    )
    return f"{head}{body}"
