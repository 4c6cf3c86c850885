"""kind: threshold. Beyond a limit for a continuous time, or far beyond it at once."""

from collections.abc import Mapping
from typing import Final

from collector.model.clock import Now
from collector.model.policy import Limit, ThresholdRule
from collector.model.quantity import Quantity
from collector.policy.delay import Delay
from collector.policy.finding import Finding
from collector.policy.local_time import Window
from collector.policy.relay_judge import RelayJudge
from collector.policy.verdict import APPROACHING, FOREVER
from collector.policy.view import NEVER, House, RelayView

UNITS: Final = {
    Quantity.POWER: " W",
    Quantity.VOLTAGE: " V",
    Quantity.CURRENT: " A",
    Quantity.TEMPERATURE: " °C",
    Quantity.APPARENT_POWER: " VA",
    Quantity.POWER_FACTOR: "",
}
READABLE: Final = frozenset({Quantity.POWER, Quantity.CURRENT})  # by a read of power
# A report of the power may come so long before the one of the contact behind it.
REPORTS_APART_SECONDS: Final = 2.0


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
        self._window = Window(rule.quiet[0]) if rule.quiet is not None else None
        self._quiet: bool | None = None  # None: not looked at yet
        self._limit_since = NEVER  # mono, s, when the hours changed the limits

    @property
    def quantity(self) -> Quantity:
        """The quantity of the configuration."""
        return self.rule.quantity

    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Compare the held value with the limits of this hour."""
        value = house.fresh(view, self.rule.quantity, now.mono)
        if value is None:
            return None
        limit, edge = self.rule.limit, FOREVER
        if self._window is not None:
            limit, edge = self._limit_now(self._window, house, now)
        if self._sign * (value - limit.trip) > 0:
            found = self._beyond(view, value, limit, now.mono)
        else:
            found = self._within(value, limit)
        found.next_due = min(found.next_due, edge)
        return found

    def calm(
        self, view: RelayView, house: House, now: Now
    ) -> tuple[float, float] | None:
        """Far within the only limit that there is."""
        lasting = house.lasting(view, self.rule.quantity, now.mono)
        if lasting is None or self._window is not None:
            return None
        value, until = lasting
        limit = self.rule.limit
        margin = self._margin(value, limit)
        if margin is None or margin < APPROACHING:
            return None
        return (margin, until) if self._sign * (value - limit.clear) <= 0 else None

    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Let the delay run as over a limit; the instant stage needs a real value."""
        del view, house
        due = self._delay.run(since) + self.rule.for_seconds
        return Finding(
            trip=now.mono >= due,
            over=True,
            clear=False,
            reason=f"{self.rule.quantity} is silent; taken for an overload",
            next_due=due,
        )

    def interrupt(self, mono: float) -> None:
        """Let the delay stand still."""
        self._delay.pause(mono)

    def forget(self) -> None:
        """Begin anew."""
        self._delay.stop()
        self._tripped = False

    def dump_more(self, now: Now) -> dict[str, object]:
        """Return how long the limit has been exceeded, and whether that was too long."""
        tripped = {"tripped": True} if self._tripped else {}
        return {**tripped, **self._delay.dump(now)}

    def load_more(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from there once the limit is found exceeded."""
        del now
        self._tripped = document.get("tripped") is True
        self._delay.load(document)

    def _beyond(
        self, view: RelayView, value: float, limit: Limit, mono: float
    ) -> Finding:
        rule = self.rule
        # A current may follow from the power, which came later than itself.
        heard = view.held[rule.quantity].mono if self._direct else mono
        began = self._delay.run(max(heard, self._anew, self._limit_since))
        due = self._past_grace(view, began) + rule.for_seconds
        instant = rule.instant is not None and value > rule.instant
        self._tripped = self._tripped or instant or mono >= due
        return Finding(
            trip=self._tripped,
            over=True,
            clear=False,
            margin=self._margin(value, limit),
            reason=self._sentence(value, limit, mono - began),
            wants_read=self._readable,
            next_due=FOREVER if self._tripped else due,
        )

    def _within(self, value: float, limit: Limit) -> Finding:
        self._delay.stop()
        clear = self._sign * (value - limit.clear) <= 0
        self._tripped = self._tripped and not clear
        margin = self._margin(value, limit)
        near = margin is not None and margin < APPROACHING
        if self.rule.quantity is Quantity.VOLTAGE:
            near = not clear  # the mains' own 230 V is near to any limit of it
        return Finding(
            trip=self._tripped,
            clear=clear,
            approaching=near,
            margin=margin,
            reason=self._sentence(value, limit, 0.0) if self._tripped else "",
            wants_read=self._readable and (near or self._tripped),
        )

    def _past_grace(self, view: RelayView, began: float) -> float:
        """Return from when (mono, s) the time counts that runs since `began`.

        What was too much before the switch-on already is no inrush, or a second
        channel that switches again and again would hide it for ever.
        """
        grace, delay = self.rule.grace_seconds, self._delay
        if (
            grace > 0
            and delay.began is not None
            and delay.began > view.switched_on - REPORTS_APART_SECONDS
        ):
            return max(began, view.switched_on + grace)
        return began

    def _limit_now(self, window: Window, house: House, now: Now) -> tuple[Limit, float]:
        """Return the limits of this hour, and when (mono, s) others begin."""
        quiet, left = window.look(now.wall, house.zone)
        if quiet is not self._quiet:
            if self._quiet is not None:
                self._limit_since = now.mono
            self._quiet = quiet
        limit = self.rule.limit
        if quiet and self.rule.quiet is not None:
            limit = self.rule.quiet[1]
        return limit, now.mono + left

    def _margin(self, value: float, limit: Limit) -> float | None:
        trip = limit.trip
        return self._sign * (trip - value) / abs(trip) if trip else None

    def _sentence(self, value: float, limit: Limit, seconds: float) -> str:
        unit, bound = self._unit, limit.trip
        if self._sign * (value - bound) > 0:
            side = "below" if self.rule.below else "above"
            lasting = f" for {seconds:.1f} s" if seconds > 0 else ""
        else:
            side, bound = "not yet back beyond", limit.clear
            lasting = ""
        return f"{self.rule.quantity} {value:.4g}{unit} is {side} {bound:.4g}{unit}{lasting}"
