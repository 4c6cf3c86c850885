"""Overload, metric, rule, Prometheus, Alertmanager, webhook: firing, and resolved.

Expressions, labels, routes and inhibition are those of deploy/prometheus. Waits alone are
shorter: `for`, intervals and Alertmanager's waits are divided by FACTOR (at least 1 s).
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.policy_world import OVERLOAD, policy_world
from tests.integration.service_world import BOILER
from tests.integration.simulator_world import LOOPBACK
from tests.integration.zigpy_host import eventually
from tests.prometheus.rule_files import rules
from tests.servers.alert_world import (
    alertmanager,
    asked,
    faster,
    prometheus_with_rules,
    receiver,
    until,
)

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(90)]

FACTOR = 300.0
# Far below the relay's own limits, which would have an alert of their own.
TRIAL = {**OVERLOAD, "name": "trial", "mode": "dry_run", "above": 1500, "clear": 1400}
STALENESS = {"power_seconds": 600.0}  # the quiet relay reports when the test says so


def all_rules_are_healthy(answer: Any) -> bool:
    groups = answer["data"]["groups"]
    healths = [rule["health"] for group in groups for rule in group["rules"]]
    assert "err" not in healths, groups
    return healths == ["ok"] * len(list(rules()))


def test_durations_are_divided() -> None:
    assert faster("15m", 60) == "15000ms"
    assert faster("15s", 60) == "1000ms"


async def test_an_overload_that_nobody_cuts_is_notified_and_then_resolved(
    tmp_path: Path,
) -> None:
    async with (
        receiver() as people,
        policy_world(tmp_path, TRIAL, staleness=STALENESS) as world,
        alertmanager(tmp_path, people.port, factor=FACTOR) as manager,
    ):
        target = world.here.url.removeprefix("http://")
        async with prometheus_with_rules(
            tmp_path, target, manager, factor=FACTOR
        ) as prometheus:
            await world.close("l1", 1800)
            fired = await people.told("RelayPolicyOver", "firing")
            assert fired["receiver"] == "people"
            labels = fired["labels"]
            assert (labels["ieee"], labels["name"]) == (BOILER, "boiler")
            assert (labels["rule"], labels["site"]) == ("trial", "demo")
            summary = fired["annotations"]["summary"]
            assert summary == "trial: boiler is over the limit"

            # Prometheus has taken all files, and all their rules go with real series.
            await until(
                lambda: asked(f"{prometheus}/api/v1/rules"),
                all_rules_are_healthy,
                tmp_path / "prometheus",
            )

            world.draw(500)
            resolved = await people.told("RelayPolicyOver", "resolved")
            assert resolved["fingerprint"] == fired["fingerprint"]
            over = people.of("RelayPolicyOver", "firing")
            assert {each["labels"]["rule"] for each in over} == {"trial"}


async def test_what_a_policy_cut_is_notified_until_a_person_resets_it(
    tmp_path: Path,
) -> None:
    async with (
        receiver() as people,
        policy_world(tmp_path, OVERLOAD, staleness=STALENESS) as world,
        alertmanager(tmp_path, people.port, factor=FACTOR) as manager,
    ):
        target = world.here.url.removeprefix("http://")
        async with prometheus_with_rules(tmp_path, target, manager, factor=FACTOR):
            await world.close("l1", 1800)
            world.draw(2600)
            await world.outcome()
            world.relay.report_power()
            await eventually(lambda: world.state() == "latched")
            fired = await people.told("RelayPolicyLatched", "firing")
            assert fired["labels"]["rule"] == "overload"

            status, _ = await world.ask("POST", "/policies/overload/reset")
            assert status == 200
            resolved = await people.told("RelayPolicyLatched", "resolved")
            assert resolved["fingerprint"] == fired["fingerprint"]


async def test_a_collector_that_is_gone_is_notified_as_urgent(tmp_path: Path) -> None:
    async with (
        receiver() as people,
        alertmanager(tmp_path, people.port, factor=FACTOR) as manager,
        prometheus_with_rules(tmp_path, "127.0.0.1:1", manager, factor=FACTOR),
    ):
        fired = await people.told("CollectorDown", "firing")
        assert fired["receiver"] == "urgent"


HERE = {"site": "home", "instance": "c:10177"}
RELAY = {**HERE, "ieee": BOILER, "name": "boiler", "severity": "warning"}
RADIO = {**HERE, "alertname": "CollectorRadioDown", "severity": "critical"}
GONE = {**RELAY, "alertname": "RelayGone"}
MQTT = {**HERE, "alertname": "CollectorMqttDown", "severity": "warning"}
CUT = {**RELAY, "alertname": "RelayCutOffFailed", "rule": "r", "severity": "critical"}
OVER = {**RELAY, "alertname": "RelayPolicyOver", "rule": "r"}
OTHER_OVER = {**OVER, "rule": "other"}
NEAR = {**OVER, "alertname": "RelayPolicyApproaching", "severity": "info"}
ELSEWHERE = {"site": "cottage", "instance": "d:10177"}
LINK = {**GONE, "alertname": "RelayWeakLink", "severity": "info"}
HOT = {**RELAY, "alertname": "RelayHot"}
FIRE = {**RELAY, "alertname": "RelayOverheating", "severity": "critical"}
BLIND = {**HERE, "alertname": "RelayPoliciesBlind", "severity": "critical"}


@pytest.mark.parametrize(
    ("sent", "silenced"),
    [
        pytest.param([RADIO, GONE, OVER, BLIND], [GONE, OVER, BLIND], id="radio"),
        # A load that is still on, what is not a relay's, and another house.
        pytest.param([RADIO, CUT, MQTT, {**GONE, **ELSEWHERE}], [], id="not by radio"),
        pytest.param([CUT, OVER, OTHER_OVER], [OVER], id="a policy's critical one"),
        pytest.param([OTHER_OVER, NEAR], [], id="near, and over of another policy"),
        pytest.param([OVER, NEAR], [NEAR], id="over and near"),
        pytest.param([GONE, LINK], [LINK], id="gone, and its link"),
        pytest.param([FIRE, HOT], [HOT], id="hotter than hot"),
    ],
)
async def test_an_alert_silences_what_follows_from_it(
    tmp_path: Path, sent: list[dict[str, str]], silenced: list[dict[str, str]]
) -> None:
    async with (
        receiver() as people,
        alertmanager(tmp_path, people.port, factor=FACTOR) as manager,
    ):
        loud = [each for each in sent if each not in silenced]
        # The causes first: what follows from an unknown cause is notified.
        for several in (loud, silenced):
            begun = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
            alerts = [{"labels": each, "startsAt": begun} for each in several]
            await asked(f"{manager}/api/v2/alerts", alerts)
            for each in several if several is loud else ():
                await people.told_of(each)
        found = await until(
            lambda: asked(f"{manager}/api/v2/alerts"),
            # Unprocessed until its group was looked at.
            lambda got: all(each["status"]["state"] != "unprocessed" for each in got),
            tmp_path / "alertmanager",
        )
        assert len(found) == len(sent)
        for each in found:
            state = "suppressed" if each["labels"] in silenced else "active"
            assert each["status"]["state"] == state, each["labels"]
        notified = [each["labels"] for each in people.notified]
        assert [each for each in notified if each in silenced] == []
