"""Panels of the kinds that the dashboards use; none without description and unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    stat as stats,
    statetimeline,
    table as tables,
    timeseries,
)
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.models import (
    common as common_models,
    dashboard as models,
)

from grafana import look
from grafana.sources import Query, source

Panel = cog.Builder[models.Panel]
_Builder = TypeVar(
    "_Builder",
    stats.Panel,
    timeseries.Panel,
    tables.Panel,
    statetimeline.Panel,
    bargauge.Panel,
)

WHOLE: Final = 24  # columns of Grafana's grid
_NAMES: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a panel of any kind says and how it counts.

    `thresholds`: colours from a value on; `words`: texts for values; `relative`: a
    range of its own, such as "now/d"; `interval`: the least step; `points`: the most of
    a series, for queries of very many series; `no_value`: shown where nothing is the
    answer.
    """

    title: str
    description: str
    unit: str
    width: int = 12
    height: int = 8
    decimals: int | None = None
    lowest: float | None = None
    highest: float | None = None
    thresholds: dashboard.ThresholdsConfig | None = None
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    relative: str | None = None
    interval: str | None = None
    points: int | None = None
    no_value: str | None = None
    link: tuple[str, str] | None = None  # title and URL behind each value


def stat(face: Face, *queries: Query, sparkline: bool = False) -> Panel:
    """Return the newest value of each series, large.

    Without a sparkline a series that has ended has no value, as the past is not asked.
    """
    if not sparkline:
        queries = tuple(query.now() for query in queries)
    mode = common_models.BigValueGraphMode
    colour = common_models.BigValueColorMode
    panel = (
        _faced(stats.Panel(), face, queries)
        .reduce_options(look.last_value())
        .graph_mode(mode.AREA if sparkline else mode.NONE)
        .color_mode(colour.VALUE)
    )
    if face.thresholds is None:
        panel = panel.thresholds(look.steps(look.BLUE))
    return panel


def series(
    face: Face,
    *queries: Query,
    stacked: bool = False,
    bars: bool = False,
    calculations: bool = True,
) -> Panel:
    """Return values over time, as lines or bars, one upon the other if `stacked`."""
    style = common_models.GraphDrawStyle
    panel = (
        _faced(timeseries.Panel(), face, queries)
        .legend(look.legend(calculations=calculations))
        .tooltip(look.tooltip())
        .draw_style(style.BARS if bars else style.LINE)
        .line_width(1)
        .fill_opacity(70 if bars else 25 if stacked else 8)
        .show_points(common_models.VisibilityMode.NEVER)
        # A gauge that left the exposition is a gap, not a line over it.
        .span_nulls(False)
    )
    if face.thresholds is not None:
        lines = common_models.GraphThresholdsStyleMode.DASHED
        panel = panel.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(lines)
        ).color_scheme(look.by_color(models.FieldColorModeId.PALETTE_CLASSIC))
    if stacked:
        normal = common_models.StackingMode.NORMAL
        panel = panel.stacking(common.StackingConfig().mode(normal).group("A"))
    return panel


def timeline(face: Face, *queries: Query) -> Panel:
    """Return states over time, one row a series; `face.words` names the states."""
    return (
        _faced(statetimeline.Panel(), face, queries)
        .merge_values(True)
        .show_value(common_models.VisibilityMode.AUTO)
        .row_height(0.8)
        .legend(look.legend(calculations=False))
        .tooltip(look.tooltip())
    )


def ranking(face: Face, *queries: Query) -> Panel:
    """Return the newest values as horizontal bars, as the query sorts them."""
    panel = (
        _faced(bargauge.Panel(), face, queries)
        .orientation(common_models.VizOrientation.HORIZONTAL)
        .display_mode(common_models.BarGaugeDisplayMode.GRADIENT)
        .reduce_options(look.last_value())
        .name_placement(common_models.BarGaugeNamePlacement.LEFT)
        .value_mode(common_models.BarGaugeValueMode.TEXT)
        # Three relays are no reason for letters of an inch.
        .text(common.VizTextDisplayOptions().title_size(14).value_size(16))
        .sizing(common_models.BarGaugeSizing.MANUAL)
        .max_viz_height(48)
    )
    if face.thresholds is None:
        panel = panel.thresholds(look.steps(look.BLUE))
    return panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: the field as the query calls it, and how it is shown."""

    name: str  # such as "Value #A", or a label
    title: str
    unit: str | None = None
    decimals: int | None = None
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    link: tuple[str, str] | None = None
    hidden: bool = False
    width: int | None = None


def table(
    face: Face,
    columns: Sequence[Column],
    *queries: Query,
    key: str,
    sort: tuple[str, bool] | None = None,
) -> Panel:
    """Return a table: the queries' rows joined by the field `key`, these columns only.

    `sort` is a title, and whether the greatest comes first.
    """
    shown = [each for each in columns if not each.hidden]
    panel = _faced(tables.Panel(), face, queries).with_transformation(
        models.DataTransformerConfig(
            id_val="joinByField", options={"byField": key, "mode": "outer"}
        )
        if len(queries) > 1
        else models.DataTransformerConfig(id_val="merge", options={})
    )
    panel = panel.with_transformation(
        models.DataTransformerConfig(
            id_val="filterFieldsByName",
            options={"include": {"names": [each.name for each in columns]}},
        )
    ).with_transformation(
        models.DataTransformerConfig(
            id_val="organize",
            options={
                "excludeByName": {},
                "indexByName": {each.name: at for at, each in enumerate(columns)},
                "renameByName": {each.name: each.title for each in shown},
            },
        )
    )
    for column in columns:
        panel = panel.override_by_name(
            column.name if column.hidden else column.title, _properties(column)
        )
    if sort is not None:
        by = common.TableSortByFieldState().display_name(sort[0]).desc(sort[1])
        panel = panel.sort_by([by])
    return panel


def _properties(column: Column) -> list[models.DynamicConfigValue]:
    value = models.DynamicConfigValue
    found = []
    if column.unit is not None:
        found.append(value(id_val="unit", value=column.unit))
    if column.decimals is not None:
        found.append(value(id_val="decimals", value=column.decimals))
    if column.words:
        found += [
            value(id_val="mappings", value=look.words(column.words)),
            value(id_val="custom.cellOptions", value={"type": "color-text"}),
        ]
    if column.link is not None:
        title, url = column.link
        found.append(value(id_val="links", value=[{"title": title, "url": url}]))
    if column.width is not None:
        found.append(value(id_val="custom.width", value=column.width))
    if column.hidden:
        found.append(value(id_val="custom.hidden", value=True))
    return found


def _faced(panel: _Builder, face: Face, queries: Sequence[Query]) -> _Builder:
    """Say what every panel says, and ask its queries."""
    panel = (
        panel.title(face.title)
        .description(face.description)
        .unit(face.unit)
        .span(face.width)
        .height(face.height)
        .datasource(source(queries[0].kind))
    )
    for name, query in zip(_NAMES, queries, strict=False):
        panel = panel.with_target(query.target(name))
    _numbers(panel, face)
    if face.thresholds is not None:
        panel.thresholds(face.thresholds)
    if face.words:
        panel.mappings(look.words(face.words))
    _times(panel, face)
    if face.no_value is not None:
        panel.no_value(face.no_value)
    if face.link is not None:
        title, url = face.link
        panel = panel.data_links([dashboard.DashboardLink(title).url(url)])
    return panel


def _times(panel: _Builder, face: Face) -> None:
    if face.relative is not None:
        panel.time_from(face.relative)
        # Titles say "today" and "this month"; there is no room to say it twice.
        panel.hide_time_override(face.relative.startswith("now/"))
    if face.interval is not None:
        panel.interval(face.interval)
    if face.points is not None:
        panel.max_data_points(face.points)


def _numbers(panel: _Builder, face: Face) -> None:
    if face.decimals is not None:
        panel.decimals(face.decimals)
    if face.lowest is not None:
        panel.min(face.lowest)
    if face.highest is not None:
        panel.max(face.highest)
