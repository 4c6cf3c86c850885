"""YAML text to plain values, strict where YAML is generous.

Read by the core schema of YAML 1.2: `on`, `yes`, 22:00 and 0x00158d… are texts, a
key twice in one mapping is an error, and so is every tag that asks for an object.
"""

import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_DEEPEST = 50  # the deepest key of the schema is at 6
_MOST_NODES = 100_000  # aliases multiply: a kilobyte can ask for gigabytes
_LONGEST_INTEGER = 30  # digits; Python refuses 4,300


class _Loader(yaml.SafeLoader):
    """SafeLoader's parser with the scalars of the 1.2 core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own attribute)


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "float",
        (
            # with a dot: 0015800003e00001 is an address, not a number
            r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(
        _TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first
    )


class YamlProblemsError(Exception):
    """The text cannot be read: one sentence for each problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def parse(text: str) -> Any:
    """Return the document's plain value; None for an empty one.

    Raises YamlProblemsError, whose sentences never quote the text (it may hold
    secrets) but for the names of keys.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise YamlProblemsError([_sentence(error)]) from None
    except yaml.reader.ReaderError as error:
        sentence = f"character {error.position + 1} is not allowed in YAML"
        raise YamlProblemsError([sentence]) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        raise YamlProblemsError(["not YAML"]) from None
    except RecursionError:
        raise YamlProblemsError(["nested too deep to be a configuration"]) from None
    if node is None:
        return None
    plain = _Plain()
    value = plain.value(node, ())
    if plain.problems:
        raise YamlProblemsError(plain.problems)
    return value


def _sentence(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    what = error.problem or error.context or "not YAML"
    if "'\\t'" in what:
        what = "a tab cannot indent in YAML; use spaces"
    return f"{where}{what}"


class _Plain:
    """Turns nodes into plain values and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._nodes = 0

    def value(self, node: yaml.Node, place: tuple[str, ...]) -> Any:
        """Return the plain value of one node."""
        self._nodes += 1
        if len(place) > _DEEPEST or self._nodes > _MOST_NODES:
            # A recursive alias ends here too.
            raise YamlProblemsError(
                [f"{'.'.join(place[:5])}: nested too deep, or too many aliases"]
            )
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            items = enumerate(node.value)
            return [self.value(item, (*place, str(index))) for index, item in items]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        return self._wrong_tag(node, place)

    def _mapping(self, node: yaml.MappingNode, place: tuple[str, ...]) -> Any:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._add(place, f"a key must be a word (line {line})")
                continue
            key = key_node.value
            if key in mapping:
                self._add((*place, key), f"appears twice (again in line {line})")
            mapping[key] = self.value(value_node, (*place, key))
        return mapping

    def _scalar(self, node: yaml.ScalarNode, place: tuple[str, ...]) -> Any:
        text: str = node.value
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if len(text) <= _LONGEST_INTEGER:
                return self._number(int, text, place)
            case "int" | "float":
                return self._number(float, text, place)
            case _:
                return self._wrong_tag(node, place)

    def _number(self, kind: type[float], text: str, place: tuple[str, ...]) -> Any:
        named = re.fullmatch(r"([-+]?)\.(inf|nan)", text.lower())
        try:
            return kind(named[1] + named[2] if named else text)
        except ValueError:  # only a tag such as !!int can bring other text here
            self._add(place, "not a number")
            return None

    def _wrong_tag(self, node: yaml.Node, place: tuple[str, ...]) -> None:
        line = node.start_mark.line + 1
        self._add(place, f"tags such as {node.tag!r} are not taken (line {line})")

    def _add(self, place: tuple[str, ...], sentence: str) -> None:
        self.problems.append(f"{'.'.join(place)}: {sentence}" if place else sentence)
