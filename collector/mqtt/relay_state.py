"""What is known of one relay, as Zigbee2MQTT publishes it: always as a whole."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from collector.mqtt.message import to_json

# What belongs to one message, not to the state (Zigbee2MQTT, lib/state.ts).
NEVER_CACHED: Final = "action"


class LastSeen(StrEnum):
    """How `last_seen` is written; the words are those of Zigbee2MQTT's option."""

    DISABLE = "disable"
    ISO_8601 = "ISO_8601"  # 2026-03-01T12:00:00.000Z
    ISO_8601_LOCAL = "ISO_8601_local"  # 2026-03-01T13:00:00+01:00
    EPOCH = "epoch"  # ms, Unix time


class RelayState:
    """The values that were last received or written, by Zigbee2MQTT's key."""

    def __init__(self, filtered_cache: tuple[str, ...] = ()) -> None:
        """`filtered_cache`: patterns of keys that are not kept."""
        self.linkquality: int | None = None  # 0-255
        self.last_seen: datetime | None = None  # aware
        self._cache: dict[str, Any] = {}
        self._left_out = matching(filtered_cache)

    @property
    def values(self) -> Mapping[str, Any]:
        """What is cached."""
        return self._cache

    @property
    def known(self) -> bool:
        """Whether there is anything to publish."""
        return bool(self._cache)

    def seen(self, at: datetime, linkquality: int | None) -> None:
        """A frame came; None leaves the link quality as it was."""
        self.last_seen = at
        if linkquality is not None:
            self.linkquality = linkquality

    def update(self, values: Mapping[str, Any]) -> None:
        """Keep these values, but those that are never cached or filtered.

        `update` is a mapping, and replaced as a whole: no progress stays behind.
        """
        left_out = self._left_out
        for key, value in values.items():
            if key != NEVER_CACHED and not left_out(key):
                self._cache[key] = value

    def uncached(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of these values that `update` does not keep."""
        left_out = self._left_out
        return {
            key: value
            for key, value in values.items()
            if key == NEVER_CACHED or left_out(key)
        }

    def keep_out(self, filtered_cache: tuple[str, ...]) -> None:
        """Have other patterns of keys that are not kept, and forget what they match."""
        self._left_out = matching(filtered_cache)
        for key in self.uncached(self._cache):
            del self._cache[key]

    def payload(
        self,
        *,
        home_assistant: bool,
        last_seen: LastSeen = LastSeen.DISABLE,
        zone: tzinfo = UTC,
    ) -> dict[str, Any]:
        """Return all that is known, for one message.

        With Home Assistant what is exposed and not known is null, as its entities
        would log an error each time otherwise; without it is absent. `zone` is for
        ISO_8601_local.
        """
        if home_assistant:
            payload = {**_NOTHING_KNOWN, **self._cache}
            payload.setdefault("update", dict(_NEVER_CHECKED))
        else:
            payload = dict(self._cache)
        if self.linkquality is not None:
            payload["linkquality"] = self.linkquality
        if last_seen is not LastSeen.DISABLE and self.last_seen is not None:
            payload["last_seen"] = written(self.last_seen, last_seen, zone)
        return payload

    def dump(self) -> dict[str, Any]:
        """Return what a restart needs, as JSON takes it.

        The link quality is of the moment and is not kept (nor by Zigbee2MQTT).
        """
        seen = None if self.last_seen is None else _milliseconds(self.last_seen)
        return {"values": dict(self._cache), "last_seen": seen}

    def load(self, document: object) -> None:
        """Take up what `dump` gave; what cannot be from there is ignored."""
        if not isinstance(document, dict):
            return
        values = document.get("values")
        if isinstance(values, dict):
            self.update({key: values[key] for key in _FITS if _fits(key, values)})
        seen = document.get("last_seen")
        if type(seen) is int and 0 < seen < _YEAR_3000:  # True is an int, too
            self.last_seen = _EPOCH + timedelta(milliseconds=seen)


@lru_cache(maxsize=1024)
def matching(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return whether a key matches one of these regular expressions, as a question.

    As Zigbee2MQTT asks: ^ before and $ behind the pattern, without a bracket, so `a|b`
    is "begins with a, or ends with b" (lib/util/utils.ts, filterProperties).
    Raises ValueError for what is no regular expression.
    """
    try:
        compiled = [re.compile(f"^{pattern}$") for pattern in patterns]
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"no regular expression: {error}") from error
    if not compiled:
        return _no

    @lru_cache(maxsize=256)
    def matches(key: str) -> bool:
        return any(each.search(key) for each in compiled)

    return matches


def written(at: datetime, form: LastSeen, zone: tzinfo = UTC) -> str | int | None:
    """Return a moment as Zigbee2MQTT writes it (lib/util/utils.ts, formatDate)."""
    if form is LastSeen.EPOCH:
        return _milliseconds(at)
    if form is LastSeen.ISO_8601:
        whole = at.astimezone(UTC).replace(tzinfo=None)
        return whole.isoformat(timespec="milliseconds") + "Z"
    if form is LastSeen.ISO_8601_LOCAL:
        return at.astimezone(zone).isoformat(timespec="seconds")
    return None


def _no(_: str) -> bool:
    return False


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _fits(key: str, values: Mapping[str, object]) -> bool:
    return key in values and _FITS[key](values[key])


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond any double
        return False


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_state(value: object) -> bool:
    return value in ("ON", "OFF")


def _is_update(value: object) -> bool:
    if not isinstance(value, dict) or "state" not in value:
        return False
    try:
        to_json(value).encode()
    except (TypeError, ValueError, RecursionError):  # NaN, half a surrogate pair
        return False
    return True


def _all(keys: Iterable[str], fits: Callable[[object], bool]) -> dict[str, Any]:
    return dict.fromkeys(keys, fits)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_3000: Final = 32_503_680_000_000  # ms, Unix time
_NUMBERS: Final = (
    "consumption",
    "current",
    "device_temperature",
    "energy",
    "power",
    "power_outage_count",
    "voltage",
)
_BOOLEANS: Final = ("interlock", "power_outage_memory")
_STATES: Final = ("state_l1", "state_l2")
_FITS: Final[Mapping[str, Callable[[object], bool]]] = {
    **_all(_NUMBERS, _is_number),
    **_all(_BOOLEANS, _is_boolean),
    **_all(_STATES, _is_state),
    "update": _is_update,
}
# Exposed by the definition of the relay, `update` aside; `consumption` is not.
_NOTHING_KNOWN: Final = dict.fromkeys(
    (*_NUMBERS[1:], *_BOOLEANS, *_STATES, "linkquality")
)
_NEVER_CHECKED: Final = {"installed_version": -1, "latest_version": -1, "state": None}
