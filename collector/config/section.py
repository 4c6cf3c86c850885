"""The base of every section of the file, and the value types that they share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from collector.config.secret_files import check_secret


class Section(BaseModel):
    """A mapping with known keys only; it cannot be changed once read."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        frozen=True,
        hide_input_in_errors=True,  # an error text must never carry a secret
    )

    # Keys of the design that this version cannot serve: refused with a sentence,
    # because a policy that nobody judges would leave a load on.
    later: ClassVar[frozenset[str]] = frozenset()
    # Keys that make no sense here, with the sentence that says why.
    refused: ClassVar[Mapping[str, str]] = {}
    # What to do where a required key is missing.
    hints: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def fields_by_key(cls) -> dict[str, FieldInfo]:
        """Return the fields by their keys in the file."""
        fields = cls.model_fields.items()
        return {field.alias or name: field for name, field in fields}


def problem(sentence: str, where: str = "") -> PydanticCustomError:
    """Return the error for a validator to raise; `sentence` is shown as it is.

    `where` is the path below the place that the validator looks at; "a|b" at its end
    is a key that is missing under both names.
    """
    return problems([(where, sentence)])


def problems(parts: list[tuple[str, str]]) -> PydanticCustomError:
    """Return several (where, sentence) as one error, for a validator to raise."""
    # Arguments, not the template: braces in a sentence stay braces.
    return PydanticCustomError("problem", "see parts", {"parts": parts})


def _no_boolean(value: Any) -> Any:
    """Refuse true/false where a number stands: Python would take them for 1 and 0."""
    if isinstance(value, bool):
        raise problem(f"expected a number, got {str(value).lower()}")
    return value


def _folder(info: ValidationInfo) -> Path:
    """Return the folder that relative paths start from: the file's own."""
    context = info.context or {}
    return Path(context.get("folder", "."))


def resolve(value: Path, info: ValidationInfo) -> Path:
    """Return `value` below the configuration file's folder unless it is absolute."""
    if "\0" in str(value):
        raise problem("a path cannot contain a NUL character")
    return _folder(info) / value


def _secret_file(value: Path, info: ValidationInfo) -> Path:
    """Return the resolved path of a file that only its owner may read."""
    path = resolve(value, info)
    sentence = check_secret(path)
    if sentence is not None:
        raise problem(sentence)
    return path


def _future_secret_file(value: Path, info: ValidationInfo) -> Path:
    """Return the resolved path of such a file, which a command may have yet to make."""
    path = resolve(value, info)
    try:
        path.stat()
    except FileNotFoundError:
        return path
    except OSError:
        pass  # said below
    return _secret_file(value, info)


# Last in an Annotated: limits stand next to the type, or the JSON Schema loses them.
NoBoolean = BeforeValidator(_no_boolean)
Number = Annotated[float, NoBoolean]
Seconds = Annotated[float, Field(gt=0), NoBoolean]
Wait = Annotated[float, Field(ge=0), NoBoolean]  # s; 0: at once
FilePath = Annotated[Path, AfterValidator(resolve)]
SecretFile = Annotated[Path, AfterValidator(_secret_file)]
FutureSecretFile = Annotated[Path, AfterValidator(_future_secret_file)]


def _pem(value: Path) -> Path:
    if not value.is_file():
        raise problem(f"{value} is not a file; name a file in PEM format")
    return value


PemFile = Annotated[FilePath, AfterValidator(_pem)]  # it is there
