"""What dashboards, rules and people may rely on in every scrape."""

import re

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from collector import events
from collector.model.command import CommandOutcome, Origin
from collector.model.decision import DecisionAction, RuleState, RuleStatus
from collector.model.policy import Mode
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reason
from collector.sinks.families import FAMILIES
from collector.sinks.family import Family
from collector.sinks.prometheus import PrometheusExposition
from tests.statuses import NIGHT, OVERLOAD, SEEN, boiler, parsed_openmetrics

IEEE = {"ieee": "00:15:8d:00:03:a0:00:00"}
MEASURED = "zigbee_relay_measurement_timestamp_seconds"
COMMANDS = "zigbee_relay_commands_total"
ACTIONS = "zigbee_relay_policy_actions_total"
STATE = "zigbee_relay_policy_state"
BOILER: dict[
    tuple[str, tuple[str, ...]], float
] = {  # every series of one relay, name for name and label for label
    ("zigbee_relay_power_watts", ()): 61.481,
    ("zigbee_relay_apparent_power_voltamperes", ()): 61.53,
    ("zigbee_relay_power_factor_ratio", ()): 0.99,
    ("zigbee_relay_voltage_volts", ()): 234.34,
    ("zigbee_relay_current_amperes", ()): 0.262576,
    ("zigbee_relay_device_temperature_celsius", ()): 31,
    ("zigbee_relay_energy_joules_total", ()): 1125,
    ("zigbee_relay_energy_register_joules", ()): 63_012_375,
    ("zigbee_relay_energy_register_resets_total", ()): 1,
    ("zigbee_relay_energy_gaps_total", ()): 2,
    ("zigbee_relay_energy_cost_total", ("currency=EUR", "period=day")): 0.31,
    ("zigbee_relay_energy_cost_total", ("currency=EUR", "period=night")): 0.0001,
    ("zigbee_relay_switch_state", ("channel=l1",)): 1,
    ("zigbee_relay_switch_state", ("channel=l2",)): 0,
    ("zigbee_relay_interlock_enabled", ()): 1,
    ("zigbee_relay_power_outages_total", ()): 3,
    ("zigbee_relay_link_quality_lqi", ()): 132,
    ("zigbee_relay_up", ()): 1,
    ("zigbee_relay_last_seen_timestamp_seconds", ()): SEEN,
    (MEASURED, ("quantity=power",)): SEEN - 2,
    (MEASURED, ("quantity=apparent_power",)): SEEN - 2,
    (MEASURED, ("quantity=power_factor",)): SEEN - 2,
    (MEASURED, ("quantity=voltage",)): SEEN - 2,
    (MEASURED, ("quantity=current",)): SEEN - 2,
    (MEASURED, ("quantity=temperature",)): SEEN - 2,
    (MEASURED, ("quantity=energy",)): SEEN - 2,
    (MEASURED, ("quantity=state",)): SEEN - 1,
    (
        "zigbee_relay_rejected_samples_total",
        ("quantity=voltage", "reason=spurious_zero"),
    ): 4,
    ("zigbee_relay_firmware_version", ()): 47,
    ("zigbee_relay_channel_info", ("channel=l1", "name=heater")): 1,
    ("zigbee_relay_channel_info", ("channel=l2", "name=pump")): 1,
    ("zigbee_relay_meter_asleep", ()): 0,
    (
        "zigbee_relay_info",
        ("firmware=47", "manufacturer=Aqara", "model=LLKZMK11LM", "name=boiler"),
    ): 1,
    ("zigbee_relay_channel_power_watts", ("channel=l1",)): 61.481,
    ("zigbee_relay_channel_power_watts", ("channel=l2",)): 0,
    ("zigbee_relay_channel_power_estimated", ("channel=l1",)): 0,
    ("zigbee_relay_channel_power_estimated", ("channel=l2",)): 0,
    ("zigbee_relay_unattributed_power_watts", ()): 0,
    ("zigbee_relay_contact_fault", ("channel=l1",)): 0,
    ("zigbee_relay_contact_fault", ("channel=l2",)): 0,
    ("zigbee_relay_power_outage_memory_enabled", ()): 1,
    (COMMANDS, ("channel=l1", "origin=policy", "outcome=confirmed")): 3,
    (COMMANDS, ("channel=l1", "origin=api", "outcome=unknown")): 1,
    **{
        (STATE, (f"rule={rule}", f"state={state}")): state == present
        for rule, present in ((OVERLOAD, "ok"), (NIGHT, "suspended"))
        for state in ("ok", "approaching", "over", "latched", "stale", "suspended")
    },
    ("zigbee_relay_policy_margin_ratio", (f"rule={OVERLOAD}",)): 0.972,
    (
        ACTIONS,
        (
            "action=off",
            "channel=l1",
            "mode=enforce",
            "outcome=confirmed",
            f"rule={OVERLOAD}",
        ),
    ): 3,
    (
        ACTIONS,
        (
            "action=on",
            "channel=l2",
            "mode=dry_run",
            "outcome=would_act",
            f"rule={NIGHT}",
        ),
    ): 7,
}


async def scraped(*, openmetrics: bool) -> list[Metric]:
    exposition = PrometheusExposition(lambda: [boiler()], events.REGISTRY)
    text = await exposition.render(openmetrics=openmetrics)
    if openmetrics:
        return parsed_openmetrics(text)
    return list(text_string_to_metric_families(text.decode()))


@pytest.mark.parametrize("openmetrics", [False, True])
async def test_a_relay_shows_exactly_these_series(openmetrics: bool) -> None:
    found = {}
    for family in await scraped(openmetrics=openmetrics):
        for sample in family.samples:
            if sample.name.startswith("zigbee_relay"):
                labels = dict(sample.labels)
                assert {"ieee": labels.pop("ieee")} == IEEE
                rest = tuple(f"{key}={labels[key]}" for key in sorted(labels))
                found[sample.name, rest] = sample.value
    assert found == BOILER


@pytest.mark.parametrize("openmetrics", [False, True])
async def test_no_series_has_a_timestamp_or_is_a_created_one(openmetrics: bool) -> None:
    samples = [
        sample
        for family in await scraped(openmetrics=openmetrics)
        for sample in family.samples
    ]
    assert len(samples) > len(BOILER)
    assert not [sample for sample in samples if sample.timestamp is not None]
    assert not [sample for sample in samples if sample.name.endswith("_created")]


def test_a_relay_has_at_most_forty_series_beside_what_is_counted_by_label() -> None:
    everything = boiler(
        measured_at={
            (quantity, channel): SEEN
            for quantity in Quantity
            for channel in (None, "l1", "l2")
        },
        rejected={(quantity, reason): 1 for quantity in Quantity for reason in Reason},
        rules={
            f"rule {number}": RuleStatus(state=RuleState.OVER, margin=-0.5)
            for number in range(7)
        },
        commands={
            (channel, origin, outcome): 1
            for channel in CHANNELS
            for origin in Origin
            for outcome in CommandOutcome
        },
        actions={
            ("rule 1", channel, action, CommandOutcome.FAILED, Mode.ENFORCE): 1
            for channel in CHANNELS
            for action in DecisionAction
        },
    )
    counted = {family.name: len(family.series(everything)) for family in FAMILIES}
    assert counted.pop("zigbee_relay_rejected_samples") == len(Quantity) * len(Reason)
    assert counted.pop("zigbee_relay_commands") == 2 * len(Origin) * len(CommandOutcome)
    assert counted.pop("zigbee_relay_policy_actions") == 6
    assert counted.pop("zigbee_relay_policy_margin_ratio") == 7
    assert counted.pop("zigbee_relay_policy_state") == 7  # of six lines each
    assert sum(counted.values()) == 40  # with two tariff periods


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: str(family.name))
def test_a_family_follows_the_naming_rules(family: Family) -> None:
    assert re.fullmatch(r"zigbee_relay(_[a-z]+)*", family.name)
    assert "counter" not in family.name  # promtool refuses it
    assert not family.name.endswith(("_total", "_info"))
    assert "ieee" not in family.labels
    if family.unit:
        assert family.name.endswith(f"_{family.unit}")
    assert not family.documentation[0].islower()
    assert family.documentation.endswith(".")


OUR_OWN_KNOWLEDGE = {  # comes of no attribute
    "zigbee_relay_channel",
    "zigbee_relay_up",
    "zigbee_relay_last_seen_timestamp_seconds",
    "zigbee_relay_link_quality_lqi",
    "zigbee_relay_measurement_timestamp_seconds",
    "zigbee_relay_rejected_samples",
    "zigbee_relay_commands",
    "zigbee_relay_policy_state",
    "zigbee_relay_policy_margin_ratio",
    "zigbee_relay_policy_actions",
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: str(family.name))
def test_help_names_the_attribute_or_tag_that_a_value_comes_from(
    family: Family,
) -> None:
    source = re.search(r"tags? \d+|0x[0-9A-F]{4}/0x[0-9A-F]{4}", family.documentation)
    assert bool(source) is (family.name not in OUR_OWN_KNOWLEDGE)


async def test_the_collector_shows_itself_from_the_first_scrape() -> None:
    names = {family.name for family in await scraped(openmetrics=True)}
    assert {
        "zigbee_collector_build",
        "zigbee_collector_radio_connected",
        "zigbee_collector_radio_reconnects",
        "zigbee_collector_frames",
        "zigbee_collector_requests_failed",
        "zigbee_collector_unknown_tags",
        "zigbee_collector_queue_dropped",
        "zigbee_collector_queue_depth",
        "zigbee_collector_scrape_duration_seconds",
        "zigbee_collector_command_duration_seconds",
        "zigbee_collector_policy_decision_duration_seconds",
        "zigbee_collector_config_last_reload_successful",
        "zigbee_collector_auth_failures",
        "process_cpu_seconds",
        "python_info",
    } <= names
