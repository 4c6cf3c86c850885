"""What a metric family is: name, labels, source, and how a status fills it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from collector.model.status import RelayStatus

Series = Sequence[tuple[tuple[str, ...], float]]  # (label values, value) …
NOTHING: Series = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric family; each series also carries the label `ieee`."""

    name: str  # without the suffix that the kind adds
    kind: Literal["gauge", "counter", "info"]
    unit: str = ""  # the base unit, which ends `name`; "" for counts and flags
    documentation: str  # names the source attribute or tag
    labels: tuple[str, ...] = ()  # beside ieee
    # The words of the last label, where exactly one of them is 1 at a time: `series`
    # gives that one alone, and the others are written as 0.
    states: tuple[str, ...] = ()
    series: Callable[[RelayStatus], Series]

    @property
    def sample_name(self) -> str:
        """The name as it stands in front of a value, in both formats."""
        return (
            self.name + {"gauge": "", "counter": "_total", "info": "_info"}[self.kind]
        )


def one(value: float | None) -> Series:
    """Return the single series without labels; none where nothing is known."""
    return NOTHING if value is None else (((), value),)
