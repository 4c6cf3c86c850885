"""Pieces of PromQL and of alert templates; whatever a name holds stays a name."""

import json
from collections.abc import Sequence
from typing import Final

# What $labels.ieee is called now, or else the address.
RELAY: Final = (
    '{{ with printf "zigbee_relay_info{ieee=%q}" $labels.ieee | query }}'
    '{{ . | first | label "name" }}{{ else }}{{ $labels.ieee }}{{ end }}'
)
VALUE: Final = '{{ $value | printf "%.2f" }}'
NEWS_MINUTES: Final = 15  # so long a counted failure is news


def literal(text: str) -> str:
    """Return a text for a label or an annotation, where `{{` begins a template."""
    return text.replace("{{", '{{ "{{" }}')


def quoted(text: str) -> str:
    """Return a text as a string of PromQL."""
    return json.dumps(text, ensure_ascii=False)


def selector(**labels: str | Sequence[str] | None) -> str:
    """Return `{…}`: a label equals a text or one of several words; None: any."""
    matchers = []
    for label, wanted in labels.items():
        words = [wanted] if isinstance(wanted, str) else wanted
        if words is None:
            continue
        equals = "=" if len(words) == 1 else "=~"
        matchers.append(f"{label}{equals}{quoted('|'.join(words))}")
    return f"{{{','.join(matchers)}}}" if matchers else ""


def number(value: float) -> str:
    """Return a number as a person would write it, whatever binary made of it."""
    return format(value, ".12g")


def duration(seconds: float) -> str:
    """Return a Prometheus duration, to the millisecond."""
    milliseconds = round(seconds * 1000)
    whole, rest = divmod(milliseconds, 1000)
    return f"{milliseconds}ms" if rest else f"{whole}s"


def spoken(seconds: float) -> str:
    """Return a time for a sentence."""
    minutes, rest = divmod(seconds, 60)
    return f"{number(seconds)} s" if rest or minutes < 2 else f"{number(minutes)} min"


def news(counter: str) -> str:
    """Return what a counter of failures has gained lately.

    A failure's series begins with its first failure, at 1, of which `increase` sees
    nothing: a series that is new counts whole, and so does one of a process that is
    new, as its counters began at nothing. New is what was not there for a day, or has
    fewer samples than the scrapes that came: one that a failed scrape has cut is not.
    """
    window = f"{NEWS_MINUTES}m"
    before = f"last_over_time({counter}[1d] offset {window})"
    scrapes = (
        "max by (job, instance) "
        f"(count_over_time(process_start_time_seconds[{window}]))"
    )
    fewer = (
        f"count_over_time({counter}[{window}]) "
        f"< on (job, instance) group_left () {scrapes}"
    )
    born = f"time() - process_start_time_seconds < {NEWS_MINUTES * 60}"
    return (
        f"increase({counter}[{window}]) > 0 or ({counter} unless {before}) "
        f"or ({counter} and {fewer}) or ({counter} and on (job, instance) {born})"
    )
