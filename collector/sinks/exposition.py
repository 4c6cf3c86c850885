"""Prometheus text 0.0.4 and OpenMetrics 1.0 of the relay families, written fast.

Most of prometheus_client's time per series goes into labels that are the same at
each scrape; here they are escaped once, and the text of a relay of which nothing has
changed is used again. The bytes are equal to its own.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.utils import floatToGoString

from collector.model.status import RelayStatus
from collector.sinks.families import FAMILIES
from collector.sinks.family import Family

# Between two turns of the loop, about 1 ms of work: a rule costs 1/20 of a relay.
_WORK_PER_STEP: Final = 200
_RELAY_WORK: Final = 20

# Label values -> 'name{labels} ', or the whole lines of a state.
_Prefixes = dict[tuple[str, ...], str]


async def next_turn() -> None:
    """Let the event loop turn once."""
    await asyncio.sleep(0)


@dataclass(slots=True)
class _Written:
    """A relay as it was written last."""

    status: RelayStatus
    prefixes: list[_Prefixes] = field(default_factory=lambda: [{} for _ in FAMILIES])
    texts: list[str] = field(default_factory=list)  # of each family


class RelayWriter:
    """Renders statuses; remembers the relays of the last rendering."""

    def __init__(self, breathe: Callable[[], Awaitable[None]] = next_turn) -> None:
        """`breathe` is awaited after about 1 ms of work, to let others run."""
        self._breathe = breathe
        self._relays: dict[str, _Written] = {}

    async def write(
        self, statuses: Iterable[RelayStatus], *, openmetrics: bool
    ) -> list[str]:
        """Return the text of each family that has series, letting the loop turn.

        `statuses` may be a generator: then each relay is shown as it is at its turn.
        """
        texts: list[list[str]] = [[] for _ in FAMILIES]
        present: set[str] = set()
        work = 0
        for status in statuses:
            present.add(status.ieee)
            for text, family_texts in zip(self._texts(status), texts, strict=True):
                family_texts.append(text)
            work += _RELAY_WORK + len(status.rules)
            if work >= _WORK_PER_STEP:
                work = 0
                await self._breathe()
        for ieee in self._relays.keys() - present:
            del self._relays[ieee]
        samples = ["".join(family_texts) for family_texts in texts]
        return [
            header(family, openmetrics=openmetrics) + text
            for family, text in zip(FAMILIES, samples, strict=True)
            if text
        ]

    def _texts(self, status: RelayStatus) -> list[str]:
        """Return the relay's lines of each family."""
        known = self._relays.get(status.ieee)
        if known is None or _labels_of(known.status) != _labels_of(status):
            known = self._relays[status.ieee] = _Written(status)
        elif known.status == status:
            return known.texts
        known.status = status
        known.texts = [
            _lines(family, status, prefixes)
            for family, prefixes in zip(FAMILIES, known.prefixes, strict=True)
        ]
        return known.texts


def _labels_of(status: RelayStatus) -> tuple[object, ...]:
    """What stands in labels and can change: old prefixes must not pile up."""
    return status.name, status.channel_names, status.firmware, status.rules.keys()


def _lines(family: Family, status: RelayStatus, prefixes: _Prefixes) -> str:
    if family.states:
        return _states(family, status, prefixes)
    text = ""
    last, written = math.nan, ""
    for labels, value in family.series(status):
        prefix = prefixes.get(labels)
        if prefix is None:
            prefix = prefixes[labels] = sample_prefix(family, status.ieee, labels)
        # One report gives several quantities one time; 0.0 equals -0.0.
        if value != last or not value:
            last, written = value, number(value)
        text += f"{prefix}{written}\n"
    return text


def _states(family: Family, status: RelayStatus, known: _Prefixes) -> str:
    """Many rules, few states, rare changes: each state's lines are written once."""
    text = ""
    for labels, _ in family.series(status):
        lines = known.get(labels)
        if lines is None:
            *rest, present = labels
            lines = known[labels] = "".join(
                sample_prefix(family, status.ieee, (*rest, state))
                + ("1.0\n" if state == present else "0.0\n")
                for state in family.states
            )
        text += lines
    return text


def number(value: float) -> str:
    """Return the value as Go and prometheus_client write it."""
    value = float(value)
    text = repr(value)
    if -1e6 < value < 1e6:
        return text
    if 1e9 < value < 1e10 and text[-2:] != ".0":  # a Unix time: three times as fast
        return f"{text[0]}.{text[1:10]}{text[11:]}e+09"
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]  # no hints


def sample_prefix(family: Family, ieee: str, labels: tuple[str, ...]) -> str:
    """Return everything of a sample line that stands before the value."""
    pairs = sorted([("ieee", ieee), *zip(family.labels, labels, strict=True)])
    text = ",".join(f'{label}="{_escaped(value)}"' for label, value in pairs)
    return f"{family.sample_name}{{{text}}} "


def header(family: Family, *, openmetrics: bool) -> str:
    """Return HELP, TYPE and (OpenMetrics) UNIT; the formats differ in all of them."""
    documentation = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
    if not openmetrics:
        kind = "gauge" if family.kind == "info" else family.kind
        name = family.sample_name
        return f"# HELP {name} {documentation}\n# TYPE {name} {kind}\n"
    documentation = documentation.replace('"', r"\"")
    unit = f"# UNIT {family.name} {family.unit}\n" if family.unit else ""
    return (
        f"# HELP {family.name} {documentation}\n"
        f"# TYPE {family.name} {family.kind}\n{unit}"
    )


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
