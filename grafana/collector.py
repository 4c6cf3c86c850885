"""Collector: the programs themselves, their radio and their work."""

from typing import Final

from grafana import look
from grafana.board import Board, Row, choice, event
from grafana.collector_kit import COLLECTOR, bars, lines, of_collector
from grafana.collector_process import PROCESS, VERSIONS
from grafana.collector_sinks import INFLUX, MQTT
from grafana.figures import count
from grafana.overview import SITES
from grafana.panels import Face, stat
from grafana.promql import RATE, else_none, happened, quantile
from grafana.sources import PromQL

_INSTANCES: Final = choice(
    "instance",
    "Collector",
    'label_values(zigbee_collector_build_info{site=~"$site"}, instance)',
    several=True,
)
_FRAMES: Final = f"zigbee_collector_frames_total{{{COLLECTOR}}}"
_BAD_FRAMES: Final = (
    f'zigbee_collector_frames_total{{{COLLECTOR}, outcome=~"undecodable|truncated"}}'
)
_RECONNECTS: Final = f"zigbee_collector_radio_reconnects_total{{{COLLECTOR}}}"
_TAGS: Final = f"zigbee_collector_unknown_tags_total{{{COLLECTOR}}}"
_START: Final = of_collector("process_start_time_seconds")


def _now() -> Row:
    return Row(
        title="Now",
        panels=[
            count(
                "Collectors that answer",
                "Targets of the job `collector` that Prometheus reads.",
                f'sum(up{{job="collector", {COLLECTOR}}})',
                bad=False,
            ),
            count(
                "Collectors that do not answer",
                "Targets of the job `collector` that Prometheus cannot read.",
                f'count(up{{job="collector", {COLLECTOR}}} == 0) or vector(0)',
                bad=True,
            ),
            count(
                "Without radio",
                "Collectors whose coordinator is not open or does not answer.",
                f"count(zigbee_collector_radio_connected{{{COLLECTOR}}} == 0)"
                " or vector(0)",
                bad=True,
            ),
            count(
                "Configuration refused",
                "Collectors that go on with their old configuration, as the one in the "
                "file was refused.",
                f"count(zigbee_collector_config_last_reload_successful{{{COLLECTOR}}}"
                " == 0) or vector(0)",
                bad=True,
            ),
            stat(
                Face(
                    title="Undecodable frames",
                    description="Of all frames in the range shown, those of which "
                    "nothing, or not all, could be understood. A few are normal: relays "
                    "have messages of their own.",
                    unit=look.RATIO,
                    width=4,
                    height=4,
                    decimals=1,
                    thresholds=look.steps(look.GREEN, (0.3, look.ORANGE)),
                ),
                PromQL(
                    expr=f"sum(increase({_BAD_FRAMES}[$__range])) / "
                    f"(sum(increase({_FRAMES}[$__range])) > 0) or vector(0)",
                    instant=True,
                ),
            ),
            stat(
                Face(
                    title="Latest start",
                    description="When the collector that was started last was started.",
                    unit=look.SINCE,
                    width=4,
                    height=4,
                ),
                PromQL(expr=f"max({_START}) * 1000"),
            ),
        ],
    )


def _radio() -> Row:
    failed = f"zigbee_collector_requests_failed_total{{{COLLECTOR}}}"
    bad = f"sum by (instance) (rate({_BAD_FRAMES}[{RATE}]))"
    every = f"sum by (instance) (rate({_FRAMES}[{RATE}]))"
    return Row(
        title="Radio",
        panels=[
            lines(
                "Frames",
                "Frames a second by what became of them. Response: the end of a command. "
                "Relayed: another device's frame, sent again. Overflow: the queue of "
                "frames was full.",
                look.PER_SECOND,
                (f"sum by (outcome) (rate({_FRAMES}[{RATE}]))", "{{outcome}}"),
                stacked=True,
            ),
            lines(
                "Frames, by collector",
                "Frames a second of each collector, whatever became of them; the twenty "
                "with the most.",
                look.PER_SECOND,
                (f"topk(20, {every})", "{{instance}}"),
            ),
            lines(
                "Share of frames that cannot be decoded",
                "Undecodable and truncated frames, of all frames of a collector.",
                look.RATIO,
                (f"topk(20, {bad} / ({every} > 0))", "{{instance}}"),
            ),
            bars(
                "Radio: lost and opened anew",
                "Attempts to reopen the coordinator, by collector.",
                (
                    f"sum by (instance) ({happened(_RECONNECTS, RATE)})",
                    "{{instance}}",
                ),
            ),
            bars(
                "Requests that failed",
                "Reads, writes and commands that got no good answer, by reason.",
                (f"sum by (reason) ({happened(failed, RATE)})", "{{reason}}"),
            ),
            bars(
                "Unknown tags",
                "Tags in the relays' reports that nobody knows the meaning of. Firmware "
                "that is new may bring some.",
                (
                    else_none(f"sum by (tag) ({happened(_TAGS, RATE)})", "tag"),
                    "{{tag}}",
                ),
            ),
        ],
    )


def _work() -> Row:
    scrape = f"zigbee_collector_scrape_duration_seconds_bucket{{{COLLECTOR}}}"
    depth = f"zigbee_collector_queue_depth{{{COLLECTOR}}}"
    dropped = f"zigbee_collector_queue_dropped_total{{{COLLECTOR}}}"
    target = f'{{job="collector", {COLLECTOR}}}'
    return Row(
        title="Queues and scrapes",
        panels=[
            lines(
                "Items that wait",
                "How many wait in each queue of a collector; the longest at each moment.",
                look.NUMBER,
                (f"max by (queue) ({depth})", "{{queue}}"),
            ),
            bars(
                "Items dropped from a full queue",
                "The oldest are dropped first. Frames that are dropped were not measured.",
                (f"sum by (queue) ({happened(dropped, RATE)})", "{{queue}}"),
            ),
            lines(
                "Time that a scrape takes",
                "As the collector measures it, from its snapshot to the text; and as "
                "Prometheus does, with the way there and back.",
                look.SECONDS,
                (f"{quantile(0.5, scrape)} >= 0", "half, collector"),
                (f"{quantile(0.99, scrape)} >= 0", "99 %, collector"),
                (f"max(scrape_duration_seconds{target})", "longest, Prometheus"),
            ),
            lines(
                "Samples of a scrape",
                "How many samples Prometheus takes from a collector at each scrape; some "
                "50 a relay and 150 of its own.",
                look.COUNT,
                (f"topk(20, scrape_samples_scraped{target})", "{{instance}}"),
            ),
        ],
    )


COLLECTOR_BOARD: Final = Board(
    name="collector",
    title="Collector",
    description="The collectors themselves: radio, queues, InfluxDB, MQTT, scrapes, "
    "process.",
    variables=[SITES, _INSTANCES],
    annotations=[
        event(
            "Starts",
            look.BLUE,
            expr=f"changes(process_start_time_seconds{{{COLLECTOR}}}[{RATE}]) > 0"
            " and on (job, instance) zigbee_collector_build_info",
            title="{{instance}} started",
        ),
        event(
            "Radio lost",
            look.RED,
            expr=f"{happened(_RECONNECTS, RATE)} > 0",
            title="{{instance}}: the radio was opened anew",
        ),
    ],
    rows=[_now(), _radio(), _work(), INFLUX, MQTT, PROCESS, VERSIONS],
)
