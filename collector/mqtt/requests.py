"""Requests to the bridge: what is asked, and how the answer is written.

The sentences are Zigbee2MQTT 2.14.1's. Where it is silent, as about what it does not know,
or takes "false" for true, we are not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from collector.mqtt.intents import (
    PayloadError,
    Problem,
    flag_of,
    object_of,
    parse_json,
    quoted,
    text_of,
    to_text,
)

LONGEST_JOIN: Final = 254  # s; Zigbee: 255 would mean for ever
INVALID: Final = "Invalid payload"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; a bare payload stands under the key it is short for."""

    name: str  # in small letters, as Zigbee2MQTT looks it up: device/rename
    data: dict[str, Any]
    transaction: object | None  # to be sent back


@dataclass(frozen=True, slots=True)
class PermitJoin:
    """Let devices join for a while."""

    seconds: int  # 0, which stops it, to 254
    device: str | None = None  # through this relay alone; name or address


@dataclass(frozen=True, slots=True)
class DeviceOptions:
    """Change options of a relay."""

    device: str  # name or address, here as in all that follow
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a relay another name."""

    device: str | None  # None: the one that joined last
    to: str
    homeassistant: bool = False  # Home Assistant's entities, too


@dataclass(frozen=True, slots=True)
class Remove:
    """Have a relay leave the network."""

    device: str
    force: bool = False  # forget it, even if it does not answer
    block: bool = False  # never let it join again


@dataclass(frozen=True, slots=True)
class Interview:
    """Ask a relay anew what it is."""

    device: str


@dataclass(frozen=True, slots=True)
class Configure:
    """Set a relay up anew."""

    device: str


OtaVerb = Literal["check", "update", "schedule", "unschedule", "abort"]


@dataclass(frozen=True, slots=True)
class OtaUpdate:
    """Look for a relay's firmware, or load it."""

    device: str
    verb: OtaVerb
    downgrade: bool = False


@dataclass(frozen=True, slots=True)
class MapNetwork:
    """Ask all who hears whom; the type is always raw."""

    routes: bool = False


@dataclass(frozen=True, slots=True)
class BridgeOptions:
    """Change options of the bridge."""

    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plain:
    """A request that is all said by its name."""

    name: Literal["restart", "backup", "health_check", "coordinator_check"]


@dataclass(frozen=True, slots=True)
class ResetPolicy:
    """Clear latch and counts of a policy."""

    policy: str


Wish = (
    PermitJoin
    | DeviceOptions
    | Rename
    | Remove
    | Interview
    | Configure
    | OtaUpdate
    | MapNetwork
    | BridgeOptions
    | Plain
    | ResetPolicy
)


def parse_request(name: str, payload: bytes) -> Request | Problem:
    """Return the request of a topic B/bridge/request/NAME, or why it is none."""
    name = name.lower()
    try:
        data = _data(name, to_text(payload).strip())
    except PayloadError:
        return Problem("error", INVALID, "invalid_payload")
    return Request(name, data, data.pop("transaction", None))


def understand(request: Request) -> Wish | str:
    """Return what is wanted, or a sentence about what is wrong with it."""
    reader = _READERS.get(request.name)
    if reader is None:
        if request.name in KNOWN_UNSUPPORTED:
            return f"Request '{request.name}' is not supported by this collector"
        return f"Request '{quoted(request.name)}' does not exist"
    try:
        return reader(request.data)
    except PayloadError as error:
        return error.reason or INVALID


def response(
    result: Mapping[str, Any] | str, transaction: object | None = None
) -> dict[str, Any]:
    """Return the answer: `result` is its data or, where that is a string, the error."""
    answer: dict[str, Any] = {"data": {}, "status": "error", "error": result}
    if not isinstance(result, str):
        answer = {"data": dict(result), "status": "ok"}
    if transaction is not None:
        answer["transaction"] = transaction
    return answer


def _data(name: str, text: str) -> dict[str, Any]:
    """Return a payload's keys; raise PayloadError for what cannot be one's payload."""
    try:
        value = parse_json(text)
    except PayloadError as error:
        # Of a word, such as a name, Zigbee2MQTT needs no quotes.
        if error.reason or text[:1] in {"{", "["}:
            raise
        value = text
    if isinstance(value, dict):
        return value
    if name in _BARE:
        return _BARE[name](value, text)
    if name in SUPPORTED and name not in _PLAIN:
        raise PayloadError
    return {}


def _bare_time(value: Any, text: str) -> dict[str, Any]:
    return {"time": {"true": LONGEST_JOIN, "false": 0}.get(text.lower(), value)}


def _bare_device(value: Any, text: str) -> dict[str, Any]:
    """A relay may be called 12 or true: the text counts, unless it has quotes."""
    if isinstance(value, list):
        raise PayloadError
    return {"id": value if isinstance(value, str) else text}


def _permit_join(data: Mapping[str, Any]) -> PermitJoin:
    limits = f"0 to {LONGEST_JOIN} seconds"
    if "value" in data:
        raise PayloadError(f"'value' is not supported, use 'time': {limits}")
    time = data.get("time")
    if time is None:
        raise PayloadError
    if isinstance(time, str) and len(time) <= 3 and time.isascii() and time.isdigit():
        time = int(time)
    if type(time) not in {int, float} or not 0 <= time <= LONGEST_JOIN or time % 1:
        raise PayloadError(f"'time' must be {limits}")
    device = data.get("device")
    if device is not None and not isinstance(device, str):
        raise PayloadError
    return PermitJoin(int(time), device or None)


def _rename(data: Mapping[str, Any]) -> Rename:
    last = flag_of(data, "last")
    return Rename(
        device=None if last else text_of(data, "from"),
        to=text_of(data, "to"),
        homeassistant=flag_of(data, "homeassistant_rename"),
    )


def _remove(data: Mapping[str, Any]) -> Remove:
    return Remove(text_of(data, "id"), flag_of(data, "force"), flag_of(data, "block"))


def _map(data: Mapping[str, Any]) -> MapNetwork:
    kind = data.get("type")
    if kind != "raw":
        shown = quoted(kind) if isinstance(kind, str) else "undefined"
        raise PayloadError(f"Type '{shown}' not supported, allowed are: raw")
    return MapNetwork(flag_of(data, "routes"))


def _ota(verb: OtaVerb, *, downgrade: bool) -> Callable[[Mapping[str, Any]], Wish]:
    def read(data: Mapping[str, Any]) -> OtaUpdate:
        for key in ("url", "hex"):
            if data.get(key) is not None:  # another firmware than ours would be loaded
                raise PayloadError(f"'{key}' is not supported by this collector")
        return OtaUpdate(text_of(data, "id"), verb, downgrade)

    return read


def _plain(name: Any) -> Callable[[Mapping[str, Any]], Wish]:
    return lambda _data: Plain(name)


_OTA: Final = "device/ota_update"
_OTA_VERBS: Final[tuple[OtaVerb, ...]] = ("check", "update", "schedule", "unschedule")
_PLAIN: Final = ("restart", "backup", "health_check", "coordinator_check")
_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Wish]]] = {
    "permit_join": _permit_join,
    "device/options": lambda d: DeviceOptions(
        text_of(d, "id"), object_of(d, "options")
    ),
    "device/rename": _rename,
    "device/remove": _remove,
    "device/interview": lambda data: Interview(text_of(data, "id")),
    "device/configure": lambda data: Configure(text_of(data, "id")),
    "networkmap": _map,
    "options": lambda data: BridgeOptions(object_of(data, "options")),
    "policy/reset": lambda data: ResetPolicy(text_of(data, "name")),
    **{name: _plain(name) for name in _PLAIN},
    **{f"{_OTA}/{verb}": _ota(verb, downgrade=False) for verb in _OTA_VERBS},
    **{f"{_OTA}/{verb}/downgrade": _ota(verb, downgrade=True) for verb in _OTA_VERBS},
    f"{_OTA}/update/abort": _ota("abort", downgrade=False),
}
SUPPORTED: Final = frozenset(_READERS)
# Zigbee2MQTT's other requests.
KNOWN_UNSUPPORTED: Final = frozenset(
    f"{area}/{word}"
    for area, words in {
        "group": "add remove rename options",
        "group/members": "add remove remove_all",
        "device": "bind unbind binds/clear configure_reporting "
        "generate_external_definition",
        "device/reporting": "configure read",
        "touchlink": "scan identify factory_reset",
        "install_code": "add",
        "extension": "save remove",
        "converter": "save remove",
    }.items()
    for word in words.split()
) | {"action"}
_BARE: Final[Mapping[str, Callable[[Any, str], dict[str, Any]]]] = {
    "permit_join": _bare_time,
    "networkmap": lambda value, _text: {"type": value},
    **{
        name: _bare_device
        for name in SUPPORTED
        if name.startswith(_OTA) or name in {"device/remove", "device/configure"}
    },
}
