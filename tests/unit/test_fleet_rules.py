"""deploy/fleet: its rules, and the configurations of other engines."""

import textwrap
from pathlib import Path

import pytest
import yaml

from collector.config.load import load
from tests.checkers import program, run

ROOT = Path(__file__).parents[2]
FLEET = ROOT / "deploy" / "fleet"


def test_victoriametrics_understands_every_rule() -> None:
    done = run(
        program("vmalert"),
        "-dryRun",
        f"-rule={ROOT}/deploy/prometheus/rules/*.yml",
        f"-rule={FLEET}/base/central/fleet.yml",
    )

    assert done.returncode == 0, done.stderr


def test_a_silent_site_is_told_and_a_living_one_is_not(tmp_path: Path) -> None:
    case = """
        rule_files: [fleet.yml]
        evaluation_interval: 1m
        tests:
          - interval: 1m
            input_series:
              - series: 'up{job="collector", site="a"}'
                values: "1x10 _x60"
              - series: 'up{job="collector", site="b"}'
                values: "1x70"
              - series: 'vmagent_remotewrite_pending_data_bytes{job="agent", site="b"}'
                values: "0x20 2e8x50"
            alert_rule_test:
              - {eval_time: 12m, alertname: SiteSilent}
              - eval_time: 30m
                alertname: SiteSilent
                exp_alerts: [{exp_labels: {severity: critical, site: a}}]
              - {eval_time: 30m, alertname: AgentQueueGrows}
              - eval_time: 40m
                alertname: AgentQueueGrows
                exp_alerts: [{exp_labels: {severity: warning, site: b, job: agent}}]
    """
    # promtool compares annotations, too; which alerts fire is what is asked here.
    rules = yaml.safe_load((FLEET / "base" / "central" / "fleet.yml").read_text())
    for rule in rules["groups"][0]["rules"]:
        del rule["annotations"]
    (tmp_path / "fleet.yml").write_text(yaml.safe_dump(rules))
    path = tmp_path / "fleet_test.yml"
    path.write_text(textwrap.dedent(case))

    done = run(program("promtool"), "test", "rules", str(path))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("prometheus-agent.yml", ["--agent"]),
        ("mimir-remote-write.yml", ["--agent"]),
        ("thanos-prometheus.yml", []),
    ],
)
def test_the_alternatives_are_right(name: str, options: list[str]) -> None:
    path = FLEET / "alternatives" / name

    done = run(
        program("promtool"), "check", "config", "--syntax-only", *options, str(path)
    )

    assert done.returncode == 0, done.stderr
    [job] = yaml.safe_load(path.read_text())["scrape_configs"]
    assert job["job_name"] == "collector"
    assert job["static_configs"][0]["labels"]["site"] == "house-1"


def test_a_regions_influxdb_gets_the_site(tmp_path: Path) -> None:
    text = (FLEET / "alternatives" / "influxdb-per-region.yaml").read_text()
    token = tmp_path / "influx-token"
    token.write_text("secret")
    token.chmod(0o600)
    path = tmp_path / "collector.yaml"
    path.write_text(text.replace("/etc/ingest/influx-token", str(token)))

    settings = load(path)

    assert settings.site == "house-1"
    assert settings.influxdb is not None
    assert settings.influxdb.tags == {"region": "eu-central"}
