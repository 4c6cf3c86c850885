"""What people changed by MQTT: names, options and settings that lie over the file.

A change holds until that key changes in the file. Policies stay bound to the relay, not
to the word: the file's rules are read with the file's names.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from pydantic import ValidationError

from collector.config.calibration import Options
from collector.config.problems import explain
from collector.config.relay import Relay, normal_ieee

Document = dict[str, Any]  # key -> [the value, what the file said then]

_OPTIONS: Final = "options."
_KEYS: Final = frozenset({"name", "interlock", "power_outage_memory"})


class Overlay:
    """The changes of every relay; `documents` is what outlives a restart."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self.documents: dict[str, Document] = {
            ieee: {key: list(pair) for key, pair in document.items() if _fits(pair)}
            for ieee, document in documents.items()
            if normal_ieee(ieee) == ieee
        }

    def over(self, relays: Iterable[Relay]) -> dict[str, Relay]:
        """Return every relay as it is in force, by address.

        What the file has changed since, or what it makes impossible, is left out.
        """
        found = {relay.ieee: relay for relay in relays}
        wanted: dict[str, dict[str, Any]] = {}
        for ieee, document in self.documents.items():
            relay = found.setdefault(ieee, Relay(ieee=ieee))
            wanted[ieee] = {
                key: value
                for key, (value, said) in document.items()
                if _said(relay, key) == said
            }
        for ieee, changes in self._without_clashes(found, wanted).items():
            # It may be of an older version, or be calibrated twice by now.
            with suppress(ValidationError):
                found[ieee] = _amended(found[ieee], changes)
        return found

    def _without_clashes(
        self, relays: Mapping[str, Relay], wanted: Mapping[str, dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        """Leave out a name that another relay has, or that is another's address."""
        names = {
            ieee: wanted.get(ieee, {}).get("name") or relay.shown_name
            for ieee, relay in relays.items()
        }
        kept = {}
        for ieee, changes in wanted.items():
            name = changes.get("name")
            others = {names[other] for other in relays if other != ieee}
            clash = name in others or _address_of(name) not in {None, ieee}
            kept[ieee] = {
                key: value
                for key, value in changes.items()
                if key != "name" or not clash
            }
        return kept

    def change(
        self, relays: Iterable[Relay], ieee: str, changes: Mapping[str, Any]
    ) -> Document:
        """Return the document that a change makes; ValueError says why it cannot be.

        Keys: name, interlock, power_outage_memory, options.X; a value None takes the
        file's word away.
        """
        listed = list(relays)
        file = {relay.ieee: relay for relay in listed}.get(ieee) or Relay(ieee=ieee)
        document = dict(self.documents.get(ieee, {}))
        for key, value in changes.items():
            option = key.removeprefix(_OPTIONS)
            if option != key and option not in Options.model_fields:
                raise ValueError(f"there is no option '{option[:100]}'")
            document[key] = [value, _said(file, key)]
        try:
            changed = _amended(file, {key: pair[0] for key, pair in document.items()})
        except ValidationError as error:
            raise ValueError("; ".join(_sentences(error))) from error
        if _address_of(changed.shown_name) not in {None, ieee}:
            raise ValueError(f"'{changed.shown_name}' is the address of another relay")
        for other, relay in self.over(listed).items():
            if other != ieee and changed.shown_name in (relay.shown_name, other):
                raise ValueError(
                    f"friendly_name '{changed.shown_name}' is already in use"
                )
        return document

    def forget(self, ieee: str) -> None:
        """A relay was removed."""
        self.documents.pop(ieee, None)


def _amended(relay: Relay, changes: Mapping[str, Any]) -> Relay:
    raw = relay.model_dump(mode="python", exclude_unset=True)
    options = dict(raw.get("options", {}))
    for key, value in changes.items():
        if key.startswith(_OPTIONS):
            options[key.removeprefix(_OPTIONS)] = value
        elif key in _KEYS:
            raw[key] = value
    if options:
        raw["options"] = {k: v for k, v in options.items() if v is not None}
    return Relay.model_validate(raw)


def _said(relay: Relay, key: str) -> Any:
    """Return what the file says, as JSON has it."""
    if key.startswith(_OPTIONS):
        value = getattr(relay.options, key.removeprefix(_OPTIONS), None)
    else:
        value = getattr(relay, key, None)
    return list(value) if isinstance(value, tuple) else value


def _address_of(name: object) -> str | None:
    return normal_ieee(name) if isinstance(name, str) else None


def _fits(pair: object) -> bool:
    return isinstance(pair, list | tuple) and len(pair) == 2


def _sentences(error: ValidationError) -> list[str]:
    return [sentence for _, sentence in explain(error, Relay, set())]
