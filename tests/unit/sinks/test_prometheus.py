import pytest
from prometheus_client import CollectorRegistry, Counter

from collector import events
from collector.model.status import RelayStatus
from collector.sinks.prometheus import PrometheusExposition
from tests.statuses import boiler, parsed_openmetrics


def observed() -> float:
    name = "zigbee_collector_scrape_duration_seconds_count"
    return events.REGISTRY.get_sample_value(name) or 0.0


@pytest.fixture
def registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    Counter("own_things_total", "What the collector counts.", registry=registry).inc()
    return registry


async def test_text_holds_the_relays_and_the_collector_and_no_eof(
    registry: CollectorRegistry,
) -> None:
    text = await PrometheusExposition(lambda: [boiler()], registry).render(
        openmetrics=False
    )
    assert b"\nzigbee_relay_power_watts{" in text
    assert text.endswith(b"# TYPE own_things_total counter\nown_things_total 1.0\n")
    assert b"# EOF" not in text


async def test_openmetrics_ends_with_the_only_eof(registry: CollectorRegistry) -> None:
    text = await PrometheusExposition(lambda: [boiler()], registry).render(
        openmetrics=True
    )
    assert text.endswith(b"own_things_total 1.0\n# EOF\n")
    assert text.count(b"# EOF") == 1
    families = parsed_openmetrics(text)
    assert {"zigbee_relay", "zigbee_relay_energy_joules", "own_things"} <= {
        family.name for family in families
    }


async def test_the_statuses_are_asked_for_at_each_scrape(
    registry: CollectorRegistry,
) -> None:
    known: list[RelayStatus] = []
    exposition = PrometheusExposition(lambda: known, registry)
    assert b"zigbee_relay" not in await exposition.render(openmetrics=False)
    known.append(boiler())
    assert b"zigbee_relay_up{" in await exposition.render(openmetrics=False)


async def test_a_snapshot_may_be_a_generator(registry: CollectorRegistry) -> None:
    exposition = PrometheusExposition(
        lambda: (boiler(name=name) for name in ["boiler"]), registry
    )
    assert b'name="boiler"' in await exposition.render(openmetrics=False)


async def test_a_name_that_is_no_unicode_does_not_cost_the_scrape(
    registry: CollectorRegistry,
) -> None:
    exposition = PrometheusExposition(lambda: [boiler(name="\udc80x")], registry)
    assert b'name="?x"' in await exposition.render(openmetrics=False)


async def test_each_rendering_is_timed(registry: CollectorRegistry) -> None:
    before = observed()
    await PrometheusExposition(list, registry).render(openmetrics=True)
    assert observed() == before + 1
