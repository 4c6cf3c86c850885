"""pydantic's errors as sentences: the path in the file, what is wrong, what to do."""

import json
import re
from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from collector.config.places import Place, Spot, path_of, steps
from collector.config.section import Section

_MISSING = "this required key is missing"
_NOT_YET = "not available in this version; remove it"
_ANY_KIND = ("name", "kind", "the keys of that kind")
_NEAR_KEY = 0.6  # of 1, as difflib counts
_LONGEST_SHOWN = 60
_NEAR_WORD = 0.5  # S1 is near SI
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
    "too_short": "expected at least one",
}


def explain(
    error: ValidationError, schema: type[Section], hidden: set[Place]
) -> list[tuple[Place, str]]:
    """Return (place, sentence) of every problem; no value of a `hidden` place.

    A last step "a|b" of a place is one key that is missing under both names.
    """
    explained: list[tuple[Place, str]] = []
    errors = error.errors(include_url=False)
    for details in errors:
        spot = Spot(details["loc"], schema)
        if details["type"] == "too_short" and _has_inner(details["loc"], errors):
            continue  # pydantic counts only the items that were right
        if details["type"] == "problem":
            for where, sentence in details["ctx"]["parts"]:
                place = (*spot.place, *steps(where))
                explained.append((place, line(place, sentence)))
        else:
            place = (*spot.place, "kind") if _wrong_kind(details) else spot.place
            sentence = _sentence(details, spot)
            if place not in hidden:
                sentence += _got(details, spot)
            explained.append((place, line(place, sentence)))
    return explained


def line(place: Place, sentence: str) -> str:
    """Return the sentence behind the path that it is about."""
    path = path_of(place)
    return f"{path}: {sentence}" if path else sentence


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


def _wrong_kind(details: ErrorDetails) -> bool:
    return details["type"] in {"union_tag_not_found", "union_tag_invalid"}


def _sentence(details: ErrorDetails, spot: Spot) -> str:
    """Return one of pydantic's own errors in a person's words."""
    match details["type"]:
        case "extra_forbidden":
            return _unknown_key(str(spot.place[-1]), spot.around)
        case "missing":
            return _missing(spot.place[-1], spot.around)
        case "union_tag_not_found":
            return f"this required key is missing; one of {', '.join(spot.kinds)}"
        case "union_tag_invalid":
            return f"expected one of {', '.join(spot.kinds)}"
        case "model_type" | "model_attributes_type":
            known = spot.section.fields_by_key() if spot.section else _ANY_KIND
            return f"expected a section with {', '.join(known)}"
        case kind:
            return _SENTENCES.get(kind, details["msg"])


def _missing(key: str | int, section: type[Section] | None) -> str:
    if isinstance(key, int):
        return "a number is missing"
    hint = section.hints.get(key) if section is not None else None
    return f"this required key is missing; {hint}" if hint else _MISSING


def _got(details: ErrorDetails, spot: Spot) -> str:
    """Return what was found instead, and the nearest word that could be meant."""
    value, words = details["input"], spot.kinds
    match details["type"]:
        case "extra_forbidden" | "missing" | "union_tag_not_found" | "too_short":
            return ""  # it has no value worth showing
        case "union_tag_invalid":
            value = value["kind"]
        case "literal_error" | "enum":
            words = re.findall(r"'(\w+)'", details["ctx"]["expected"])
        case _:
            pass
    near = _nearest(value, words, _NEAR_WORD) if isinstance(value, str) else None
    return f", got {shown(value)}" + (f'; did you mean "{near}"?' if near else "")


def _unknown_key(key: str, section: type[Section] | None) -> str:
    if section is None:
        return "unknown key"
    if key in section.later:
        return _NOT_YET
    if key in section.refused:
        return section.refused[key]
    known = list(section.fields_by_key())
    near = _nearest(key, known, _NEAR_KEY)
    if near:
        return f'unknown key; did you mean "{near}"?'
    return f"unknown key; known here: {', '.join(known)}"


def _nearest(word: str, known: list[str], cutoff: float) -> str | None:
    """Return the known word that is nearest; None: none is, or several are alike."""
    by_small = {each.lower(): each for each in known}
    near = get_close_matches(word.lower(), by_small, n=2, cutoff=cutoff)
    if not near:
        return None
    likeness = [SequenceMatcher(a=each, b=word.lower()).ratio() for each in near]
    return by_small[near[0]] if likeness.count(likeness[0]) == 1 else None
