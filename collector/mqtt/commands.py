"""What a message to a relay's /set or /get asks for, in Zigbee2MQTT's words.

The sentences are those that Zigbee2MQTT 2.14.1 logs (tests/zigbee2mqtt); so is the order:
`state` first, or last where it is OFF, everything else as it was written.
"""

from collections.abc import Mapping
from json import JSONEncoder
from typing import Any, Final, Literal

from collector.model.command import Action
from collector.mqtt.intents import (
    Channel,
    Intent,
    PayloadError,
    Plan,
    Problem,
    ReadInterlock,
    ReadPower,
    ReadState,
    SetInterlock,
    SetMemory,
    ShowMemory,
    Switch,
    TimedOn,
    generic_read,
    parse_json,
    quoted,
    to_text,
)

MOST_KEYS: Final = 64  # of one message; each may cost a sentence
LONGEST_TIME: Final = 6553  # s; tenths of it in 16 bits, and 0xFFFF is "for ever"

_CHANNELS: Final[tuple[Channel, ...]] = ("l1", "l2")
_ENDPOINTS: Final = {"l1": 1, "l2": 2}
_TIMES: Final = ("on_time", "off_wait_time")
# Bare words that Zigbee2MQTT takes for a state; half of them no relay can follow.
_WORDS: Final = frozenset({"on", "off", "toggle", "open", "close", "stop", "lock"}) | {
    "unlock"
}
_SWITCHES: Final[Mapping[str, type[SetInterlock] | type[SetMemory]]] = {
    "interlock": SetInterlock,
    "power_outage_memory": SetMemory,
}
_READS: Final[Mapping[str, Intent]] = {
    "power": ReadPower(),
    "interlock": ReadInterlock(),
    "power_outage_memory": ShowMemory(),
}
_BOOLEANS: Final = {"true": True, "on": True, "false": False, "off": False}
_COMPACT: Final = JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":")
).encode


def plan_set(
    name: str, endpoint: Channel | None, attribute: str | None, payload: bytes
) -> Plan:
    """Return what a message on a relay's /set wants done; never raise.

    `name` is the relay's in the sentences; `endpoint` and `attribute` are the topic's.
    What is wrong about one key is a Problem, and the others are done.
    """
    if not payload:
        return Plan()  # somebody clears a retained message
    draft = _Draft(name, "set")
    message = draft.read(attribute, payload)
    transaction = message.pop("transaction", None) if attribute is None else None
    for key, value in _ordered(message):
        stem, channel = _split(key, endpoint)
        if stem == "state":
            _switch(draft, message, value, channel)
        elif stem in _TIMES:
            _time(draft, message, stem, channel)
        elif stem == "read":
            _generic_read(draft, value, channel or "l1")
        elif stem in _SWITCHES and channel != "l2":
            _setting(draft, stem, value)
        elif stem == "power" and channel != "l2":
            draft.no_access(stem, value)
        else:
            draft.no_converter(stem, value)
    return draft.plan(transaction)


def plan_get(
    name: str, endpoint: Channel | None, attribute: str | None, payload: bytes
) -> Plan:
    """Return what a message on a relay's /get wants to know; never raise."""
    draft = _Draft(name, "get")
    message = draft.read(attribute, payload)
    transaction = message.pop("transaction", None) if attribute is None else None
    for key, value in message.items():
        stem, channel = _split(key, endpoint)
        if stem == "state":
            draft.add(f"state_{channel or 'l1'}", ReadState(channel or "l1"))
        elif stem in _READS and channel != "l2":
            draft.add(stem, _READS[stem])
        elif stem == "read" or stem in _TIMES:
            draft.no_access(stem, value)
        else:
            draft.no_converter(stem, value)
    return draft.plan(transaction)


class _Draft:
    """A plan that grows key by key."""

    def __init__(self, name: str, verb: Literal["set", "get"]) -> None:
        self._name = name
        self._verb = verb
        self._intents: dict[str, Intent] = {}
        self._problems: list[Problem] = []

    def read(self, attribute: str | None, payload: bytes) -> dict[str, Any]:
        """Return the keys and values of a payload; of a bad one none."""
        try:
            text = to_text(payload)
            message = _value(attribute, text) if attribute else _message(text)
        except PayloadError as error:
            self._invalid(payload, error.reason)
            return {}
        if len(message) > MOST_KEYS:
            self._invalid(payload, f"more than {MOST_KEYS} keys")
            return {}
        return message

    def add(self, key: str, intent: Intent) -> None:
        """Take one more intent; the first of a key counts, as for Zigbee2MQTT."""
        if self._intents.setdefault(key, intent) != intent:
            self.warn("repeated", f"'{key}' is asked for twice, the first one counts")

    def warn(self, kind: str, sentence: str) -> None:
        """Note that something is not done quite as it was written."""
        message = f"Publish '{self._verb}' to '{self._name}': {sentence}"
        self._problems.append(Problem("warning", message, kind))

    def failed(self, key: str, reason: str) -> None:
        """Note a value that cannot be."""
        self._error(
            "not_allowed",
            f"Publish '{self._verb}' '{quoted(key)}' to '{self._name}' failed: "
            f"'Error: {reason}'",
        )

    def no_converter(self, key: str, value: Any) -> None:
        """Note a key that the relay has not."""
        self._error(
            "no_converter",
            f"No converter available for '{quoted(key)}' on '{self._name}': "
            f"({quoted(_COMPACT(value))})",
        )

    def no_access(self, key: str, value: Any) -> None:
        """Note a key that can be read, or written, only."""
        text = value if isinstance(value, str) else _COMPACT(value)
        self._error(
            "no_converter",
            f"No converter available for '{self._verb}' '{key}' ({quoted(text)})",
        )

    def plan(self, transaction: object | None) -> Plan:
        """Return what has come together."""
        return Plan(
            intents=tuple(self._intents.values()),
            problems=tuple(self._problems),
            transaction=transaction,
            keys=tuple(self._intents),
        )

    def _invalid(self, payload: bytes, reason: str) -> None:
        text = quoted(payload[:400].decode(errors="replace"))
        why = f"'{text}', skipping: {reason}" if reason else "'undefined', skipping..."
        self._error("invalid_message", f"Invalid message {why}")

    def _error(self, kind: str, message: str) -> None:
        self._problems.append(Problem("error", message, kind))


def _value(attribute: str, text: str) -> dict[str, Any]:
    """Return the one key that the topic names, and what the payload says of it."""
    try:
        return {attribute: parse_json(text)}
    except PayloadError:
        return {attribute: text}


def _message(text: str) -> dict[str, Any]:
    """Return an object's keys and values; a bare word is a state."""
    if text.lower() in _WORDS:
        return {"state": text}
    value = parse_json(text)
    if not isinstance(value, dict):
        raise PayloadError("expected a JSON object")
    return value


def _ordered(message: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the entries in Zigbee2MQTT's order."""
    state = message.get("state")
    off = isinstance(state, str) and state.lower() == "off"
    return sorted(message.items(), key=lambda entry: (entry[0] == "state") == off)


def _split(key: str, endpoint: Channel | None) -> tuple[str, Channel | None]:
    """Return a key without its channel, and the channel; the topic's if it has none."""
    for channel in _CHANNELS:
        if key.endswith(f"_{channel}"):
            return key.removesuffix(f"_{channel}"), channel
    return key, endpoint


def _switch(
    draft: _Draft, message: Mapping[str, Any], value: Any, channel: Channel | None
) -> None:
    word = value.lower() if isinstance(value, str) else "null"
    if word not in set(Action):
        draft.failed(
            "state", f"'{quoted(word)}' not allowed, choose between: toggle,off,on"
        )
        return
    at: Channel = channel or "l1"
    intent: Intent | None = Switch(at, Action(word))
    times = [message.get(f"{time}_{at}", message.get(time, 0)) for time in _TIMES]
    timed = any(key in message for time in _TIMES for key in (time, f"{time}_{at}"))
    if timed and word == Action.ON:
        intent = _timed(draft, at, times)
    elif timed and word == Action.TOGGLE:
        draft.warn("time_ignored", "a time acts together with ON only")
    if intent is None:
        return
    if channel is None:
        draft.warn(
            "bare_state", "'state' has no channel, l1 is meant; state_l1 would say so"
        )
    draft.add(f"state_{at}", intent)


def _timed(draft: _Draft, channel: Channel, times: list[Any]) -> TimedOn | None:
    seconds = []
    for key, value in zip(_TIMES, times, strict=True):
        if type(value) not in {int, float}:  # true and false are none
            draft.failed("state", f"The {key} value must be a number!")
            return None
        if not 0 <= value <= LONGEST_TIME:
            draft.failed("state", f"The {key} value must be 0 to {LONGEST_TIME} s")
            return None
        seconds.append(int(value * 10 + 0.5) / 10)
    return TimedOn(channel, seconds[0], seconds[1])


def _time(
    draft: _Draft, message: Mapping[str, Any], key: str, channel: Channel | None
) -> None:
    """Refuse a time without the state that it belongs to."""
    states = (
        {"state", f"state_{channel}"} if channel else {"state", "state_l1", "state_l2"}
    )
    if not states & message.keys():
        draft.failed(key, "'null' not allowed, choose between: toggle,off,on")


def _setting(draft: _Draft, key: str, value: Any) -> None:
    on = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
    if isinstance(on, bool):
        draft.add(key, _SWITCHES[key](on))
        return
    shown = value if isinstance(value, str) else _COMPACT(value)
    draft.failed(
        key, f"'{quoted(shown)}' not allowed, choose between: true,false,ON,OFF"
    )


def _generic_read(draft: _Draft, value: Any, channel: Channel) -> None:
    intent = generic_read(value, _ENDPOINTS[channel])
    if intent is None:
        form = '{"cluster": "genBasic", "attributes": ["dateCode", 65281]}'
        draft.failed("read", f"The read value must be like {form}")
    else:
        draft.add(f"read_{channel}", intent)
