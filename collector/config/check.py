"""Plain values to a Config, or every problem that they have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from collector.config.parts import Parts
from collector.config.places import Place, names, steps
from collector.config.policies import Policy
from collector.config.policy_rules import clashes
from collector.config.problems import explain, line
from collector.config.relay import Relay, normal_ieee
from collector.config.schema import Config
from collector.config.secret_files import Expansion

_MOST_ROUNDS = 10
_LISTS = ("policies", "relays")
_ASIDE = ("root", "nominal_voltage_v")  # what policies are compared with
# What a policy takes for a key that is wrong or missing, to look at all the others.
_STAND_INS = {
    "name": "?",
    "when_stale": "keep",
    "members": "*",
    "for_seconds": 1.0,
    "rated_current_a": 1.0,
    "limit_kwh": 1.0,
}
_POLICY: TypeAdapter[Policy] = TypeAdapter(Policy)
_Item = TypeVar("_Item")


def check(
    raw: dict[str, Any], folder: Path, found: Expansion
) -> tuple[Config | None, list[str]]:
    """Return the Config or None, and every problem; takes out of `raw` what is wrong.

    A check between keys runs only where each key alone is right, so what is wrong
    is taken out and the rest looked at once more, until nothing new is found. What
    policies and relays say of each other comes last, of those that can be read.
    """
    checking = _Checking(raw, folder, found)
    config = checking.alone()
    checking.together(config)
    return (None if checking.problems else config), checking.problems


class _Checking:
    """One file on its way to a Config."""

    def __init__(self, raw: dict[str, Any], folder: Path, found: Expansion) -> None:
        self.problems = list(found.problems)
        self._raw = raw
        self._hidden = found.places
        self._context = {"folder": folder, "sections apart": True}
        self._words = {key: _words(raw.get(key)) for key in _LISTS}
        self._known: set[Place] = set()  # reported, or taken out because of it
        for place in found.failed:
            self._take_out(place)

    def alone(self) -> Config | None:
        """Return the Config, or None where a section is wrong by itself."""
        for _ in range(_MOST_ROUNDS):
            try:
                return Config.model_validate(self._raw, context=self._context)
            except ValidationError as error:
                explained = explain(error, Config, self._hidden)
            new = [entry for entry in explained if self._is_new(entry[0])]
            self.problems += [text for _, text in new]
            changed = [self._repair(place) for place, _ in new]
            if not any(changed):
                break
        return None

    def together(self, config: Config | None) -> None:
        """Add what policies and relays say of each other and cannot mean."""
        parts = self._parts() if config is None or self.problems else config.parts
        for where, sentence in clashes(parts):
            place = steps(where)
            if self._is_new(place):
                self.problems.append(line(place, sentence))

    def _is_new(self, place: Place) -> bool:
        return not ({place} | names(place)) & self._known

    def _repair(self, place: Place) -> bool:
        """Take out what is wrong, or put in what stands for it; tell whether anything was."""
        taken_out = self._take_out(place)
        match place:
            case ("policies", int(index), str(key), *_) if key in _STAND_INS:
                self._raw["policies"][index][key] = _STAND_INS[key]
                return True
        return taken_out

    def _take_out(self, place: Place) -> bool:
        """Remove the innermost key that holds `place`; tell whether there was one."""
        self._known.add(place)
        if len(place) == 2 and place[0] in _LISTS:
            return False  # all others would go with it
        holder: Any = self._raw
        inner: tuple[dict[str, Any], Place] | None = None
        for depth, step in enumerate(place):
            if isinstance(holder, dict):
                if step not in holder:  # what is around a missing key may be right
                    return False
                inner = (holder, place[: depth + 1])
                holder = holder[step]
            elif isinstance(holder, list) and isinstance(step, int):
                holder = holder[step] if step < len(holder) else None
        if inner is None:
            return False
        del inner[0][str(inner[1][-1])]
        self._known.add(inner[1])
        return True

    def _parts(self) -> Parts:
        """Return what can be read of policies and relays, though something is wrong."""
        raw, context = self._raw, self._context
        policies = _right(
            raw.get("policies"),
            lambda item: _POLICY.validate_python(item, context=context),
        )
        relays = _right(
            raw.get("relays"), lambda item: Relay.model_validate(item, context=context)
        )
        aside = {key: raw[key] for key in _ASIDE if key in raw}
        rest = _right([aside], Config.model_validate).get(0, Config())
        return Parts(
            policies=policies,
            relays=relays,
            root=rest.root,
            nominal_volts=rest.nominal_voltage_v,
            wrong_policies=self._others("policies", policies),
            wrong_relays=self._others("relays", {}),
        )

    def _others(self, key: str, right: dict[int, Any]) -> frozenset[str]:
        """Return the names, as written, of the items that are not `right`."""
        items = enumerate(self._words[key])
        return frozenset().union(*(own for index, own in items if index not in right))


def _right(items: Any, read: Callable[[Any], _Item]) -> dict[int, _Item]:
    """Return the items of a list that are right by themselves, by their index."""
    right: dict[int, _Item] = {}
    for index, item in enumerate(items if isinstance(items, list) else ()):
        try:
            right[index] = read(item)
        except ValidationError:
            continue  # reported with its place in the file
    return right


def _words(items: Any) -> list[frozenset[str]]:
    """Return by which words each item of a list may be called by another."""
    return [_names(item) for item in items] if isinstance(items, list) else []


def _names(item: Any) -> frozenset[str]:
    if not isinstance(item, dict):
        return frozenset()
    written = [item.get(key) for key in ("name", "ieee")]
    texts = [str(each).strip() for each in written if isinstance(each, str | int)]
    addresses = [normal_ieee(text) for text in texts]
    return frozenset([*texts, *(each for each in addresses if each is not None)])
