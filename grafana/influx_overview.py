"""Overview in InfluxQL: all relays of a house or of some."""

from typing import Final

from grafana_foundation_sdk.builders import dashboard

from grafana import influxql, look
from grafana.board import Board, Row
from grafana.influxql import (
    FRESH,
    RELAY_OF_CELL,
    RELAY_OF_SERIES,
    SITE,
    STEP,
    WHEN,
    lasts,
    select,
)
from grafana.panels import WHOLE, Column, Face, Panel, series, stat, table
from grafana.sources import INFLUXDB, InfluxQL

_LEAST: Final = (
    dashboard.CustomVariable("least")
    .label("Shown from (W)")
    .description("A relay is in the graph of power while it takes more than this.")
    .values("0,10,100,500,1000,2000")
)
_BY_RELAY: Final = "[[tag_ieee]]"


def _last(*fields: str) -> str:
    """Return a query of the newest values of each relay in the range."""
    return select(lasts(*fields), "relay", SITE, WHEN, by='"ieee"')


def _now() -> Row:
    return Row(
        title="Now",
        panels=[
            stat(
                Face(
                    title="Power",
                    description="The last values of all relays, none older than "
                    "15 minutes, together.",
                    unit=look.WATT,
                    width=4,
                    height=4,
                    relative=FRESH,
                ),
                InfluxQL(text=select('sum("power_w")', _last("power_w"))),
            ),
            stat(
                Face(
                    title="Energy today",
                    description="Since midnight, in the time zone of your browser.",
                    unit=look.KILOWATT_HOUR,
                    width=4,
                    height=4,
                    relative="now/d",
                ),
                InfluxQL(text=influxql.energy(SITE)),
            ),
            stat(
                Face(
                    title="Energy this month",
                    description="Since the first of the month. Every point since then "
                    "is read.",
                    unit=look.KILOWATT_HOUR,
                    width=4,
                    height=4,
                    relative="now/M",
                ),
                InfluxQL(text=influxql.energy(SITE)),
            ),
            *_counts(),
        ],
    )


def _counts() -> list[Panel]:
    states = _last("state_l1", "state_l2")
    return [
        stat(
            Face(
                title="Contacts closed",
                description="As reported in the last 15 minutes.",
                unit=look.NUMBER,
                width=4,
                height=4,
                relative=FRESH,
            ),
            InfluxQL(text=select('sum("state_l1") + sum("state_l2")', states)),
        ),
        stat(
            Face(
                title="Relays heard",
                description="Relays of which a value came in the last 15 minutes.",
                unit=look.NUMBER,
                width=4,
                height=4,
                relative=FRESH,
                no_value="0",
            ),
            InfluxQL(text=select('count("link_quality")', _last("link_quality"))),
        ),
        stat(
            Face(
                title="Decisions to cut off",
                description="What policies decided to switch off in the time that is "
                "shown, dry runs included.",
                unit=look.NUMBER,
                width=4,
                height=4,
                thresholds=look.steps(look.GREEN, (1, look.ORANGE)),
                no_value="0",
            ),
            InfluxQL(
                text=select(
                    'count("reason")',
                    "relay_event",
                    SITE,
                    "\"kind\" = 'policy' AND \"action\" = 'off'",
                    WHEN,
                )
            ),
        ),
    ]


def _over_time() -> Row:
    # Not fill(previous): InfluxDB 1 sums what is filled in a query within wrongly.
    means = select(
        'mean("power_w") AS "power"',
        "relay",
        SITE,
        WHEN,
        by=f'{STEP}, "ieee"',
        fill="none",
    )
    return Row(
        title="Power",
        panels=[
            series(
                Face(
                    title="Power of all relays",
                    description="The means of all relays, summed up. Each relay reports within "
                    "ten minutes, so a step is no shorter.",
                    unit=look.WATT,
                    width=10,
                    height=10,
                    interval="10m",
                    lowest=0,
                ),
                InfluxQL(
                    text=select('sum("power")', means, WHEN, by=STEP, fill="none"),
                    legend="all relays",
                ),
                calculations=False,
            ),
            series(
                Face(
                    title="Power by relay",
                    description="By address, as InfluxQL cannot join names: a click on a "
                    "line shows the relay. With many relays raise “Shown from”.",
                    unit=look.WATT,
                    width=14,
                    height=10,
                    lowest=0,
                    link=RELAY_OF_SERIES,
                ),
                InfluxQL(
                    text=select(
                        '"power"', means, '"power" > $least', WHEN, by='"ieee"'
                    ),
                    legend=_BY_RELAY,
                ),
            ),
        ],
    )


def _energy() -> Row:
    return Row(
        title="Energy",
        panels=[
            series(
                Face(
                    title="Energy per hour",
                    description="What all relays took in each hour.",
                    unit=look.KILOWATT_HOUR,
                    width=8,
                    lowest=0,
                ),
                InfluxQL(text=influxql.energy(SITE, step="1h"), legend="all relays"),
                bars=True,
                calculations=False,
            ),
            series(
                Face(
                    title="Energy per day",
                    description="What all relays took on each of the last 30 days, in "
                    "the time zone above.",
                    unit=look.KILOWATT_HOUR,
                    width=8,
                    lowest=0,
                    relative="30d",
                ),
                InfluxQL(
                    text=influxql.energy(SITE, step="1d", zone="$timezone"),
                    legend="all relays",
                ),
                bars=True,
                calculations=False,
            ),
            table(
                Face(
                    title="Energy today, by relay",
                    description="Since midnight, in the time zone of your browser.",
                    unit=look.NUMBER,
                    width=8,
                    relative="now/d",
                ),
                [
                    Column(name="name", title="Relay"),
                    Column(name="ieee", title="Address", link=RELAY_OF_CELL, width=190),
                    Column(
                        name="energy",
                        title="Energy",
                        unit=look.KILOWATT_HOUR,
                    ),
                ],
                InfluxQL(text=influxql.names(SITE), table=True),
                InfluxQL(text=influxql.energy(SITE, relays=True), table=True),
                key="ieee",
                sort=("Energy", True),
            ),
        ],
    )


def _relays() -> Row:
    columns = [
        Column(name="name", title="Relay"),
        Column(name="ieee", title="Address", link=RELAY_OF_CELL, width=190),
        Column(name="power_w", title="Power", unit=look.WATT),
        Column(name="state_l1", title="l1", words=look.CONTACT, width=60),
        Column(name="state_l2", title="l2", words=look.CONTACT, width=60),
        Column(name="voltage_v", title="Voltage", unit=look.VOLT, decimals=1),
        Column(
            name="temperature_c", title="Temperature", unit=look.CELSIUS, decimals=0
        ),
        Column(name="link_quality", title="Link (LQI)", unit=look.NUMBER),
    ]
    values = _last(*(each.name for each in columns[2:]))
    return Row(
        title="Relays",
        panels=[
            table(
                Face(
                    title="Relays",
                    description="The last values in the time that is shown, however old. "
                    "A click on the address shows the relay.",
                    unit=look.NUMBER,
                    width=WHOLE,
                    height=10,
                ),
                columns,
                InfluxQL(text=influxql.names(SITE), table=True),
                InfluxQL(text=values, table=True),
                key="ieee",
                sort=("Power", True),
            ),
            influxql.event_table(
                "Events",
                "The newest 100 commands, decisions of policies, resets of meters and "
                "joins in the time that is shown.",
                SITE,
            ),
        ],
    )


INFLUX_OVERVIEW: Final = Board(
    name="overview-influxdb",
    title="Relays: overview (InfluxDB)",
    description="All relays: power, energy, contacts, events; from InfluxDB by InfluxQL.",
    kind=INFLUXDB,
    variables=[influxql.SITES, _LEAST, influxql.ZONE],
    rows=[_now(), _over_time(), _energy(), _relays()],
)
