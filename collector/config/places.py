"""From pydantic's path of an error to the place in the file and its section."""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import Tag

from collector.config.section import Section

Place = tuple[str | int, ...]


class Spot:
    """A place in the file, and what the schema expects there."""

    def __init__(self, loc: Place, schema: type[Section]) -> None:
        choices: list[Any] = [schema]
        place: list[str | int] = []
        self.around: type[Section] | None = None  # the section that has the last key
        for step in loc:
            if len(choices) > 1:
                # pydantic names the branch of a union; the file does not.
                choices = _choices(_tagged(choices, step))
                continue
            self.around = _section(choices)
            choices = _choices(_below(choices, step))
            place.append(step)
        self.place: Place = tuple(place)
        self.section = _section(choices)
        self.kinds = [kind for each in choices if (kind := _kind(each))]


def path_of(place: Place) -> str:
    """Return the dotted path as it is shown, fit for a terminal."""
    known = [str(step) for step in place if "|" not in str(step)]
    return ".".join(known).encode("utf-8", "backslashreplace").decode()


def steps(where: str) -> Place:
    """Return the place of a dotted path."""
    parts = where.split(".") if where else []
    return tuple(int(step) if step.isdigit() else step for step in parts)


def names(place: Place) -> set[Place]:
    """Return every place that is meant: a key "a|b" is missing under both names."""
    if not place or not isinstance(place[-1], str):
        return {place}
    return {(*place[:-1], name) for name in place[-1].split("|")}


def _choices(annotation: Any) -> list[Any]:
    """Return what may stand here, None aside; several are a union with tags."""
    inner = annotation
    while get_origin(inner) is Annotated and not _tag(inner):
        inner = get_args(inner)[0]
    if get_origin(inner) in {Union, UnionType}:
        return [each for each in get_args(inner) if each is not type(None)]
    if _tag(inner):
        inner = get_args(inner)[0]
    return [inner]


def _below(choices: list[Any], step: str | int) -> Any:
    """Return what is expected one step further down."""
    (choice,) = choices
    if isinstance(step, int):
        return next(iter(get_args(choice)), None)
    section = _section(choices)
    field = section.fields_by_key().get(step) if section is not None else None
    return field.annotation if field is not None else None


def _section(choices: list[Any]) -> type[Section] | None:
    if len(choices) != 1:
        return None
    (choice,) = choices
    is_section = isinstance(choice, type) and issubclass(choice, Section)
    return choice if is_section else None


def _tagged(choices: list[Any], step: str | int) -> Any:
    return next(
        (each for each in choices if step in {_tag(each), _kind(each)}),
        None,
    )


def _tag(annotation: Any) -> str | None:
    extras = getattr(annotation, "__metadata__", ())
    return next((each.tag for each in extras if isinstance(each, Tag)), None)


def _kind(choice: Any) -> str | None:
    """Return the word of the key `kind` that chooses this section."""
    field = getattr(choice, "model_fields", {}).get("kind")
    if field is None or get_origin(field.annotation) is not Literal:
        return None
    (word,) = get_args(field.annotation)
    return str(word)
