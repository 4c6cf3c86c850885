"""The JSON Schema that editors complete with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.config.load import json_schema
from collector.config.section import Section
from collector.config.yaml_text import parse

jsonschema = pytest.importorskip("jsonschema")  # zigpy brings it

EXAMPLE = Path(__file__).with_name("example.yaml")
STANDBY = {
    "name": "tv",
    "kind": "standby",
    "relay": "tv",
    "below": 5,
    "for_seconds": 60,
    "switch_off": ["l1"],
    "when_stale": {"off_after_seconds": 5},
    "restore": {"after_seconds": 5, "at_most": 1},
}


def sections(section: type[Section] = Section) -> Iterator[type[Section]]:
    for child in section.__subclasses__():
        if child.__module__.startswith("collector.config"):
            yield child
            yield from sections(child)


def example() -> dict[str, Any]:
    value = parse(EXAMPLE.read_text())
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("name", ["example.yaml", "policies.yaml"])
def test_the_schema_is_one_and_takes_the_examples(name: str) -> None:
    schema = json_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(
        parse(EXAMPLE.with_name(name).read_text())
    )


@pytest.mark.parametrize(
    "change",
    [
        {"sight": "home"},
        {"mode": "watch"},
        {"policies": [{"name": "x"}]},
        {"policies": [{**STANDBY, "when_stale": "assume_rated"}]},
        {"policies": [{**STANDBY, "clear": 6}]},
        {"policies": [{**STANDBY, "switch_off": ["l3"]}]},
        {"policies": [{**STANDBY, "class": "safety"}]},
        {"policies": [{**STANDBY, "restore": {"when_clear": False, "at_most": 1}}]},
        {"policies": [{**STANDBY, "relays": []}]},
        {"limits": {"switches_per_hour": 0}},
        {"limits": {"override_seconds": 604_801}},
        {"root": {"power_w": 3000}},
        {"radio": {"channel": 27}},
        {"staleness": {"power_seconds": "always"}},
        {"relays": [{"ieee": "boiler"}]},
        {"relays": [{"name": "boiler"}]},
        {"tariff": {"currency": "EUR", "periods": []}},
    ],
)
def test_the_schema_refuses_what_the_check_refuses(change: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())

    assert not validator.is_valid({**example(), **change})


def test_the_schema_takes_what_the_refused_ones_are_made_of() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())

    assert validator.is_valid({**example(), "policies": [STANDBY]})
    assert validator.is_valid(
        {**example(), "policies": [{**STANDBY, "relays": "*", "restore": "manual"}]}
    )


@pytest.mark.parametrize(
    "section", list(sections()), ids=lambda section: section.__name__
)
def test_every_key_says_what_it_means(section: type[Section]) -> None:
    assert section.__doc__
    for name, field in section.model_fields.items():
        described = field.description or any(
            getattr(item, "description", None) for item in field.metadata
        )
        assert described or name in {"gain", "points"}, name


def test_gain_and_points_are_described_too() -> None:
    properties = json_schema()["$defs"]["PowerCorrection"]["properties"]

    for name in ("gain", "points"):
        assert "description" in str(properties[name])
