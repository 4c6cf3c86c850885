"""When the state of one relay is published, and what of it: Zigbee2MQTT's options.

All moments are seconds of the monotonic clock. The cache is up to date at once, whatever
is held back; a message carries all of it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from collector.calibration.correction import DEFAULT_PRECISION
from collector.model.quantity import CHANNELS
from collector.mqtt.message import Message, to_json
from collector.mqtt.relay_state import LastSeen, RelayState, matching

NEVER: Final = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one relay is published; the names are Zigbee2MQTT's."""

    retain: bool = False
    qos: int = 0
    retention: int | None = None  # s until the broker forgets a message, MQTT 5 only
    throttle: float = 0.0  # s, at most one message in so long; 0: off
    debounce: float = 0.0  # s of quiet before a message; 0: off; wins over throttle
    debounce_ignore: frozenset[str] = frozenset()  # keys
    filtered_attributes: tuple[str, ...] = ()  # patterns, see `matching`
    filtered_cache: tuple[str, ...] = ()
    filtered_optimistic: tuple[str, ...] = ()
    optimistic: bool = True
    state_action: bool = False
    precision: Mapping[str, int] = field(default_factory=dict)  # decimals by key
    home_assistant: bool = False
    last_seen: LastSeen = LastSeen.DISABLE
    zone: tzinfo = UTC  # of ISO_8601_local


def merged(
    defaults: Mapping[str, Any],
    own: Mapping[str, Any],
    *,
    zone: tzinfo = UTC,
) -> Options:
    """Return the options of a relay: its own, else the defaults, else Zigbee2MQTT's.

    None is as good as not given; a list takes the place of the other, as there.
    `homeassistant` is true, false, or a mapping with `enabled`. Other keys are not
    looked at. Raises ValueError, with the key, for a pattern that is no regular
    expression or a `last_seen` that is none of the four.
    """
    given = {**_given(defaults), **_given(own)}
    return Options(
        retain=bool(given.get("retain", False)),
        qos=int(given.get("qos", 0)),
        retention=given.get("retention"),
        throttle=float(given.get("throttle", 0)),
        debounce=float(given.get("debounce", 0)),
        debounce_ignore=frozenset(given.get("debounce_ignore", ())),
        filtered_attributes=_patterns(given, "filtered_attributes"),
        filtered_cache=_patterns(given, "filtered_cache"),
        filtered_optimistic=_patterns(given, "filtered_optimistic"),
        optimistic=bool(given.get("optimistic", True)),
        state_action=bool(given.get("state_action", False)),
        precision={
            key: int(given[f"{key}_precision"])
            for key in DEFAULT_PRECISION
            if f"{key}_precision" in given
        },
        home_assistant=_home_assistant(own, defaults),
        last_seen=_last_seen(given.get("last_seen", LastSeen.DISABLE)),
        zone=zone,
    )


class RelayPublisher:
    """Publishes one relay: what is held back goes out with `flush`."""

    def __init__(
        self,
        topic: str,
        options: Options,
        send: Callable[[Message], None],
        state: RelayState | None = None,
    ) -> None:
        """`topic` is the whole of it: base topic, slash, friendly name."""
        self.topic = topic
        self.options = options
        self.state = state if state is not None else RelayState()
        self.state.keep_out(options.filtered_cache)
        self._send = send
        self._waiting: dict[str, Any] | None = None  # values that were held back
        self._due = NEVER  # when they go out
        self._open_from = -math.inf  # throttle: when the next may go out at once

    def received(
        self,
        values: Mapping[str, Any],
        now: float,
        *,
        lqi: int | None,
        at: datetime,
        on_off: bool = False,
    ) -> None:
        """Take what a frame brought; `on_off`: it is a report of cluster OnOff.

        A frame without a value is published only where it moves `last_seen`.
        Zigbee2MQTT makes an `action` of read responses, too; a caller that polls gives
        them as no report, or each poll would look like a hand at the switch.
        """
        options, state = self.options, self.state
        state.seen(at, lqi)
        if on_off and options.state_action:
            values = {**values, **_action(values)}
        if not values and options.last_seen is LastSeen.DISABLE:
            return
        if options.debounce > 0:
            if self._conflicts(values):
                self._release()
            self._hold(values, now + options.debounce)
        elif now >= self._open_from:
            self._open_from = now + options.throttle
            self._hold(values, now)  # what came late for its own moment goes with it
            self._release()
        else:
            self._hold(values, self._open_from)

    def optimistic(self, values: Mapping[str, Any], now: float) -> None:  # noqa: ARG002
        """Take what a command has set, once the relay has answered it.

        Never held back, nor counted by the throttle; nothing at all where the option
        `optimistic` is false or all is filtered.
        """
        left_out = matching(self.options.filtered_optimistic)
        kept = {key: value for key, value in values.items() if not left_out(key)}
        if not kept or not self.options.optimistic:
            return
        self.state.update(kept)
        self._publish(self.state.uncached(kept))
        self._carried(kept)

    def publish_now(self, now: float) -> None:  # noqa: ARG002
        """Publish all that is known; nothing where nothing is."""
        if self.state.known:
            self._publish({})
            self._carried({})

    def next_due(self) -> float:
        """Return when `flush` has something to do; NEVER (inf) if nothing waits."""
        return self._due

    def flush(self, now: float) -> None:
        """Publish what was held back, if its time has come."""
        if now < self._due:
            return
        self._open_from = now + self.options.throttle
        self._release()

    def reconfigure(self, topic: str, options: Options, now: float) -> None:
        """Go on under another topic, with other options.

        What was held back goes out at once, under the new topic; the old one is the
        caller's to clear.
        """
        waiting, self._waiting, self._due = self._waiting, None, NEVER
        uncached = self.state.uncached(waiting or {})
        self.topic, self.options = topic, options
        self.state.keep_out(options.filtered_cache)
        opens = now + options.throttle
        if waiting is None:
            self._open_from = min(self._open_from, opens)
            return
        self._open_from = opens
        self._publish(uncached)

    # what is held back ----------------------------------------------------------------

    def _hold(self, values: Mapping[str, Any], due: float) -> None:
        self.state.update(values)
        self._waiting = {**(self._waiting or {}), **values}
        self._due = due

    def _release(self) -> None:
        waiting, self._waiting, self._due = self._waiting, None, NEVER
        self._publish(self.state.uncached(waiting or {}))

    def _conflicts(self, values: Mapping[str, Any]) -> bool:
        waiting = self._waiting
        if waiting is None:
            return False
        return any(
            key in values and key in waiting and values[key] != waiting[key]
            for key in self.options.debounce_ignore
        )

    def _carried(self, published: Mapping[str, Any]) -> None:
        """A message has carried the cache: what is not cached, and not in it, waits on."""
        rest = self.state.uncached(self._waiting or {})
        for key in published:
            rest.pop(key, None)
        if rest:
            self._waiting = rest
        else:
            self._waiting, self._due = None, NEVER

    # messages -------------------------------------------------------------------------

    def _publish(self, uncached: Mapping[str, Any]) -> None:
        options = self.options
        payload = self.state.payload(
            home_assistant=options.home_assistant,
            last_seen=options.last_seen,
            zone=options.zone,
        )
        payload.update(uncached)
        if options.filtered_attributes:
            left_out = matching(options.filtered_attributes)
            payload = {key: payload[key] for key in payload if not left_out(key)}
        if payload:
            text = to_json(payload)
            self._send(
                Message(
                    self.topic, text, options.retain, options.qos, options.retention
                )
            )


def _action(values: Mapping[str, Any]) -> dict[str, str]:
    """Return `action`: on_l1, off_l1 and so on; a report is of one endpoint."""
    for channel in CHANNELS:
        state = values.get(f"state_{channel}")
        if state is not None:
            return {"action": f"{str(state).lower()}_{channel}"}
    return {}


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}


def _patterns(given: Mapping[str, Any], key: str) -> tuple[str, ...]:
    patterns = tuple(given.get(key, ()))
    try:
        matching(patterns)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error
    return patterns


def _last_seen(word: str) -> LastSeen:
    try:
        return LastSeen(word)
    except ValueError as error:
        raise ValueError(f"last_seen: {error}") from error


def _home_assistant(*options: Mapping[str, Any]) -> bool:
    """The first that says anything decides."""
    for each in options:
        value = each.get("homeassistant")
        if isinstance(value, Mapping):
            value = value.get("enabled")
        if value is not None:
            return bool(value)
    return False
