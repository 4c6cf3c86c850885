"""The figures as a table that fits a terminal and a README."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its target."""

    what: str
    figure: str
    target: str
    met: bool


def rows(found: Mapping[str, Any]) -> list[Row]:
    """Return the figures of every part that ran."""
    return [
        *_reports(found.get("reports", {})),
        *_memory(found.get("memory", {})),
        *_latency(found.get("latency", {})),
        *_cutoff(found.get("cutoff", {})),
        *_replay(found.get("replay", {})),
        *_scrape(found.get("scrape", {})),
        *_influx(found.get("influx", {})),
        *_mqtt(found.get("mqtt", {})),
        *_fleet(found.get("fleet", {})),
    ]


def markdown(found: Mapping[str, Any]) -> str:
    """Return the table, the machine above it."""
    machine = found["machine"]
    where = (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['python']}, "
        f"{machine['system']}; zigpy {machine['zigpy']}, "
        f"zigpy-znp {machine['zigpy-znp']}, "
        f"prometheus-client {machine['prometheus-client']}"
    )
    lines = [
        where,
        "",
        "| what | figure | target |",
        "|---|---|---|",
        *(
            f"| {row.what} | {row.figure} | {row.target}"
            f"{'' if row.met else ' **missed**'} |"
            for row in rows(found)
        ),
    ]
    return "\n".join(lines) + "\n"


def _reports(rates: Mapping[str, Any]) -> Iterable[Row]:
    for rate, found in rates.items():
        yield Row(
            f"CPU of a report at {rate} reports/s",
            f"{found['ours_us']:.0f} µs; plain zigpy {found['plain_zigpy_us']:.0f} µs; "
            f"ratio {found['ratio']:.2f}",
            "ratio ≤ 0.35",
            found["ratio"] <= 0.35,
        )


def _memory(found: Mapping[str, Any]) -> Iterable[Row]:
    if not found:
        return
    yield Row(
        "resident memory after warm-up",
        f"{found['warm_mib']:.1f} MiB",
        "≤ 95 MiB",
        found["warm_mib"] <= 95,
    )
    first, last = found["step"], found["reports"]
    yield Row(
        f"resident memory from report {first:,} to report {last:,}",
        f"{found['growth_mib']:+.1f} MiB",
        "flat (≤ 1 MiB)",
        found["growth_mib"] <= 1,
    )


def _latency(found: Mapping[str, Any]) -> Iterable[Row]:
    for name, percentile, target in (
        ("median", "median_ms", 5),
        ("p99", "p99_ms", 25),
    ):
        if found:
            yield Row(
                f"frame on the wire to metric, 400 reports/s and a scrape a second: {name}",
                f"{found[percentile]:.1f} ms",
                f"≤ {target} ms",
                found[percentile] <= target,
            )


def _cutoff(turns: Mapping[str, Any]) -> Iterable[Row]:
    for beside, found in turns.items():
        for name, most in (("median", 1.4), ("p99", 3.0)):
            ratio = found[f"{name}_ratio"]
            yield Row(
                f"over-limit frame to OFF on the wire, {beside} beside: {name}",
                f"{found[f'{name}_ms']:.1f} ms; bare path "
                f"{found[f'bare_{name}_ms']:.1f} ms; ratio {ratio:.2f}",
                f"ratio ≤ {most}",
                ratio <= most,
            )


def _replay(found: Mapping[str, Any]) -> Iterable[Row]:
    if found:
        yield Row(
            f"replay of a month, one sample a minute of {found['relays']} relays "
            f"({found['samples']:,} samples, {found['policies']} policies)",
            f"{found['seconds']:.1f} s",
            "≤ 30 s",
            found["seconds"] <= 30,
        )


def _influx(found: Mapping[str, Any]) -> Iterable[Row]:
    if not found:
        return
    yield Row(
        "points into the spool and delivered, 100,000 at once",
        f"{found['ours_per_second']:,.0f}/s; influxdb-client's batching "
        f"{found['batching_per_second']:,.0f}/s; ratio {found['ratio']:.2f}",
        "ratio ≥ 1",
        found["ratio"] >= 1,
    )
    outage = found["outage"]
    yield Row(
        f"resident memory over an hour without a server ({outage['points']:,.0f} points)",
        f"{outage['growth_mib']:+.1f} MiB",
        "flat (≤ 1 MiB)",
        outage["growth_mib"] <= 1,
    )
    yield Row(
        "spool: bytes of a point, and written to disk for it",
        f"{outage['spool_bytes']:.0f}; {outage['written_bytes']:.0f}",
        "",
        True,
    )


def _mqtt(found: Mapping[str, Any]) -> Iterable[Row]:
    if not found:
        return
    for rate, each in found["latency"].items():
        yield Row(
            f"frame on the wire to MQTT message, {rate} reports/s: median, p99",
            f"{each['median_ms']:.1f} ms; {each['p99_ms']:.1f} ms",
            "median ≤ 3 ms",
            each["median_ms"] <= 3,
        )
    alone = found["loopback"]
    yield Row(
        "of which broker and subscriber alone: median, p99",
        f"{alone['median_ms']:.2f} ms; {alone['p99_ms']:.2f} ms",
        "",
        True,
    )
    warm = found["memory"]["warm_mib"]
    yield Row(
        "resident memory after warm-up with MQTT, InfluxDB and policies",
        f"{warm:.1f} MiB",
        "< 120 MiB",
        warm < 120,
    )
    loud = found["loud"]
    beside = (
        f"{loud['rate']} reports/s and {2 * loud['pairs_per_second']:,.0f} MQTT "
        "commands/s"
    )
    yield from _cutoff({beside: loud})


def _scrape(found: Mapping[str, Any]) -> Iterable[Row]:
    for way, news in (("live", "a quarter of them new"), ("storm", "all of it new")):
        for form, word in (("text", "text 0.0.4"), ("openmetrics", "OpenMetrics")):
            if found:
                yield _scraped(found, f"{way}_{form}", f"{word}, {news}")


def _scraped(found: Mapping[str, Any], key: str, what: str) -> Row:
    ratio = found[f"{key}_ratio"]
    return Row(
        f"CPU of a scrape with {found['relays']:.0f} relays "
        f"({found['series']:.0f} series), {what}",
        f"{found[f'{key}_ms']:.1f} ms; generate_latest "
        f"{found[f'{key}_generate_latest_ms']:.1f} ms; ratio {ratio:.2f}",
        "ratio ≤ 0.25",
        ratio <= 0.25,
    )


def _fleet(found: Mapping[str, Any]) -> Iterable[Row]:
    if not found:
        return
    rate, wanted = found["samples_per_second"], found["wanted_per_second"]
    yield Row(
        f"fleet of {found['sites']:,} sites with {found['relays']} relays each, "
        f"{found['speed']:.0f} times as fast as in truth ({found['series']:,.0f} series)",
        f"{rate:,.0f} samples/s of {wanted:,.0f}",
        "≥ 95 %",
        rate >= 0.95 * wanted,
    )
    yield Row(
        "sites whose last scrape came in time, of those in reach; the slowest scrape",
        f"{found['up']:.0f} of {found['in_reach']}; "
        f"{found['slowest_scrape_seconds'] * 1000:.0f} ms",
        "all",
        found["up"] == found["in_reach"],
    )
    for name, word in (("vmagent", "vmagent"), ("victoria", "VictoriaMetrics")):
        yield Row(
            f"{word}: CPU and resident memory meanwhile",
            f"{found[f'{name}_cores']:.2f} cores, {found[f'{name}_mib']:,.0f} MiB",
            "",
            True,
        )
    disk = found["disk"]
    yield Row(
        "bytes on disk: of a sample, and of a series in the index",
        f"{disk['bytes_per_sample']:.2f}; {disk['index_bytes'] / found['series']:.0f}",
        "",
        True,
    )
    for title, times in found["queries"].items():
        yield Row(
            f"query: {title}; at once and over an hour: median, p99",
            "; ".join(
                f"{times[f'{way}_median_ms']:.0f}, {times[f'{way}_p99_ms']:.0f} ms"
                for way in ("instant", "range")
            ),
            "",
            True,
        )
