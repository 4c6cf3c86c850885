"""Relay: its link, and how good its values are."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.panels import WHOLE, Column, Face, series, table, timeline
from grafana.promql import RATE, RELAY, else_none, happened
from grafana.sources import PromQL

_REJECTED: Final = f"zigbee_relay_rejected_samples_total{{{RELAY}}}"
_TIMES: Final = f"zigbee_relay_measurement_timestamp_seconds{{{RELAY}}}"
_INFO: Final = (
    f"max by (ieee, name, model, manufacturer, firmware) (zigbee_relay_info{{{RELAY}}})"
)

HEALTH: Final = Row(
    title="Link and data",
    panels=[
        series(
            Face(
                title="Link quality",
                description="Of the last frame, from 0 to 255, as the coordinator "
                "measured it. It is that of the last hop only.",
                unit=look.NUMBER,
                width=12,
                lowest=0,
                highest=255,
                thresholds=look.steps(look.RED, (30, look.ORANGE), (60, look.GREEN)),
            ),
            PromQL(expr=f"zigbee_relay_link_quality_lqi{{{RELAY}}}", legend="LQI"),
        ),
        series(
            Face(
                title="Age of the data",
                description="How long ago the last value of each quantity was accepted. "
                "A value that is older than its limit is left out of the metrics.",
                unit=look.SECONDS,
                width=12,
                lowest=0,
            ),
            PromQL(
                expr=f"time() - max by (quantity) ({_TIMES})", legend="{{quantity}}"
            ),
        ),
        series(
            Face(
                title="Rejected samples",
                description="Values that were not believed, by quantity and reason.",
                unit=look.NUMBER,
                width=12,
                decimals=0,
                lowest=0,
                interval="1m",
            ),
            PromQL(
                expr=else_none(
                    f"sum by (quantity, reason) ({happened(_REJECTED, RATE)})",
                    "quantity",
                ),
                legend="{{quantity}} {{reason}}",
            ),
            stacked=True,
            bars=True,
        ),
        timeline(
            Face(
                title="Frames come",
                description="No while nothing came for availability.timeout_seconds.",
                unit=look.WORD,
                width=12,
                words=look.YES_IS_GOOD,
            ),
            PromQL(expr=f"zigbee_relay_up{{{RELAY}}}", legend="frames come"),
        ),
        table(
            Face(
                title="The relay",
                description="What the relay says of itself; its name is the "
                "configuration's.",
                unit=look.WORD,
                width=WHOLE,
                height=4,
            ),
            [
                Column(name="name", title="Name"),
                Column(name="ieee", title="Address"),
                Column(name="model", title="Model"),
                Column(name="manufacturer", title="Manufacturer"),
                Column(name="firmware", title="Firmware"),
            ],
            PromQL(expr=_INFO, instant=True, table=True),
            key="ieee",
        ),
    ],
)
