"""Names that mean something to YAML, PromQL, a template or a regex arrive as they are."""

from pathlib import Path

import pytest

from tests.integration.policy_world import OVERLOAD, policy_world
from tests.integration.service_world import BOILER
from tests.integration.simulator_world import LOOPBACK
from tests.servers.alert_world import alertmanager, prometheus_with_rules, receiver

pytestmark = [pytest.mark.allow_hosts(LOOPBACK), pytest.mark.timeout(90)]

FACTOR = 300.0
STALENESS = {"power_seconds": 600.0}  # the quiet relay reports when the test says so
# A policy may also have +, # and *; a relay must not, as its name is a topic of MQTT.
NAMES = [
    ('a"b{c}|d \\', 'r\'ule "q" {x="y"} | \\n .*+#'),
    ("{{ $labels.ieee }} `x`", "{{ .Value }} {{ end }} $rule"),
    ("Łódź 湯沸 🫖 <b>&amp; %{x}", "über [x](y) ${site}"),
]


@pytest.mark.parametrize(("relay", "rule"), NAMES)
async def test_a_name_is_notified_as_it_is_written(
    tmp_path: Path, relay: str, rule: str
) -> None:
    trial = {
        **OVERLOAD,
        "name": rule,
        "relay": relay,
        "mode": "dry_run",
        "above": 1500,
        "clear": 1400,
    }
    named = [{"ieee": BOILER, "name": relay}]
    async with (
        receiver() as people,
        policy_world(tmp_path, trial, relays_named=named, staleness=STALENESS) as world,
        alertmanager(tmp_path, people.port, factor=FACTOR) as manager,
        prometheus_with_rules(
            tmp_path, world.here.url.removeprefix("http://"), manager, factor=FACTOR
        ),
    ):
        await world.close("l1", 1800)
        fired = await people.told("RelayPolicyOver", "firing")
    assert (fired["labels"]["name"], fired["labels"]["rule"]) == (relay, rule)
    assert fired["annotations"]["summary"] == f"{rule}: {relay} is over the limit"
