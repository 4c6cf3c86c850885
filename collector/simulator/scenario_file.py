"""Scenario files: YAML, checked strictly, all problems said at once."""

import difflib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from collector.model.quantity import CHANNELS
from collector.simulator.loads import MODELS
from collector.simulator.recording import Recorded, read_recording
from collector.simulator.scenario import (
    COORDINATOR_ACTIONS,
    RELAY_ACTIONS,
    Argument,
    Event,
    Outlet,
    Scenario,
    ScenarioError,
)

_KEYS = ("description", "reports", "analog_loss", "repeat_seconds", "relays", "events")
_OUTLET_KEYS = ("load", "watts", "closed")
_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def shipped() -> list[str]:
    """Return the names of the scenarios that come with the program."""
    folder = resources.files("collector.simulator") / "scenarios"
    names = (each.name for each in folder.iterdir())
    return sorted(name[:-5] for name in names if name.endswith(".yaml"))


def load_scenario(name: str, relays: int) -> Scenario:
    """Return a shipped scenario, or one from a file; raises ScenarioError."""
    if name in shipped():
        place = resources.files("collector.simulator") / "scenarios" / f"{name}.yaml"
        text, folder = place.read_text(encoding="utf-8"), Path()
    else:
        folder = Path(name).parent
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            close = difflib.get_close_matches(name, shipped(), 1)
            hint = f"did you mean {close[0]}?" if close else f"shipped: {shipped()}"
            reason = f"no such shipped scenario, and no readable file ({error}); {hint}"
            raise ScenarioError(name, [reason]) from error
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ScenarioError(name, [f"not YAML: {error}"]) from error
    return _Reader(name, folder, relays).read({} if content is None else content)


class _Reader:
    """Reads one file and gathers what is wrong with it."""

    def __init__(self, source: str, folder: Path, relays: int) -> None:
        self._source = source
        self._folder = folder
        self._count = relays
        self._problems: list[str] = []

    def read(self, content: object) -> Scenario:
        """Return the scenario; raises ScenarioError."""
        top = self._mapping(content, "", _KEYS)
        scenario = Scenario(
            reports=bool(self._value(top, "reports", "", Argument(bool, True))),
            analog_loss=float(
                self._value(top, "analog_loss", "", Argument(default=0.0, most=1.0))
            ),
            repeat_seconds=self._value(top, "repeat_seconds", "", Argument(least=1.0)),
            outlets=[
                self._outlets(each, f"relays.{index}")
                for index, each in enumerate(self._list(top, "relays"))
            ],
            events=[
                event
                for index, each in enumerate(self._list(top, "events"))
                if (event := self._event(each, f"events.{index}")) is not None
            ],
        )
        self._value(top, "description", "", Argument(str, ""))
        if self._problems:
            raise ScenarioError(self._source, self._problems)
        return scenario

    def _outlets(self, content: object, path: str) -> dict[str, Outlet]:
        outlets = {}
        for channel, each in self._mapping(content, path, CHANNELS).items():
            where = f"{path}.{channel}"
            keys = self._mapping(each, where, _OUTLET_KEYS)
            model = self._model(keys.get("load", "none"), f"{where}.load")
            outlets[channel] = Outlet(
                model=model,
                watts=self._value(keys, "watts", where, Argument()),
                closed=bool(self._value(keys, "closed", where, Argument(bool, False))),
            )
        return outlets

    def _event(self, content: object, path: str) -> Event | None:
        event = self._mapping(content, path, None)
        action = event.get("do")
        actions = RELAY_ACTIONS | COORDINATOR_ACTIONS
        if not isinstance(action, str) or action not in actions:
            self._problems.append(f"{path}.do: {_unknown('action', action, actions)}")
            return None
        expected = actions[action]
        own = ["at", "do", *(["relay"] if action in RELAY_ACTIONS else [])]
        self._mapping(event, path, (*own, *expected))
        at = self._value(event, "at", path, Argument(required=True))
        relays = (
            self._relays(event.get("relay"), f"{path}.relay")
            if action in RELAY_ACTIONS
            else ()
        )
        arguments = {
            name: self._value(event, name, path, argument)
            for name, argument in expected.items()
        }
        self._check_words(arguments, path)
        if action == "play":
            arguments["frames"] = self._recording(arguments, f"{path}.file")
        return Event(at=at or 0.0, action=action, relays=relays, arguments=arguments)

    def _check_words(self, arguments: Mapping[str, Any], path: str) -> None:
        channel = arguments.get("channel")
        if channel is not None and channel not in CHANNELS:
            self._problems.append(
                f"{path}.channel: {_unknown('channel', channel, CHANNELS)}"
            )
        if arguments.get("model") is not None and "channel" in arguments:
            self._model(arguments["model"], f"{path}.model")

    def _recording(self, arguments: Mapping[str, Any], path: str) -> list[Recorded]:
        if arguments["file"] is None:
            return []
        try:
            return read_recording(self._folder / arguments["file"], arguments["ieee"])
        except (OSError, ValueError) as error:
            self._problems.append(f"{path}: {error}")
            return []

    def _relays(self, which: object, path: str) -> tuple[int, ...]:
        """Return the relays' numbers: one, several, or "*" for all."""
        if which == "*":
            return tuple(range(self._count))
        numbers: list[Any] = which if isinstance(which, list) else [which]
        for each in numbers:
            if isinstance(each, bool) or not isinstance(each, int) or each < 0:
                self._problems.append(
                    f'{path}: expected a number from 0, a list of them, or "*", '
                    f"got {each!r}"
                )
                return ()
        return tuple(each for each in numbers if each < self._count)

    def _model(self, name: object, path: str) -> str:
        if name not in MODELS:
            self._problems.append(f"{path}: {_unknown('load', name, MODELS)}")
        return str(name)

    def _mapping(
        self, content: object, path: str, keys: tuple[str, ...] | None
    ) -> dict[str, Any]:
        if not isinstance(content, dict):
            self._problems.append(
                f"{path or 'the file'}: expected keys, got {content!r}"
            )
            return {}
        if keys is None:
            return content
        for key in content:
            if key not in keys:
                where = f"{path}.{key}" if path else key
                self._problems.append(f"{where}: {_unknown('key', key, keys)}")
        return {key: value for key, value in content.items() if key in keys}

    def _list(self, top: Mapping[str, Any], key: str) -> list[object]:
        content = top.get(key) or []
        if isinstance(content, list):
            return content
        self._problems.append(f"{key}: expected a list, got {content!r}")
        return []

    def _value(
        self, content: Mapping[str, Any], key: str, path: str, argument: Argument
    ) -> Any:
        """Return a checked value, or the default."""
        where = f"{path}.{key}" if path else key
        if key not in content:
            if argument.required:
                self._problems.append(f"{where}: missing")
            return argument.default
        value: Any = content[key]
        kinds = (int, float) if argument.kind is float else (argument.kind,)
        if not isinstance(value, kinds) or (
            isinstance(value, bool) and argument.kind is not bool
        ):
            self._problems.append(
                f"{where}: expected {_WORDS[argument.kind]}, got {value!r}"
            )
            return argument.default
        if argument.kind in {int, float} and not (
            argument.least <= float(str(value)) <= argument.most
        ):
            self._problems.append(
                f"{where}: must be {argument.least:g} to {argument.most:g}, got {value}"
            )
        return value


def _unknown(kind: str, word: object, known: Iterable[str]) -> str:
    """Say that a word is unknown, and which one may be meant."""
    close = difflib.get_close_matches(str(word), list(known), 1)
    hint = f'did you mean "{close[0]}"?' if close else f"one of {', '.join(known)}"
    return (
        f'unknown {kind} "{word}"; {hint}' if kind != "key" else f"unknown key; {hint}"
    )
