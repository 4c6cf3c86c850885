"""Grafana's dashboard schema, by the models that its CUE sources were made into.

The SDK's models read and write, but check nothing. This walks a JSON document along their
annotations: a key that no model has, a wrong type, a missing key, a word that an
enumeration does not have, each with its path.
"""

import enum
import sys
import typing
from collections.abc import Callable, Iterator
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Final

from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import (
    bargauge,
    dashboard,
    gauge,
    histogram,
    piechart,
    prometheus,
    stat,
    statetimeline,
    statushistory,
    table,
    text,
    timeseries,
)

PANELS: Final[dict[str, Any]] = {
    module.variant_config().identifier: module
    for module in (
        bargauge,
        gauge,
        histogram,
        piechart,
        stat,
        statetimeline,
        statushistory,
        table,
        text,
        timeseries,
    )
}
# Read by Grafana's Prometheus data source; the schema only has `expr`.
_ANNOTATION: Final = {
    "titleFormat": str,
    "textFormat": str,
    "tagKeys": str,
    "step": str,
    "useValueForTime": bool,
}
# Of Grafana's InfluxDB data source (public/app/plugins/datasource/influxdb/types.ts,
# InfluxQuery), which has no schema: the keys of a query that is written as text.
_INFLUX: Final = {
    "refId": str,
    "datasource": dashboard.DataSourceRef,
    "query": str,
    "rawQuery": bool,
    "resultFormat": typing.Literal["time_series", "table", "logs"],
    "alias": str,
    "hide": bool,
}
# The same, where an annotation asks: AnnotationQuery's keys for its editor.
_INFLUX_ANNOTATION: Final = {
    "query": str,
    "fromAnnotations": bool,
    "titleColumn": str,
    "textColumn": str,
    "tagsColumn": str,
    "timeEndColumn": str,
    "type": str,
}
# @grafana/data's DataLink, which an override's links are. A panel's own links are written
# by the SDK as DashboardLink, which has the same keys and more.
_DATA_LINK: Final = {"title": str, "url": str, "targetBlank": bool, "oneClick": bool}
_PLAIN: Final = {str: str, bool: bool, int: int, float: (int, float)}

Wrongs = Iterator[str]


def wrongs(board: object) -> list[str]:
    """Return what is wrong with a dashboard, each with its path."""
    return list(_check(dashboard.Dashboard, board, "$"))


def _check(wanted: Any, value: object, path: str) -> Wrongs:
    if isinstance(wanted, partial):
        return wanted(value, path)  # type: ignore[no-any-return]
    if wanted in _PLAIN or wanted in (NoneType, Any, object):
        return _check_plain(wanted, value, path)
    if typing.get_origin(wanted) is not None:
        return _check_generic(wanted, value, path)
    if issubclass(wanted, enum.Enum):
        return _check_word(wanted, value, path)
    check = _check_query if wanted is Dataquery else partial(_check_model, wanted)
    return check(value, path)


def _check_generic(wanted: Any, value: object, path: str) -> Wrongs:
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, UnionType):
        yield from _check_union(inner, value, path)
    elif origin in (list, dict):
        yield from _check_many(wanted, value, path)
    elif value not in inner:
        yield f"{path}: {value!r} is none of {inner}"


def _check_word(wanted: type[enum.Enum], value: object, path: str) -> Wrongs:
    if value not in [each.value for each in wanted] or isinstance(value, bool):
        yield f"{path}: {value!r} is no {wanted.__name__}"


def _check_plain(wanted: Any, value: object, path: str) -> Wrongs:
    if wanted in (Any, object):
        return
    if wanted is NoneType:
        if value is not None:
            yield f"{path}: {value!r} is not null"
        return
    plain: Any = _PLAIN[wanted]
    # In Python, not in JSON, true is a number.
    if not isinstance(value, plain) or (isinstance(value, bool) and wanted is not bool):
        yield f"{path}: {value!r} is no {wanted.__name__}"


def _check_union(choices: tuple[Any, ...], value: object, path: str) -> Wrongs:
    """Complain as the choice does that fits best."""
    found = [list(_check(each, value, path)) for each in choices]
    if NoneType in choices and value is not None:
        del found[choices.index(NoneType)]
    yield from min(found, key=len)


def _check_many(wanted: Any, value: object, path: str) -> Wrongs:
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)[-1]
    if not isinstance(value, origin):
        yield f"{path}: {value!r} is no {origin.__name__}"
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _check(inner, each, f"{path}[{at}]")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _check(inner, each, f"{path}.{key}")


def _check_query(value: object, path: str) -> Wrongs:
    if isinstance(value, dict) and "expr" in value:
        yield from _check_model(prometheus.Dataquery, value, path)
    else:
        yield from _check_keys(_INFLUX, {"refId", "datasource"}, value, path)


def _check_model(
    model: type, value: object, path: str, more: dict[str, Any] | None = None
) -> Wrongs:
    keys, needed = _keys(model)
    special = _SPECIAL.get(model)
    if special is not None and isinstance(value, dict):
        more = special(value)
    yield from _check_keys({**keys, **(more or {})}, needed, value, path)


def _check_keys(
    keys: dict[str, Any], needed: set[str], value: object, path: str
) -> Wrongs:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    for key in sorted(needed - set(value)):
        yield f"{path}.{key}: is missing"
    for key, each in value.items():
        if key not in keys:
            yield f"{path}.{key}: there is no such key"
        else:
            yield from _check(keys[key], each, f"{path}.{key}")


@cache
def _keys(model: type) -> tuple[dict[str, Any], set[str]]:
    """Return the JSON keys of a model with their types, and those that must be."""
    hints = typing.get_type_hints(model, vars(sys.modules[model.__module__]))
    blank: Any = object.__new__(model)
    for name in hints:
        setattr(blank, name, name)
    names = {key: name for key, name in blank.to_json().items() if name in hints}
    assert set(names.values()) == set(hints), model
    keys = {key: hints[name] for key, name in names.items()}
    return keys, {
        key for key, hint in keys.items() if NoneType not in typing.get_args(hint)
    }


def _of_panel(value: dict[str, Any]) -> dict[str, Any]:
    """Return the types of what a panel's own type decides."""
    module = PANELS.get(str(value.get("type")))
    if module is None:
        return {"type": typing.Literal[tuple(PANELS)]}
    custom = getattr(module, "FieldConfig", NoneType)
    return {"options": module.Options, "fieldConfig": partial(_field_config, custom)}


def _field_config(custom: type, value: object, path: str) -> Wrongs:
    yield from _check_model(
        dashboard.FieldConfigSource,
        value,
        path,
        {
            "defaults": partial(_defaults, custom),
            "overrides": list[partial(_override, custom)],  # type: ignore[misc]
        },
    )


def _defaults(custom: type, value: object, path: str) -> Wrongs:
    yield from _check_model(dashboard.FieldConfig, value, path, {"custom": custom})


def _override(custom: type, value: object, path: str) -> Wrongs:
    each = partial(_property, custom)
    model = dashboard.DashboardFieldConfigSourceOverrides
    more = {"properties": list[each]}  # type: ignore[valid-type]
    yield from _check_model(model, value, path, more)


def _property(custom: type, value: object, path: str) -> Wrongs:
    """Check an override: its value has the type of the key that it overrides."""
    keys = dict(_keys(dashboard.FieldConfig)[0])
    if custom is not NoneType:
        keys |= {f"custom.{key}": each for key, each in _keys(custom)[0].items()}
    keys["links"] = list[partial(_check_keys, _DATA_LINK, {"title", "url"})]  # type: ignore[misc]
    name = value.get("id") if isinstance(value, dict) else None
    more = {"value": keys[name]} if name in keys else {"id": typing.Literal[*keys]}
    yield from _check_model(dashboard.DynamicConfigValue, value, path, more)


def _of_row(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": typing.Literal["row"]}


def _of_annotation(value: dict[str, Any]) -> dict[str, Any]:
    source = value.get("datasource")
    influx = isinstance(source, dict) and source.get("type") == "influxdb"
    if not influx:
        return dict(_ANNOTATION)
    query = {**_INFLUX_ANNOTATION, "refId": str, "name": str, "queryType": str}
    return {**_INFLUX_ANNOTATION, "target": partial(_check_keys, query, {"refId"})}


_SPECIAL: Final[dict[type, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    dashboard.Panel: _of_panel,
    dashboard.RowPanel: _of_row,
    dashboard.AnnotationQuery: _of_annotation,
}
