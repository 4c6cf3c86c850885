"""A dashboard: its variables, its links to the others, its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.models import dashboard as models

from grafana.panels import Panel
from grafana.sources import INFLUXDB, PROMETHEUS, VARIABLE, source

TAG: Final = "relay-energy"  # all dashboards of ours; they link to each other by it
UID: Final = "relay-energy-"
# How Grafana's Prometheus data source calls what its variables may ask.
_LABELS: Final = 1
_RESULT: Final = 3
_KIND_TITLES: Final = {PROMETHEUS: "Prometheus", INFLUXDB: "InfluxDB"}

Variable = cog.Builder[models.VariableModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels below a title, from left to right."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; `name` is the last part of its uid and the name of its file."""

    name: str
    title: str
    description: str
    kind: str = PROMETHEUS
    variables: Sequence[Variable] = ()
    annotations: Sequence[cog.Builder[models.AnnotationQuery]] = ()
    rows: Sequence[Row] = ()
    span: str = "now-6h"  # what it shows at first
    refresh: str = "30s"
    tags: Sequence[str] = field(default_factory=tuple)

    def build(self) -> models.Dashboard:
        """Return it as Grafana reads it."""
        made = (
            dashboard.Dashboard(self.title)
            .uid(UID + self.name)
            .description(self.description)
            .tags([TAG, *self.tags])
            .timezone("browser")
            .time(self.span, "now")
            .refresh(self.refresh)
            .tooltip(models.DashboardCursorSync.CROSSHAIR)
            .link(_to_the_others())
            .with_variable(_chosen_source(self.kind))
        )
        for variable in self.variables:
            made = made.with_variable(variable)
        for annotation in self.annotations:
            made = made.annotation(annotation)
        for row in self.rows:
            made = made.with_row(dashboard.Row(row.title))
            for panel in row.panels:
                made = made.with_panel(panel)
        return made.build()


def _to_the_others() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Relay energy")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .keep_time(True)
        .include_vars(True)
    )


def _chosen_source(kind: str) -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable(VARIABLE).label(_KIND_TITLES[kind]).type(kind)


def choice(
    name: str,
    label: str,
    query: str,
    *,
    kind: str = PROMETHEUS,
    regex: str = "",
    several: bool = False,
) -> dashboard.QueryVariable:
    """Return a variable whose values a query gives; `several`: also all of them.

    In `regex` the groups `text` and `value` tell what is shown from what is asked.
    """
    wanted: str | dict[str, Any] = query
    if kind == PROMETHEUS:
        wanted = {
            "query": query,
            "refId": name,
            "qryType": _RESULT if query.startswith("query_result(") else _LABELS,
        }
    made = (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(source(kind))
        .query(wanted)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .regex(regex)
    )
    if several:
        made = made.multi(True).include_all(True).all_value(".*")
    return made


def event(
    name: str, color: str, *, expr: str, title: str, text: str = ""
) -> dashboard.AnnotationQuery:
    """Return an annotation at each moment at which a query of Prometheus is not 0."""
    return _Annotation(name, color, expr=expr, title=title, text=text)


class _Annotation(dashboard.AnnotationQuery):
    """With the keys that Grafana's Prometheus data source reads beside the SDK's."""

    def __init__(self, name: str, color: str, **keys: str) -> None:
        super().__init__()
        self.name(name).icon_color(color).enable(True).datasource(source(PROMETHEUS))
        self.expr(keys["expr"])
        self._keys = {
            "titleFormat": keys["title"],
            "textFormat": keys["text"],
            "step": "15s",
            "useValueForTime": False,
        }

    def build(self) -> models.AnnotationQuery:
        built = super().build()
        extra, plain = self._keys, built.to_json
        built.to_json = lambda: {**plain(), **extra}  # type: ignore[method-assign]
        return built
