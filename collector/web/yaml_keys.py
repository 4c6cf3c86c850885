"""Reading a YAML mapping strictly: every problem with its key, a typo with its cure."""

import difflib
from collections.abc import Mapping
from typing import Any


class Keys:
    """One mapping of the file; sections share one list of problems."""

    def __init__(
        self,
        content: Mapping[Any, Any],
        path: str = "",
        problems: list[str] | None = None,
    ) -> None:
        self.problems: list[str] = [] if problems is None else problems
        self._content = content
        self._path = path
        self._asked: list[str] = []

    def problem(self, key: str, text: str) -> None:
        """Note what is wrong with a key."""
        self.problems.append(f"{self._path}{key}: {text}")

    def names(self) -> list[str]:
        """Return all keys, where they are free (users, headers)."""
        for key in self._content:
            if not isinstance(key, str):
                self.problem(str(key), "the key must be text; quote it")
        return [key for key in self._content if isinstance(key, str)]

    def section(self, key: str) -> "Keys | None":
        """Return the mapping under a key; None where it is absent or empty."""
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.problem(key, f"must be a mapping of keys, got {_kind(value)}")
            return None
        return Keys(value, f"{self._path}{key}.", self.problems)

    def text(self, key: str) -> str | None:
        """Return the text under a key. What was got is not said: it may be secret."""
        value = self._get(key)
        if value is not None and not isinstance(value, str):
            self.problem(key, f"must be text, got {_kind(value)}")
            return None
        return value

    def number(self, key: str) -> int | None:
        """Return the whole number under a key."""
        value = self._get(key)
        if value is not None and type(value) is not int:
            self.problem(key, f"must be a whole number, got {_kind(value)}")
            return None
        return value

    def flag(self, key: str) -> bool | None:
        """Return the truth value under a key."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            self.problem(key, f"must be true or false, got {_kind(value)}")
            return None
        return value

    def refuse(self, key: str, why: str) -> None:
        """A key of the format that cannot be kept here."""
        if self._get(key):
            self.problem(key, why)

    def finish(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._content:
            if key in self._asked:
                continue
            near = difflib.get_close_matches(str(key), self._asked, 1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            self.problem(str(key), f"unknown key{hint}")

    def _get(self, key: str) -> Any:
        self._asked.append(key)
        return self._content.get(key)


def _kind(value: object) -> str:
    return {
        "dict": "a mapping",
        "list": "a list",
        "str": "text",
        "int": "a number",
        "float": "a number",
        "bool": "true or false",
    }.get(type(value).__name__, type(value).__name__)
