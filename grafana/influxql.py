"""What the dashboards in InfluxQL have in common.

InfluxQL cannot join. A table gets its names from a query of its own: joined by address
in Grafana where a relay has one row, else as texts for the addresses. A graph shows
addresses; a click on one shows the relay, and its name.
"""

from copy import copy
from typing import Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.models import dashboard as models

from grafana.board import choice
from grafana.panels import Column, Face, Panel, table
from grafana.sources import INFLUXDB, InfluxQL, source

SITE: Final = '"site" =~ /^$site$/'
THIS: Final = "\"ieee\" = '$relay'"  # the chosen relay
WHEN: Final = "$timeFilter"
STEP: Final = "time($__interval)"
FRESH: Final = "15m"  # a relay reports everything every 2-5 minutes
J_PER_KWH: Final = 3_600_000

_SAME: Final = "${datasource:queryparam}&${__url_time_range}"
_RELAY: Final = "/d/relay-energy-relay-influxdb?var-relay="
RELAY_OF_SERIES: Final = (
    "Show this relay",
    f"{_RELAY}${{__field.labels.ieee}}&{_SAME}",
)
# The raw value: what is shown may be the name.
RELAY_OF_CELL: Final = ("Show this relay", f"{_RELAY}${{__value.raw}}&{_SAME}")


def select(
    what: str, origin: str, *where: str, by: str = "", fill: str = "", rest: str = ""
) -> str:
    """Return a query; `origin` is a measurement, or another query."""
    words = ["SELECT", what, "FROM"]
    words.append(f"({origin})" if " " in origin else f'"{origin}"')
    if where:
        words += ["WHERE", " AND ".join(where)]
    if by:
        words += ["GROUP BY", by]
    if fill:
        words.append(f"fill({fill})")
    return " ".join([*words, rest]).strip()


def lasts(*fields: str) -> str:
    """Return what asks for the newest value of each field, named as the field is."""
    return ", ".join(f'last("{field}") AS "{field}"' for field in fields)


def names(where: str) -> str:
    """Return a query of the last name of each relay; a name is older than any range."""
    return select(lasts("name"), "relay_info", where, by='"ieee"')


def energy(where: str, *, step: str = "", relays: bool = False, zone: str = "") -> str:
    """Return a query of kWh: of all relays or of each, at once or for each `step`.

    What the counter rose from point to point, summed up: right also where it began anew,
    and from the first hour on, where the last values of two hours would have no difference.
    """
    rises = select(
        'non_negative_difference("energy_j") AS "rise"',
        "relay",
        where,
        WHEN,
        by='"ieee"',
    )
    by = [f"time({step})"] if step else []
    return select(
        f'sum("rise") / {J_PER_KWH} AS "energy"',
        rises,
        WHEN,
        by=", ".join([*by, *(['"ieee"'] if relays else [])]),
        fill="none" if step else "",
        rest=f"tz('{zone}')" if zone else "",
    )


def picked(
    name: str, label: str, query: str, *, several: bool = False
) -> dashboard.QueryVariable:
    """Return a variable whose values a query gives."""
    made = choice(name, label, query, kind=INFLUXDB, several=several)
    return made.query({"query": query, "refId": name})


SITES: Final = picked(
    "site", "Site", 'SHOW TAG VALUES FROM "relay" WITH KEY = "site"', several=True
)
ZONE: Final = (
    dashboard.TextBoxVariable("timezone")
    .label("Time zone of days")
    .description("InfluxDB cuts days where this zone does, such as Europe/Berlin.")
    .default_value("UTC")
)


def happened(name: str, color: str, where: str) -> dashboard.AnnotationQuery:
    """Return annotations of the points of `relay_event`, with their reasons.

    Grafana leaves out a row of which one column is empty: only what all have is asked.
    """
    return _Annotation(
        name,
        color,
        select('"reason", "kind"', "relay_event", where, WHEN),
    )


class _Annotation(dashboard.AnnotationQuery):
    """With the keys of Grafana's InfluxDB data source, of which the SDK has no model.

    It reads them of the target since Grafana 9, and of the annotation itself before.
    """

    def __init__(self, name: str, color: str, query: str) -> None:
        super().__init__()
        self.name(name).icon_color(color).enable(True).datasource(source(INFLUXDB))
        columns = {"textColumn": "reason", "tagsColumn": "kind", "titleColumn": ""}
        self._keys = {
            "query": query,
            **columns,
            "target": {
                "refId": "Anno",
                "name": name,
                "query": query,
                "queryType": "tags",
                "fromAnnotations": True,
                **columns,
            },
        }

    def build(self) -> models.AnnotationQuery:
        built = super().build()
        extra, plain = self._keys, built.to_json
        built.to_json = lambda: {**plain(), **extra}  # type: ignore[method-assign]
        return built


class _Named(cog.Builder[models.Panel]):
    """A table of one query, with names instead of the addresses of a column."""

    def __init__(self, panel: Panel, names: InfluxQL) -> None:
        self._panel, self._names = panel, names

    def build(self) -> models.Panel:
        built = copy(self._panel.build())  # a second build begins with the same panel
        named = models.DataTransformerConfig(
            id_val="configFromData",
            options={
                "configRefId": self._names.name,
                "applyTo": {"id": "byName", "options": "ieee"},
                "mappings": [
                    {"fieldName": "Time", "handlerKey": "__ignore"},
                    {"fieldName": "ieee", "handlerKey": "mappings.value"},
                    {"fieldName": "name", "handlerKey": "mappings.text"},
                ],
            },
        )
        built.transformations = [named, *(built.transformations or [])]
        built.targets = [*(built.targets or []), self._names.target("").build()]
        return built


def event_table(title: str, description: str, where: str) -> Panel:
    """Return the newest events: what happened to which relay, and why."""
    columns = [
        Column(name="Time", title="Time", width=170),
        Column(name="ieee", title="Relay", link=RELAY_OF_CELL, width=170),
        Column(name="kind", title="Kind", width=90),
        Column(name="channel", title="Channel", width=80),
        Column(name="rule", title="Policy", width=150),
        Column(name="action", title="Action", width=80),
        Column(name="outcome", title="Outcome", width=100),
        Column(name="origin", title="Origin", width=80),
        Column(name="latency_s", title="Latency", unit="s", decimals=3, width=90),
        Column(name="reason", title="Reason"),
    ]
    fields = ", ".join(f'"{each.name}"' for each in columns[1:])
    panel = table(
        Face(
            title=title,
            description=description,
            unit="none",
            width=24,
            height=9,
            no_value="none in this time",
        ),
        columns,
        InfluxQL(
            text=select(
                fields,
                "relay_event",
                where,
                WHEN,
                rest="ORDER BY time DESC LIMIT 100",
            ),
            table=True,
        ),
        key="ieee",
    )
    return _Named(panel, InfluxQL(text=names(SITE), table=True, name="names"))
