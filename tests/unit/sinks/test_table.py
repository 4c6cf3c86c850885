from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from collector import events
from collector.sinks.prometheus import PrometheusExposition
from collector.sinks.table import metrics_table
from tests.statuses import boiler


def test_the_table_shows_name_type_labels_and_source() -> None:
    rows = metrics_table().splitlines()
    assert rows[0] == "| metric | type | labels | meaning |"
    assert (
        "| `zigbee_relay_voltage_volts` | gauge | `ieee` | Mains voltage; tag 150. |"
        in rows
    )
    assert any(
        row.startswith("| `zigbee_collector_frames_total` | counter | `outcome` |")
        for row in rows
    )
    assert any(
        row.startswith(
            "| `zigbee_collector_build_info` | info | "
            "`version`, `python`, `zigpy`, `zigpy_znp` |"
        )
        for row in rows
    )


async def test_the_table_names_exactly_what_a_scrape_shows() -> None:
    events.unknown_tag("00:01", 202)  # label sets of this one start with the first
    events.watch_queue("frames", lambda: 0)
    text = await PrometheusExposition(lambda: [boiler()], events.REGISTRY).render(
        openmetrics=False
    )
    shown = {
        sample.name
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name.startswith("zigbee_")
    }
    rows = metrics_table().splitlines()[2:]
    for histogram in [row.split("`")[1] for row in rows if "| histogram |" in row]:
        parts = {histogram + end for end in ("_bucket", "_sum", "_count")}
        assert parts <= shown
        shown = shown - parts | {histogram}
    assert {row.split("`")[1] for row in rows} == shown


async def test_without_instruments_only_the_relays_are_left() -> None:
    exposition = PrometheusExposition(lambda: [boiler()], CollectorRegistry())
    text = await exposition.render(openmetrics=False)
    assert b"zigbee_collector" not in text
