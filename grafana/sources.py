"""Data sources, and queries that a panel asks of them."""

from dataclasses import dataclass, replace
from typing import Final, Self

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog import builder as cog, variants
from grafana_foundation_sdk.models import (
    dashboard as models,
    prometheus as prometheus_models,
)

PROMETHEUS: Final = "prometheus"
INFLUXDB: Final = "influxdb"
# The dashboard's variable: the reader chooses which of his servers is asked.
VARIABLE: Final = "datasource"


def source(kind: str) -> models.DataSourceRef:
    """Return the data source that the dashboard's variable names."""
    return models.DataSourceRef(type_val=kind, uid=f"${{{VARIABLE}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromQL:
    """A query of Prometheus; `legend` as `{{name}}`."""

    expr: str
    legend: str = ""
    instant: bool = False  # the value at the end of the range; else over the range
    table: bool = False  # one row a series, the labels as columns
    name: str = ""  # refId; A, B, C … where it is empty

    kind = PROMETHEUS

    def now(self) -> Self:
        """Return it for the end of the range alone."""
        return replace(self, instant=True)

    def target(self, name: str) -> cog.Builder[variants.Dataquery]:
        """Return it as a panel's target."""
        query = (
            prometheus.Dataquery()
            .ref_id(self.name or name)
            .datasource(source(PROMETHEUS))
            .expr(self.expr)
            .legend_format(self.legend or "__auto")
            .editor_mode(prometheus_models.QueryEditorMode.CODE)
        )
        query = query.instant() if self.instant else query.range()
        if self.table:
            query = query.format(prometheus_models.PromQueryFormat.TABLE)
        return query


class _InfluxTarget(variants.Dataquery, cog.Builder[variants.Dataquery]):
    """A target in InfluxQL, of which the SDK has no model.

    The keys are those of Grafana's InfluxDB data source: `rawQuery` says that `query`
    is the text as written, and not what its query builder would make of other keys.
    """

    def __init__(self, query: "InfluxQL", name: str) -> None:
        self._query, self._name = query, name

    def build(self) -> Self:
        return self

    def to_json(self) -> dict[str, object]:
        query = self._query
        return {
            "refId": query.name or self._name,
            "datasource": source(INFLUXDB),
            "query": query.text,
            "rawQuery": True,
            "resultFormat": "table" if query.table else "time_series",
            **({"alias": query.legend} if query.legend else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxQL:
    """A query of InfluxDB; `legend` as `$tag_ieee`."""

    text: str
    legend: str = ""
    table: bool = False
    name: str = ""

    kind = INFLUXDB

    def now(self) -> Self:
        """Return it as it is: its text says which time it asks for."""
        return self

    def target(self, name: str) -> cog.Builder[variants.Dataquery]:
        """Return it as a panel's target."""
        return _InfluxTarget(self, name)


Query = PromQL | InfluxQL
