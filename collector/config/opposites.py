"""Policies that no hour and no value could satisfy together."""

from collector.config.parts import Parts
from collector.config.policies import Schedule, Standby
from collector.config.policy_parts import Found
from collector.config.tariff import minutes
from collector.config.threshold import UNITS, Threshold

_WHOLE_DAY = (1 << 24 * 60) - 1  # a bit for each minute
_OTHER = {"above": "below", "below": "above"}
_Channel = tuple[str | None, str]  # (address or None: any other relay, channel)


def opposite_clashes(parts: Parts) -> Found:
    """Return (place, sentence) of every policy that leaves a channel no way to be on."""
    return [*_schedules(parts), *_limits(parts)]


def _schedules(parts: Parts) -> Found:
    """Schedules of one channel whose windows have no minute in common."""
    left: dict[_Channel, int] = {}  # a bit for each minute of the day
    named: dict[_Channel, list[str]] = {}
    found: dict[int, str] = {}
    for index, policy in parts.policies.items():
        if not isinstance(policy, Schedule) or not policy.allowed or _dry(policy):
            continue
        window = _minutes(policy.allowed)
        for channel in parts.channels(policy):
            shared = left.get(channel, window) & window
            words = named.setdefault(channel, [])
            words.append(f"{policy.name} ({policy.allowed})")
            if not shared:
                found.setdefault(
                    index,
                    f"{_shown(parts, channel)} could never be on: "
                    f"{' and '.join(words)} have no minute in common; "
                    "let the hours overlap",
                )
                shared = window  # the next one is compared with this one
                words[:] = words[-1:]
            left[channel] = shared
    return [
        (f"policies.{index}.allowed", sentence) for index, sentence in found.items()
    ]


def _minutes(hours: str) -> int:
    """Return the minutes of a window as bits."""
    start, end = minutes(hours)
    between = (1 << max(start, end)) - (1 << min(start, end))
    return between if start < end else _WHOLE_DAY ^ between


def _limits(parts: Parts) -> Found:
    """An upper limit below a lower one, of one quantity of one channel."""
    strictest: dict[tuple[str, _Channel, str], tuple[float, str]] = {}
    found: dict[str, str] = {}
    for index, policy in parts.policies.items():
        if not isinstance(policy, Threshold | Standby) or _dry(policy):
            continue
        side, limit = _side(policy)
        for channel in parts.channels(policy):
            key = (side, channel, policy.judged)
            before = strictest.get(key, (limit, policy.name))
            stricter = min if side == "above" else max
            strictest[key] = stricter(before, (limit, policy.name))
            other = strictest.get((_OTHER[side], channel, policy.judged))
            if other is None or _room(side, limit, other[0]):
                continue
            unit = UNITS[policy.judged]
            found.setdefault(
                f"policies.{index}.{side}",
                f"{_shown(parts, channel)} could never stay on: {policy.name} acts "
                f"{side} {limit:g}{unit} and {other[1]} {_OTHER[side]} "
                f"{other[0]:g}{unit}; leave room between them",
            )
    return list(found.items())


def _side(policy: Threshold | Standby) -> tuple[str, float]:
    if isinstance(policy, Threshold) and policy.above is not None:
        return "above", policy.above
    return "below", policy.below or 0.0


def _room(side: str, limit: float, other: float) -> bool:
    return limit > other if side == "above" else limit < other


def _dry(policy: Schedule | Threshold | Standby) -> bool:
    return policy.mode == "dry_run"


def _shown(parts: Parts, channel: _Channel) -> str:
    return f"{parts.shown(channel[0])}/{channel[1]}"
