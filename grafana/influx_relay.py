"""One relay, in InfluxQL."""

from typing import Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from grafana import influxql, look
from grafana.board import Board, Row
from grafana.influx_relay_now import relay_now
from grafana.influxql import SITE, STEP, THIS, WHEN, select
from grafana.panels import WHOLE, Face, Panel, series, timeline
from grafana.sources import INFLUXDB, InfluxQL

# Chosen by address; the name is looked up for the titles.
_RELAY: Final = influxql.picked(
    "relay",
    "Relay (address)",
    f'SHOW TAG VALUES FROM "relay" WITH KEY = "ieee" WHERE {SITE}',
)
_NAME: Final = influxql.picked(
    "name", "Name", select('last("name")', "relay_info", THIS)
).hide(models.VariableHide.HIDE_VARIABLE)


def _over_time(*fields: str, function: str = "mean", fill: str = "none") -> InfluxQL:
    """Return a query of fields, each named as its column is."""
    wanted = ", ".join(
        f'{function}("{field}") AS "{title}"'
        for field, title in (each.split("=") for each in fields)
    )
    return InfluxQL(
        text=select(wanted, "relay", THIS, WHEN, by=STEP, fill=fill),
        legend="[[col]]",
    )


def _graph(
    title: str, description: str, unit: str, *queries: InfluxQL, width: int = 12
) -> Panel:
    face = Face(title=title, description=description, unit=unit, width=width)
    return series(face, *queries, calculations=False)


def _load() -> Row:
    mean = "Means of each step."
    return Row(
        title="Load",
        panels=[
            _graph(
                "Power",
                f"Both channels together. {mean}",
                look.WATT,
                _over_time("power_w=power"),
            ),
            _graph(
                "Power of each channel",
                "Exact with one channel on, else an estimate from the steps at switching.",
                look.WATT,
                _over_time("power_l1_w=l1", "power_l2_w=l2"),
            ),
            _graph(
                "Voltage", mean, look.VOLT, _over_time("voltage_v=voltage"), width=8
            ),
            _graph(
                "Current", mean, look.AMPERE, _over_time("current_a=current"), width=8
            ),
            _graph(
                "Apparent power",
                f"Voltage by current. {mean}",
                look.VOLT_AMPERE,
                _over_time("apparent_power_va=apparent power"),
                width=8,
            ),
            _graph(
                "Power factor",
                f"Power by apparent power. {mean}",
                look.RATIO,
                _over_time("power_factor=power factor"),
            ),
            _graph(
                "Temperature",
                f"Of the relay's chip. {mean}",
                look.CELSIUS,
                _over_time("temperature_c=temperature"),
            ),
        ],
    )


def _contacts() -> Row:
    return Row(
        title="Contacts",
        panels=[
            timeline(
                Face(
                    title="Contacts",
                    description="As last reported; before the first report of the time "
                    "that is shown nothing is known.",
                    unit=look.NUMBER,
                    width=WHOLE,
                    height=5,
                    words=look.CONTACT,
                ),
                _over_time(
                    "state_l1=l1", "state_l2=l2", function="last", fill="previous"
                ),
            ),
            influxql.event_table(
                "Events",
                "The newest 100 commands, decisions of policies, resets of the meter and "
                "joins in the time that is shown.",
                THIS,
            ),
        ],
    )


def _energy() -> Row:
    hour, day = (
        Face(
            title=f"Energy per {word}",
            description=f"What the relay took {when}.",
            unit=look.KILOWATT_HOUR,
            lowest=0,
            relative=relative,
        )
        for word, when, relative in (
            ("hour", "in each hour", None),
            ("day", "on each of the last 30 days, in the time zone above", "30d"),
        )
    )
    return Row(
        title="Energy",
        panels=[
            series(
                hour,
                InfluxQL(text=influxql.energy(THIS, step="1h"), legend="energy"),
                bars=True,
                calculations=False,
            ),
            series(
                day,
                InfluxQL(
                    text=influxql.energy(THIS, step="1d", zone="$timezone"),
                    legend="energy",
                ),
                bars=True,
                calculations=False,
            ),
        ],
    )


def _radio() -> Row:
    return Row(
        title="Radio",
        panels=[
            _graph(
                "Link quality",
                "0-255, as the coordinator measured it: the worst of each step.",
                look.NUMBER,
                _over_time("link_quality=link quality", function="min"),
            ),
            _graph(
                "Reports",
                "Frames with values in each step.",
                look.COUNT,
                _over_time("link_quality=reports", function="count", fill="0"),
            ),
        ],
    )


def _events(name: str, color: str, kind: str) -> dashboard.AnnotationQuery:
    return influxql.happened(name, color, f'{THIS} AND "kind" =~ /^({kind})$/')


INFLUX_RELAY: Final = Board(
    name="relay-influxdb",
    title="Relay (InfluxDB)",
    description="One relay: load, contacts, energy, events, radio; from InfluxDB by InfluxQL.",
    kind=INFLUXDB,
    variables=[influxql.SITES, _RELAY, _NAME, influxql.ZONE],
    annotations=[
        _events("Switching", look.BLUE, "switch"),
        _events("Policies", look.ORANGE, "policy"),
        _events("Joined, meter reset", look.GREY, "join|reset"),
    ],
    rows=[relay_now(), _load(), _contacts(), _energy(), _radio()],
)
