"""Prometheus' own tool checks the rules, lets each alert fire, and keeps each quiet."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.model.policy import PolicySettings
from collector.sinks.alert_rules import alert_rules
from tests.servers.alert_cases import CASES, Series, action, power, series, steady
from tests.servers.conftest import need
from tests.unit.cli.commands import collector
from tests.unit.sinks.every_policy import BOILER, EVERYTHING, ODD_NAME

pytestmark = pytest.mark.timeout(60)

RUNBOOK = "https://runbooks.test/relays"
DOCUMENT = alert_rules(EVERYTHING, runbook_url=RUNBOOK)


def alerts() -> Iterator[Any]:
    """Every alert of the document, with the key of its case."""
    for group in DOCUMENT["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                own = {
                    label: text
                    for label, text in rule["labels"].items()
                    if label not in {"severity", "rule"}
                }
                odd = "{{" in rule["labels"].get("rule", "")
                name = ODD_NAME if odd else rule["labels"].get("rule", "")
                key = (name, rule["alert"], " ".join(own.values()))
                yield pytest.param(key, own, id=" ".join(filter(None, key)))


def groups_of(rule: str) -> list[Any]:
    """What the alerts of a policy need: its group, and what the first one records."""
    first, *others = DOCUMENT["groups"]
    names = {f"policy {rule}", f"relay {rule}"}
    return [first, *(group for group in others if group["name"] in names)]


async def promtool(*arguments: str) -> tuple[int | None, str]:
    """Return the exit code, and what it says."""
    checked = await asyncio.create_subprocess_exec(
        need("promtool"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await checked.communicate()
    return checked.returncode, said.decode()


def written(folder: Path, document: dict[str, Any], name: str = "rules.yml") -> str:
    path = folder / name
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("settings", [EVERYTHING, PolicySettings()])
async def test_promtool_finds_nothing_wrong(
    tmp_path: Path, settings: PolicySettings
) -> None:
    rules = written(tmp_path, alert_rules(settings, runbook_url=RUNBOOK))
    code, said = await promtool("check", "rules", "--lint=all", "--lint-fatal", rules)
    assert code == 0, said


async def test_promtool_finds_nothing_wrong_with_what_the_command_prints(
    tmp_path: Path,
) -> None:
    config = tmp_path / "collector.yaml"
    text = f'relays:\n  - {{ieee: "{BOILER}", name: "Wärme {{{{oben}}}}"}}\n'
    config.write_text(text, encoding="utf-8")
    done = await collector("rules", "--config", config)
    assert (done.code, done.err) == (0, "")
    rules = tmp_path / "rules.yml"
    rules.write_text(done.out, encoding="utf-8")
    code, said = await promtool(
        *("check", "rules", "--lint=all", "--lint-fatal", str(rules))
    )
    assert code == 0, said


async def test_promtool_would_have_found_a_rule_that_is_there_twice(
    tmp_path: Path,
) -> None:
    document = alert_rules(PolicySettings(), runbook_url=RUNBOOK)
    group = document["groups"][-1]
    document["groups"].append({**group, "name": "again"})
    rules = written(tmp_path, document)
    code, said = await promtool("check", "rules", "--lint=all", "--lint-fatal", rules)
    assert code == 3
    assert "duplicate" in said


@pytest.mark.parametrize(("key", "own"), list(alerts()))
async def test_each_alert_fires_when_it_should_and_else_keeps_quiet(
    tmp_path: Path, key: tuple[str, str, str], own: dict[str, str]
) -> None:
    case, (rule, alert, _) = CASES[key], key
    moments = [(case.fires, case.at, 1), *((each, case.at, 0) for each in case.quiet)]
    if case.too_soon:
        moments.append((case.fires, case.too_soon, 0))
    await fires(tmp_path, rule, {"alertname": alert, **own}, moments, step=case.step)


async def test_a_failure_after_a_restart_counts_where_one_before_it_did(
    tmp_path: Path,
) -> None:
    """The counter stood at 1 before and stands at 1 again: nothing has increased."""
    again = action("overload", "1+0x140 _x3 1+0x100")
    started = "process_start_time_seconds"
    moments = [
        ({**again, started: "-10000+0x140 2100+0x100"}, "40m", 1),
        ({**again, started: "-10000+0x140 _x3 -10000+0x100"}, "40m", 0),
    ]
    await fires(tmp_path, "overload", {"alertname": "RelayCutOffFailed"}, moments)


@pytest.mark.parametrize("gap", ["stale", "stale _x39"], ids=["one", "ten minutes"])
async def test_a_scrape_that_failed_makes_no_old_failure_new(
    tmp_path: Path, gap: str
) -> None:
    """It ends all series for a while; a failure of the day before stays old."""
    given = {
        **action("overload", f"1+0x100 {gap} 1+0x300"),
        "process_start_time_seconds": f"-10000+0x100 {gap} -10000+0x300",
    }
    moments = [(given, at, 0) for at in ("25m30s", "35m30s", "40m15s", "50m15s")]
    await fires(tmp_path, "overload", {"alertname": "RelayCutOffFailed"}, moments)


async def fires(
    folder: Path,
    rule: str,
    labels: dict[str, str],
    moments: list[tuple[Series, str, int]],
    *,
    step: str = "15s",
) -> None:
    """Check how many alerts with these labels fire: given series, at a moment."""
    wanted = {**labels, "alertstate": "firing", **({"rule": rule} if rule else {})}
    pairs = ",".join(f"{label}={json.dumps(text)}" for label, text in wanted.items())
    document = {
        "rule_files": [written(folder, {"groups": groups_of(rule)})],
        "evaluation_interval": step,
        "tests": [
            {
                "interval": step,
                "input_series": listed(given),
                "promql_expr_test": [
                    {
                        "expr": f"count(ALERTS{{{pairs}}}) or vector(0)",
                        "eval_time": at,
                        "exp_samples": [{"labels": "{}", "value": count}],
                    }
                ],
            }
            for given, at, count in moments
        ],
    }
    code, said = await promtool("test", "rules", written(folder, document, "test.yml"))
    assert code == 0, said


def listed(given: Series) -> list[dict[str, str]]:
    return [{"series": name, "values": values} for name, values in given.items()]


async def test_an_alert_names_the_relay_as_it_is_called_now(tmp_path: Path) -> None:
    """The relay's name may hold anything; without one there is the address."""
    named = 'Boiler "links" {{ $value }}'
    info = series("info", ieee=BOILER, name=named)
    labels = {"severity": "critical", "rule": ODD_NAME, "stage": "instant"}
    test = written(
        tmp_path,
        {
            "rule_files": [written(tmp_path, {"groups": groups_of(ODD_NAME)})],
            "tests": [
                {
                    "interval": "1m",
                    "input_series": listed(given),
                    "alert_rule_test": [
                        {
                            "alertname": "RelayPolicyOver",
                            "eval_time": "1m",
                            "exp_alerts": [
                                {
                                    "exp_labels": {**labels, "ieee": BOILER},
                                    "exp_annotations": {
                                        "summary": f"{ODD_NAME}: power of {shown} is "
                                        "above 3200 W",
                                        "description": "The policy allows that for no "
                                        "time at all: 3250.50 W now. `collector policy "
                                        "list` shows what the policy does about it.",
                                        "runbook_url": f"{RUNBOOK}#relaypolicyover",
                                    },
                                }
                            ],
                        }
                    ],
                }
                for given, shown in (
                    ({**power(3250.5), info: steady(1)}, named),
                    (power(3250.5), BOILER),
                )
            ],
        },
        "test.yml",
    )
    code, said = await promtool("test", "rules", test)
    assert code == 0, said
