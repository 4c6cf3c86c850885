"""Prometheus' and Alertmanager's own tools find nothing wrong with what is deployed."""

import asyncio
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.integration.simulator_world import LOOPBACK
from tests.prometheus.rule_files import DEPLOYED, RULES, TESTS, loaded, rules
from tests.servers.conftest import Prometheus, need

pytestmark = pytest.mark.timeout(60)

ALERTMANAGER = str(DEPLOYED / "alertmanager.yml")


async def said_by(program: str, *arguments: str) -> tuple[int | None, str]:
    """Return a tool's exit code, and what it says."""
    checked = await asyncio.create_subprocess_exec(
        need(program),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await checked.communicate()
    return checked.returncode, said.decode()


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
async def test_promtool_finds_nothing_wrong_with_a_rule_file(path: Path) -> None:
    arguments = ("check", "rules", "--lint=all", "--lint-fatal", str(path))
    code, said = await said_by("promtool", *arguments)
    assert code == 0, said


async def test_promtool_finds_nothing_wrong_with_the_configuration() -> None:
    config = str(DEPLOYED / "prometheus.yml")
    code, said = await said_by("promtool", "check", "config", config)
    assert code == 0, said
    assert f"{len(RULES)} rule files found" in said


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
async def test_the_rules_fire_when_they_should_and_else_keep_quiet(path: Path) -> None:
    code, said = await said_by("promtool", "test", "rules", str(path))
    assert code == 0, said


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
async def test_the_cases_fail_where_a_rule_says_the_opposite(
    path: Path, tmp_path: Path
) -> None:
    """Each alert's `for` is gone, and each expression holds for ever: nothing is quiet."""
    document = loaded(path)
    (file,) = document["rule_files"]
    wrong = loaded(path.parent / file)
    for group in wrong["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
            rule["expr"] = "vector(1)"
    copy, test = tmp_path / "rules.yml", tmp_path / "test.yml"
    copy.write_text(yaml.safe_dump(wrong), encoding="utf-8")
    test.write_text(yaml.safe_dump({**document, "rule_files": [str(copy)]}))
    code, said = await said_by("promtool", "test", "rules", str(test))
    assert code == 1
    for case in document["tests"]:
        moments = case.get("alert_rule_test")
        for each in moments or ():
            assert f"alertname: {each['alertname']}, time: " in said
        # Beside alerts such a query counts those that fire.
        for each in () if moments else case["promql_expr_test"]:
            assert f'expr: "{each["expr"]}"' in said


@pytest.mark.allow_hosts(LOOPBACK)
async def test_prometheus_reads_every_expression(prometheus: Prometheus) -> None:
    def formatted(expression: str) -> str:
        query = urllib.parse.urlencode({"query": expression})
        url = f"{prometheus.url}/api/v1/format_query?{query}"
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own URL
            assert answer.status == 200
            return str(yaml.safe_load(answer.read())["data"])

    for rule in rules():
        assert await asyncio.to_thread(formatted, rule["expr"])


async def test_amtool_finds_nothing_wrong_with_alertmanagers_configuration() -> None:
    code, said = await said_by("amtool", "check-config", ALERTMANAGER)
    assert code == 0, said
    assert "6 inhibit rules" in said


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=RelayCutOffFailed", "severity=critical"), "urgent"),
        (("alertname=CollectorRadioDown", "severity=critical"), "urgent"),
        (("alertname=RelayGone", "severity=warning"), "people"),
        (("alertname=RelayWeakLink", "severity=info"), "people"),
        (("alertname=OfSomebodyElse",), "people"),
    ],
)
async def test_an_alert_goes_to_whom_it_concerns(
    labels: tuple[str, ...], receiver: str
) -> None:
    code, said = await said_by(
        *("amtool", "config", "routes", "test"),
        *(f"--config.file={ALERTMANAGER}", f"--verify.receivers={receiver}", *labels),
    )
    assert (code, said.splitlines()[-1].strip()) == (0, receiver)


async def test_a_wrong_receiver_would_have_been_found() -> None:
    code, _ = await said_by(
        *("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}"),
        *("--verify.receivers=urgent", "severity=warning"),
    )
    assert code == 1
