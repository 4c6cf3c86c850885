"""What somebody wants of a relay, and how a payload is read safely."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from collector.model.command import Action

# No request that a person or Home Assistant sends comes near these.
MOST_BYTES: Final = 4_096
MOST_DEPTH: Final = 16  # levels of JSON; the answer may carry a part of it back
MOST_ATTRIBUTES: Final = 16  # of one generic read; the answers would fill no frame
LONGEST_QUOTE: Final = 100  # characters of a stranger's text in one of our sentences

Channel = Literal["l1", "l2"]


@dataclass(frozen=True, slots=True)
class Switch:
    """Open, close or toggle a contact."""

    channel: Channel
    action: Action


@dataclass(frozen=True, slots=True)
class TimedOn:
    """Close a contact; the relay opens it by itself (ZCL 8, 3.8.2.3.6)."""

    channel: Channel
    on_seconds: float  # s, in tenths, 0 to 6553; 0: it stays closed
    off_wait: float  # s, in tenths, 0 to 6553: so long it stays open thereafter


@dataclass(frozen=True, slots=True)
class SetInterlock:
    """Keep the contacts from being closed both at once, or do not."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetMemory:
    """Restore the contacts after a power cut (power_outage_memory), or do not."""

    on: bool


@dataclass(frozen=True, slots=True)
class ReadState:
    """Ask the relay for a contact's state."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ReadPower:
    """Ask the relay for its power."""


@dataclass(frozen=True, slots=True)
class ReadInterlock:
    """Ask the relay for its interlock."""


@dataclass(frozen=True, slots=True)
class ShowMemory:
    """Publish the power_outage_memory that was last written; nobody can read it."""


@dataclass(frozen=True, slots=True)
class GenericRead:
    """Read any attributes of one cluster; names are Zigbee2MQTT's."""

    cluster: str | int
    attributes: tuple[str | int, ...]
    manufacturer: int | None  # manufacturer code
    endpoint: int  # 1 or 2


Intent = (
    Switch
    | TimedOn
    | SetInterlock
    | SetMemory
    | ReadState
    | ReadPower
    | ReadInterlock
    | ShowMemory
    | GenericRead
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is not done, or is done otherwise than it was written."""

    level: Literal["error", "warning"]
    message: str
    key: str  # the kind, of which there are few: to count, and to log it once


@dataclass(frozen=True, slots=True)
class Plan:
    """What one message asks for."""

    intents: tuple[Intent, ...] = ()
    problems: tuple[Problem, ...] = ()
    transaction: object | None = None  # to be sent back with the result
    keys: tuple[str, ...] = ()  # of each intent, its key in the published state


class PayloadError(ValueError):
    """A payload that cannot be used; `reason` is empty where there is no more to say.

    Of `parse_json` an empty one means: no JSON at all.
    """

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        super().__init__(reason)


def to_text(payload: bytes) -> str:
    """Return a payload's text; raise PayloadError for too long or not UTF-8."""
    if len(payload) > MOST_BYTES:
        raise PayloadError(f"longer than {MOST_BYTES} bytes")
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise PayloadError("not UTF-8") from None


def parse_json(text: str) -> Any:
    """Return what JSON says, such that it can be written again; raise PayloadError.

    Refused are keys given twice, numbers that are not finite, lone surrogates, and more
    levels than anybody needs.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_no_key_twice,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except PayloadError:
        raise
    except RecursionError:
        raise PayloadError("nested too deeply") from None
    except ValueError:  # also an integer with thousands of digits
        raise PayloadError from None
    _check(value, MOST_DEPTH)
    return value


def quoted(text: str) -> str:
    """Return the start of a stranger's text, on one line."""
    shown = "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape").decode()
        for character in text[:LONGEST_QUOTE]
    )
    short = len(text) <= LONGEST_QUOTE and len(shown) <= LONGEST_QUOTE
    return shown if short else f"{shown[: LONGEST_QUOTE - 1]}…"


def generic_read(value: Any, endpoint: int) -> GenericRead | None:
    """Return what the value of the key `read` asks for, or None for a wrong one."""
    fields = value if isinstance(value, dict) else {}
    cluster, attributes = fields.get("cluster"), fields.get("attributes")
    options = fields.get("options", {})
    if not isinstance(attributes, list) or not isinstance(options, dict):
        return None
    manufacturer = options.get("manufacturerCode")
    right = (
        0 < len(attributes) <= MOST_ATTRIBUTES
        and all(_identifier(item) for item in (cluster, *attributes))
        and (manufacturer is None or _sixteen_bits(manufacturer))
    )
    if not right:
        return None
    return GenericRead(fields["cluster"], tuple(attributes), manufacturer, endpoint)


def text_of(fields: Mapping[str, Any], key: str) -> str:
    """Return the text of a key that must have one; raise PayloadError."""
    value = fields.get(key)
    if not isinstance(value, str) or not value:
        raise PayloadError
    return value


def object_of(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the object of a key that must have one; raise PayloadError."""
    value = fields.get(key)
    if not isinstance(value, dict):
        raise PayloadError
    return value


def flag_of(fields: Mapping[str, Any], key: str) -> bool:
    """Return what is false unless it is said; raise PayloadError for no boolean."""
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise PayloadError(f"'{key}' must be true or false")
    return value


def _identifier(value: Any) -> bool:
    """Whether a cluster or an attribute can be called so."""
    return _sixteen_bits(value) or (isinstance(value, str) and 0 < len(value) <= 64)


def _sixteen_bits(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 0xFFFF


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise PayloadError(f"key '{quoted(key)}' is given twice")
            seen.add(key)
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise PayloadError("a number is too large")
    return number


def _no_constant(_text: str) -> NoReturn:
    raise PayloadError  # NaN and Infinity are no JSON


def _check(value: Any, levels: int) -> None:
    """Refuse what could not be written again: too deep, or no Unicode."""
    if levels == 0:
        raise PayloadError("nested too deeply")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise PayloadError("not Unicode") from None
    elif isinstance(value, list):
        for item in value:
            _check(item, levels - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, levels)
            _check(item, levels - 1)
