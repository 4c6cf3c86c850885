import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.sinks.alert_rules import alert_rules
from tests.unit.cli.commands import collector
from tests.unit.sinks.every_policy import EVERYTHING

README = Path(__file__).parents[3] / "README.md"
CONFIG = """
timezone: Europe/Berlin
relays:
  - {ieee: "00:15:8d:00:03:a0:00:00", name: boiler}
  - {ieee: "00:15:8d:00:03:a0:00:01", name: floor}
nominal_voltage_v: 235
root: {power_w: 2300}
policies:
  - {name: overload, kind: threshold, relay: boiler, quantity: power, above: 2200,
     clear: 2000, for_seconds: 10, switch_off: [l1], when_stale: keep}
  - {name: office hours, kind: schedule, relay: floor, switch_off: [l2],
     cron: {on: "0 6 * * 1-5", off: "0 22 * * *"}, when_stale: keep}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my collector.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def wrong_file(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.yaml"
    path.write_text(CONFIG.replace("above: 2200", "above: lots"))
    return path


async def printed(*arguments: object) -> Any:
    done = await collector("rules", *arguments)
    assert (done.code, done.err) == (0, "")
    return yaml.safe_load(done.out)


async def test_the_rules_have_the_limits_of_the_configuration(file: Path) -> None:
    document = await printed("--config", file)
    assert [group["name"] for group in document["groups"]] == [
        "relays",
        "relay root",
        "policy overload",
        "policy office hours",
    ]
    expressions = [
        rule["expr"] for group in document["groups"] for rule in group["rules"]
    ]
    assert 'zigbee_relay_power_watts{ieee="00:15:8d:00:03:a0:00:00"} > 2200' in (
        expressions
    )
    assert "zigbee_relay_power_watts > 2300" in expressions
    assert any("* 0 + 235" in each for each in expressions)


async def test_the_rules_say_where_they_come_from(file: Path) -> None:
    done = await collector("rules", "--config", file)
    first, second = done.out.splitlines()[:2]
    assert (
        first
        == f"# The limits are those of {file}: print them anew when it changes, with"
    )
    assert second == f"# collector rules --config '{file}' > relay-rules.yml"


async def test_an_expression_stays_on_its_line(file: Path) -> None:
    done = await collector("rules", "--config", file)
    keys = "alert|record|expr|for|labels|annotations|summary|description|runbook_url"
    for line in done.out.splitlines()[2:]:
        assert re.match(rf" *(- )?({keys}|groups|name|interval|rules|\w+): ?", line), (
            line
        )


async def test_each_alert_leads_to_its_section_of_the_runbook_or_of_a_persons_page(
    file: Path,
) -> None:
    for options, expected in (
        ((), "deploy/runbook.md"),
        (("--runbook-url", "https://wiki.test/relays"), "https://wiki.test/relays"),
    ):
        document = await printed("--config", file, *options)
        for group in document["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    section = f"{expected}#{rule['alert'].lower()}"
                    assert rule["annotations"]["runbook_url"] == section


async def test_a_wrong_configuration_is_refused_and_prints_no_rules(
    wrong_file: Path,
) -> None:
    done = await collector("rules", "--config", wrong_file)
    assert (done.code, done.out) == (2, "")
    assert "policies.0" in done.err


def test_readme_tells_of_every_alert() -> None:
    text = README.read_text(encoding="utf-8")
    _, _, section = text.partition("\n## Alerts\n")
    section, _, _ = section.partition("\n## ")
    told = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    groups = alert_rules(EVERYTHING, runbook_url="R")["groups"]
    alerts = {rule.get("alert") for group in groups for rule in group["rules"]}
    assert told == alerts - {None}
