"""One relay in InfluxQL: who it is, and its newest values."""

from grafana import influxql, look
from grafana.board import Row
from grafana.influxql import FRESH, THIS, WHEN, lasts, select
from grafana.panels import Column, Face, Panel, stat, table
from grafana.sources import InfluxQL


def _last(field: str) -> InfluxQL:
    return InfluxQL(text=select(lasts(field), "relay", THIS, WHEN))


def _small(
    title: str,
    description: str,
    unit: str,
    query: InfluxQL,
    *,
    relative: str = FRESH,
    decimals: int | None = None,
) -> Panel:
    face = Face(
        title=title,
        description=description,
        unit=unit,
        width=4,
        height=4,
        relative=relative,
        decimals=decimals,
    )
    return stat(face, query)


def relay_now() -> Row:
    """Return the row at the top; its title is the relay's name."""
    fresh = "The last value, none older than 15 minutes."
    energy = InfluxQL(text=influxql.energy(THIS))
    return Row(
        title="$name",
        panels=[
            _small("Power", fresh, look.WATT, _last("power_w")),
            _small("Voltage", fresh, look.VOLT, _last("voltage_v"), decimals=1),
            _small(
                "Temperature",
                "Of the relay's chip; none older than 15 minutes.",
                look.CELSIUS,
                _last("temperature_c"),
                decimals=0,
            ),
            _small(
                "Link quality",
                "0-255, of the last frame; none older than 15 minutes.",
                look.NUMBER,
                _last("link_quality"),
            ),
            _small(
                "Energy today",
                "Since midnight, in the time zone of your browser.",
                look.KILOWATT_HOUR,
                energy,
                relative="now/d",
            ),
            _small(
                "Energy this month",
                "Since the first of the month.",
                look.KILOWATT_HOUR,
                energy,
                relative="now/M",
            ),
            _who(),
            _heard(),
        ],
    )


def _who() -> Panel:
    titles = {
        "name": "Name",
        "name_l1": "l1",
        "name_l2": "l2",
        "model": "Model",
        "firmware": "Firmware",
    }
    return table(
        Face(
            title="Who it is",
            description="Names as last configured, model and firmware.",
            unit=look.WORD,
            width=16,
            height=4,
        ),
        [Column(name=name, title=title) for name, title in titles.items()],
        InfluxQL(text=select(lasts(*titles), "relay_info", THIS), table=True),
        key="ieee",
    )


def _heard() -> Panel:
    return table(
        Face(
            title="Last values",
            description="When the last value came, within the time that is shown, and "
            "what the energy counter was then.",
            unit=look.NUMBER,
            width=8,
            height=4,
        ),
        [
            Column(name="Time", title="Age", unit=look.SINCE),
            Column(name="energy", title="Counter", unit=look.KILOWATT_HOUR),
        ],
        InfluxQL(
            text=select(
                f'last("energy_j") / {influxql.J_PER_KWH} AS "energy"',
                "relay",
                THIS,
                WHEN,
            ),
            table=True,
        ),
        key="ieee",
    )
