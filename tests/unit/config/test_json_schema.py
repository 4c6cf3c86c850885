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


def sections(section: type[Section] = Section) -> Iterator[type[Section]]:
    for child in section.__subclasses__():
        if child.__module__.startswith("collector.config"):
            yield child
            yield from sections(child)


def example() -> dict[str, Any]:
    value = parse(EXAMPLE.read_text())
    assert isinstance(value, dict)
    return value


def test_the_schema_is_one_and_takes_the_example() -> None:
    schema = json_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(example())


@pytest.mark.parametrize(
    "change",
    [
        {"sight": "home"},
        {"mode": "watch"},
        {"policies": [{"name": "x"}]},
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
