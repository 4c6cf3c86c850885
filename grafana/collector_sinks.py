"""Collector: its points on their way to InfluxDB, and its messages to MQTT and back."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.collector_kit import COLLECTOR, bars, lines
from grafana.panels import Face, stat, timeline
from grafana.promql import RATE, happened
from grafana.sources import PromQL

_INFLUX: Final = "zigbee_collector_influx_"
_MQTT: Final = "zigbee_collector_mqtt_"
_POINTS: Final = f"{_INFLUX}points_total{{{COLLECTOR}}}"
_SPOOLED: Final = f"{_INFLUX}spool_points{{{COLLECTOR}}}"
_OLDEST: Final = f"{_INFLUX}spool_oldest_timestamp_seconds{{{COLLECTOR}}}"
_LETTERS: Final = f"{_INFLUX}dead_letters{{{COLLECTOR}}}"
_MESSAGES: Final = f"{_MQTT}messages_total{{{COLLECTOR}}}"
_RECONNECTS: Final = f"{_MQTT}reconnects_total{{{COLLECTOR}}}"
_QUEUED: Final = f'zigbee_collector_queue_depth{{{COLLECTOR}, queue="mqtt"}}'
# An empty spool has no oldest point: its age is 0.
_AGE: Final = f"(time() - {_OLDEST} or on (job, instance) 0 * {_SPOOLED})"

INFLUX: Final = Row(
    title="InfluxDB (empty where none is configured)",
    panels=[
        lines(
            "Points",
            "Points a second. Spooled: on disk. Delivered: the server has said so. Dead "
            "letter: the server takes all but this one. Dropped: the spool was full.",
            look.PER_SECOND,
            (f"sum by (outcome) (rate({_POINTS}[{RATE}]))", "{{outcome}}"),
        ),
        lines(
            "Points that wait on disk",
            "Points that the server has not got, by collector.",
            look.COUNT,
            (f"topk(20, {_SPOOLED})", "{{instance}}"),
        ),
        lines(
            "Age of the oldest point, and delay of delivery",
            "Waits: how old the oldest point is that the server has not got. Delivered: "
            "how old the oldest of the last batch of new points was.",
            look.SECONDS,
            (f"topk(20, {_AGE})", "waits {{instance}}"),
            (
                f"topk(20, {_INFLUX}delivery_lag_seconds{{{COLLECTOR}}})",
                "delivered {{instance}}",
            ),
        ),
        lines(
            "Size of the spool",
            "Bytes that points and dead letters take; influxdb.spool_max_mib is the most.",
            look.BYTES,
            (f"topk(20, {_INFLUX}spool_bytes{{{COLLECTOR}}})", "{{instance}}"),
        ),
        stat(
            Face(
                title="Dead letters",
                description="Points set aside that the server refuses, see `collector "
                "spool list`.",
                unit=look.NUMBER,
                width=12,
                height=4,
                decimals=0,
                thresholds=look.none_is_good(),
                no_value="no InfluxDB",
            ),
            PromQL(expr=f"sum({_LETTERS})"),
        ),
        stat(
            Face(
                title="Server last took nothing",
                description="When the server of any collector last took no points.",
                unit=look.SINCE,
                width=12,
                height=4,
                no_value="never",
            ),
            PromQL(
                expr=f"max({_INFLUX}last_error_timestamp_seconds{{{COLLECTOR}}}) * 1000"
            ),
        ),
    ],
)

MQTT: Final = Row(
    title="MQTT (empty where none is configured)",
    panels=[
        lines(
            "Messages",
            "Messages a second by direction and what became of them. Refused: answered "
            "with an error. Ignored: nobody's topic. Dropped: the queue was full, or the "
            "message too large.",
            look.PER_SECOND,
            (
                f"sum by (direction, outcome) (rate({_MESSAGES}[{RATE}]))",
                "{{direction}} {{outcome}}",
            ),
        ),
        lines(
            "Messages that wait",
            "Messages that wait to be sent to the broker, by collector.",
            look.COUNT,
            (f"topk(20, {_QUEUED})", "{{instance}}"),
        ),
        timeline(
            Face(
                title="Connected to the broker",
                description="Whether each collector is connected; twenty at most, those "
                "that are not first.",
                unit=look.WORD,
                width=12,
                words=look.YES_IS_GOOD,
                no_value="no MQTT",
            ),
            PromQL(
                expr=f"bottomk(20, {_MQTT}connected{{{COLLECTOR}}})",
                legend="{{instance}}",
            ),
        ),
        bars(
            "Broker: lost and connected anew",
            "Attempts to connect anew, one after each loss or refusal.",
            (f"sum by (instance) ({happened(_RECONNECTS, RATE)})", "{{instance}}"),
        ),
    ],
)
