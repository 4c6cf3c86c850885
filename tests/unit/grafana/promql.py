"""What an expression of Prometheus asks: selectors, their functions, the labels named.

No parser (a real Prometheus parses every expression in tests/servers): a walk over the
words, exact for what the dashboards use.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s+|(?P<text>"(?:[^"\\]|\\.)*")|(?P<window>\[[^]]*])
    |(?P<braces>\{(?:[^"}]|"(?:[^"\\]|\\.)*")*})|(?P<number>[0-9][\w.]*)
    |(?P<word>\$?[A-Za-z_:][\w:]*)|(?P<sign>[=!<>]=|.)""",
    re.VERBOSE,
)
_MATCHER: Final = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
_LABELLED: Final = frozenset(
    ("by", "without", "on", "ignoring", "group_left", "group_right")
)
_BETWEEN: Final = frozenset(("and", "or", "unless", "bool", "offset", "inf", "nan"))
_MAKES_A_LABEL: Final = frozenset(("label_replace", "label_join"))


@dataclass(slots=True)
class Selector:
    """A metric that is asked for."""

    name: str
    within: tuple[str, ...]  # functions around it, the innermost last
    matchers: dict[str, str] = field(default_factory=dict)
    window: str | None = None  # such as "5m"
    offset: bool = False


@dataclass(slots=True)
class Asked:
    """What one expression asks for."""

    selectors: list[Selector] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)  # of by, on, group_left and the like
    made: set[str] = field(default_factory=set)  # labels that a function adds


def asked(expression: str) -> Asked:
    """Return what an expression asks for."""
    return _Walk(list(_tokens(expression))).all()


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    for found in _TOKEN.finditer(expression):
        if found.lastgroup is not None:
            yield found.lastgroup, found[0]


class _Walk:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._within: list[str] = []  # the function of each open parenthesis
        self._texts: list[int] = []  # … and how many texts it was given so far
        self._function = ""
        self._found = Asked()

    def all(self) -> Asked:
        while self._at < len(self._tokens):
            kind, text = self._next()
            if kind == "word":
                self._word(text)
            elif kind == "window" and self._found.selectors:
                self._found.selectors[-1].window = text[1:-1]
            elif text == "(":
                self._within.append(self._function)
                self._texts.append(0)
                self._function = ""
            elif text == ")":
                self._within.pop()
                self._texts.pop()
            elif kind == "text":
                self._text(text)
        return self._found

    def _word(self, text: str) -> None:
        if text in _LABELLED:
            self._labels()
        elif text == "offset":
            self._found.selectors[-1].offset = True
        elif self._peek() == "(" or self._peek() in ("by", "without"):
            self._function = text
        elif text.lower() not in _BETWEEN and not text.startswith("$"):
            self._selector(text)

    def _labels(self) -> None:
        if self._peek() != "(":
            return
        while self._peek() != ")":
            kind, text = self._next()
            if kind == "word":
                self._found.labels.add(text)
        self._next()

    def _selector(self, name: str) -> None:
        made = Selector(name, tuple(each for each in self._within if each))
        if self._peek().startswith("{"):
            braces = self._next()[1]
            made.matchers = {key: value for key, _, value in _MATCHER.findall(braces)}
        self._found.selectors.append(made)

    def _text(self, text: str) -> None:
        """Note the first text of a function that makes a label: the label's name."""
        if self._within and self._within[-1] in _MAKES_A_LABEL and not self._texts[-1]:
            self._found.made.add(text.strip('"'))
        if self._texts:
            self._texts[-1] += 1

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]
