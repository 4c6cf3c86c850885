"""kind: threshold. Beyond a limit for a continuous time, or far beyond it at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from collector.model.clock import Now
from collector.model.policy import Limit, ThresholdRule
from collector.model.quantity import Quantity
from collector.policy.delay import Delay
from collector.policy.local_time import next_edge, within
from collector.policy.relay_judge import Finding, RelayJudge
from collector.policy.verdict import APPROACHING, FOREVER
from collector.policy.view import House, RelayView

UNITS: Final = {
    Quantity.POWER: " W",
    Quantity.VOLTAGE: " V",
    Quantity.CURRENT: " A",
    Quantity.TEMPERATURE: " °C",
    Quantity.APPARENT_POWER: " VA",
    Quantity.POWER_FACTOR: "",
}
READABLE: Final = frozenset({Quantity.POWER, Quantity.CURRENT})  # by a read of power


class Threshold(RelayJudge):
    """Judges one quantity of one relay."""

    rule: ThresholdRule

    def __init__(self, rule: ThresholdRule, ieee: str) -> None:
        super().__init__(rule, ieee)
        self._delay = Delay()
        self._tripped = False
        self._sign = -1.0 if rule.below else 1.0
        self._unit = UNITS[rule.quantity]
        self._readable = rule.quantity in READABLE
        self._direct = rule.quantity is not Quantity.CURRENT
        self._edge: tuple[datetime, datetime, bool] | None = None  # from, to, quiet

    @property
    def quantity(self) -> Quantity:
        """The quantity of the configuration."""
        return self.rule.quantity

    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Compare the held value with the limits of this hour."""
        value = house.fresh(view, self.rule.quantity, now.mono)
        if value is None:
            return None
        held = view.held.get(self.rule.quantity)
        # A current may follow from the power, which came later.
        since = held.mono if held and self._direct else now.mono
        limit, edge = self._limit(house, now)
        found = self._compare(view, value, since, limit, now.mono)
        found.next_due = min(
            found.next_due, edge, house.silence_begins(view, self.rule.quantity)
        )
        return found

    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Let the delay run as over a limit; the instant stage needs a real value."""
        del view, house
        due = self._delay.run(since) + self.rule.for_seconds
        self._tripped = self._tripped or now.mono >= due
        return Finding(
            trip=self._tripped,
            over=True,
            clear=False,
            reason=f"{self.rule.quantity} is silent; taken for an overload",
            next_due=due,
        )

    def forget(self) -> None:
        """Begin anew."""
        self._delay.stop()
        self._tripped = False

    def dump_more(self, now: Now) -> dict[str, object]:
        """Return how long the limit has been exceeded."""
        return self._delay.dump(now)

    def load_more(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from there once the limit is found exceeded."""
        del now
        self._delay.load(document)

    def _compare(
        self, view: RelayView, value: float, since: float, limit: Limit, mono: float
    ) -> Finding:
        sign, rule = self._sign, self.rule
        margin = sign * (limit.trip - value) / limit.trip if limit.trip else None
        if sign * (value - limit.trip) > 0:
            start = max(self._delay.run(since), view.switched_on + rule.grace_seconds)
            due = start + rule.for_seconds
            instant = rule.instant is not None and value > rule.instant
            self._tripped = self._tripped or instant or mono >= due
            return Finding(
                trip=self._tripped,
                over=True,
                clear=False,
                margin=margin,
                reason=self._sentence(value, limit.trip, mono - self._delay.run(since)),
                wants_read=self._readable,
                next_due=FOREVER if self._tripped else due,
            )
        self._delay.stop()
        clear = sign * (value - limit.clear) < 0
        self._tripped = self._tripped and not clear
        near = margin is not None and margin < APPROACHING
        return Finding(
            trip=self._tripped,
            clear=clear,
            approaching=near,
            margin=margin,
            reason=self._sentence(value, limit.trip, 0.0) if self._tripped else "",
            wants_read=self._readable and (near or self._tripped),
        )

    def _limit(self, house: House, now: Now) -> tuple[Limit, float]:
        """Return the limits of this hour, and when (mono, s) others begin."""
        quiet = self.rule.quiet
        if quiet is None:
            return self.rule.limit, FOREVER
        hours, limit = quiet
        edge = self._edge
        if edge is None or not edge[0] <= now.wall < edge[1]:
            to = next_edge(hours, now.wall, house.zone)
            edge = (now.wall, to, within(hours, now.wall, house.zone))
            self._edge = edge
        left = (edge[1] - now.wall).total_seconds()
        return (limit if edge[2] else self.rule.limit), now.mono + left

    def _sentence(self, value: float, limit: float, seconds: float) -> str:
        side = "below" if self.rule.below else "above"
        lasting = f" for {seconds:.1f} s" if seconds > 0 else ""
        return (
            f"{self.rule.quantity} {value:.4g}{self._unit} is {side} "
            f"{limit:.4g}{self._unit}{lasting}"
        )
