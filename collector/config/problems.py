"""pydantic's errors as sentences: the path in the file, what is wrong, what to do."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from collector.config.section import Section

Place = tuple[str | int, ...]

_NOT_YET = "not available in this version; remove it"
_LONGEST_SHOWN = 60
_WHOLE = "expected a whole number (the unit stands in the key's name)"
_NUMBER = "expected a plain number (the unit stands in the key's name)"
# pydantic's error types in a person's words; the rest is clear as pydantic says it.
_SENTENCES = {
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "string_type": "expected text; put it in quotes",
    "path_type": "expected a path; put it in quotes",
    "bool_parsing": "expected true or false",
    "bool_type": "expected true or false",
    "dict_type": "expected a section",
}


def explain(
    error: ValidationError, schema: type[Section], hidden: set[Place]
) -> list[tuple[Place, str]]:
    """Return (place, sentence) of every problem; no value of a `hidden` place."""
    explained: list[tuple[Place, str]] = []
    errors = error.errors(include_url=False)
    for details in errors:
        place = details["loc"]
        if details["type"] == "too_short" and _has_inner(place, errors):
            continue  # pydantic counts only the items that were right
        if details["type"] == "problem":
            for where, sentence in details["ctx"]["parts"]:
                inner = (*place, *_steps(where))
                explained.append((inner, _line(inner, sentence)))
        else:
            sentence = _sentence(details, schema)
            if _shows_input(details) and place not in hidden:
                sentence += f", got {shown(details['input'])}"
            explained.append((place, _line(place, sentence)))
    return explained


def shown(value: Any) -> str:
    """Return a short form of a value, fit for a terminal."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case Mapping():
            return "a section"
        case list() | tuple():
            return "a list"
        case str():
            cut = value if len(value) <= _LONGEST_SHOWN else f"{value[:50]}…"
            text = json.dumps(cut, ensure_ascii=False)
            return text.encode("utf-8", "backslashreplace").decode()
        case _:
            return str(value)


def _has_inner(place: Place, errors: list[ErrorDetails]) -> bool:
    return any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place
        for other in errors
    )


def _steps(where: str) -> Place:
    """Return the place of a dotted path."""
    steps = where.split(".") if where else []
    return tuple(int(step) if step.isdigit() else step for step in steps)


def _line(place: Place, sentence: str) -> str:
    path = ".".join(map(str, place)).encode("utf-8", "backslashreplace").decode()
    return f"{path}: {sentence}" if path else sentence


def _sentence(details: ErrorDetails, schema: type[Section]) -> str:
    place, kind = details["loc"], details["type"]
    if place[:1] == ("policies",):
        return _NOT_YET
    match kind:
        case "extra_forbidden":
            return _unknown_key(place, schema)
        case "missing":
            what = "a number" if isinstance(place[-1], int) else "this required key"
            return f"{what} is missing"
        case "model_type":
            section = _section_at(place, schema) or schema
            return f"expected a section with {', '.join(section.model_fields)}"
        case _:
            return _SENTENCES.get(kind, details["msg"])


def _shows_input(details: ErrorDetails) -> bool:
    """A policy, an unknown key or a missing one has no value worth showing."""
    return details["type"] not in {"extra_forbidden", "missing"} and details["loc"][
        :1
    ] != ("policies",)


def _unknown_key(place: Place, schema: type[Section]) -> str:
    section, key = _section_at(place[:-1], schema), str(place[-1])
    if section is None:
        return "unknown key"
    if key in section.later:
        return _NOT_YET
    known = list(section.model_fields)
    near = get_close_matches(key.lower(), known, n=1)
    if near:
        return f'unknown key; did you mean "{near[0]}"?'
    return f"unknown key; known here: {', '.join(known)}"


def _section_at(place: Place, schema: type[Section]) -> type[Section] | None:
    """Return the section class at a place in the file."""
    section: type[Section] | None = schema
    for step in place:
        if section is None or isinstance(step, int):
            continue
        field = section.model_fields.get(step)
        section = _section_in(field.annotation) if field is not None else None
    return section


def _section_in(annotation: Any) -> type[Section] | None:
    """Return the section class inside Optional[...], tuple[...] and the like."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    for inner in get_args(annotation):
        found = _section_in(inner)
        if found is not None:
            return found
    return None
