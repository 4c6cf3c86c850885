"""PromQL that more than one panel needs."""

from typing import Final

RATE: Final = "$__rate_interval"
SITE: Final = 'site=~"$site"'
RULE: Final = 'rule=~"$rule"'
RELAY: Final = f'{SITE}, ieee="$relay"'

# What a policy can be in, by how much it concerns the reader: the number that a panel
# shows for it. Of several relays the greatest is the answer.
STATES: Final = ("ok", "approaching", "stale", "suspended", "over", "latched")


def named(vector: str, *labels: str, window: str = "") -> str:
    """Return a vector of relays with their names: `name`, and more of the info.

    A relay that two collectors know, as while it moves, has one of its names; `window`:
    one that it has in the window that begins at each moment, see `coming`.
    """
    wanted = ", ".join(("name", *labels))
    info = f"zigbee_relay_info{{{SITE}}}"
    if window:
        info = f"last_over_time({info}[{window}] offset -{window})"
    one = f"topk by (ieee) (1, {info})"
    return f"{vector} * on (ieee) group_left ({wanted}) {one}"


def channels(vector: str, where: str) -> str:
    """Return a vector of channels with `channel_name`; empty where there is none."""
    info = (
        "label_replace("
        f"topk by (ieee, channel) (1, zigbee_relay_channel_info{{{where}}}),"
        ' "channel_name", "$1", "name", "(.*)")'
    )
    return (
        f"{vector} * on (ieee, channel) group_left (channel_name) {info}"
        f" or on (ieee, channel) {vector}"
    )


def channel_named(vector: str) -> str:
    """Return a vector of channels with the relay's name and the channel's."""
    return named(f"({channels(vector, SITE)})")


def kwh(joules: str) -> str:
    """Return J as kWh."""
    return f"{joules} / 3.6e6"


def coming(counter: str, window: str) -> str:
    """Return the increase of the window that begins at each moment.

    Grafana asks for whole hours and days: the present one would be without a bar else.
    """
    return f"increase({counter}[{window}] offset -{window})"


def happened(counter: str, window: str) -> str:
    """Return how often it happened in a window, the first time of a series included.

    A series of a relay or rule begins with 1: `increase` alone sees no step there. By
    RATE, whose windows overlap, each moment is compared with the step before, so that
    what happened once is counted once, and as 1. A scrape that failed takes all series
    away for a moment: hence the last value before it; and what the step before does not
    have is new only if that moment was scraped, or was before the process.
    """
    if window != RATE:
        new = f"({counter} unless {counter} offset {window})"
        return f"({new} or increase({counter}[{window}]))"
    scraped = "zigbee_collector_build_info offset $__interval"
    started = f'process_start_time_seconds{{{SITE}, job="collector"}}'
    started += " > time() - $__interval_ms / 1000"
    return (
        f"({counter} and on (job, instance) {started} or {risen(counter)}"
        f" or ({counter} unless {_before(counter)}"
        f" and on (job, instance) {scraped}))"
    )


def risen(counter: str) -> str:
    """Return by how much it rose since the step before; for one that outlives a process."""
    return f"{counter} - {_before(counter)} > 0"


def _before(counter: str) -> str:
    return f"last_over_time({counter}[{RATE}] offset $__interval)"


def else_none(vector: str, label: str) -> str:
    """Return 0 with the label `none` in place of no series at all."""
    return f'{vector} or on () label_replace(vector(0), "{label}", "none", "", "")'


def quantile(share: float, histogram: str, *by: str) -> str:
    """Return a quantile of a histogram over the time since the point before."""
    kept = ", ".join(("le", *by))
    return f"histogram_quantile({share}, sum by ({kept}) (rate({histogram}[{RATE}])))"


def state_number(where: str, *by: str) -> str:
    """Return the state of policies as its place in STATES, from 1 on; the worst."""
    each = " or ".join(
        f'{number} * zigbee_relay_policy_state{{{where}, state="{state}"}}'
        for number, state in enumerate(STATES, 1)
    )
    return f"max by ({', '.join(by)}) ({each})"
