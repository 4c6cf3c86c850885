"""kind: inverse_time. The more current, the sooner; pulses add up, pauses cool."""

from collections.abc import Mapping
from typing import ClassVar, Final

from collector.model.clock import Now
from collector.model.policy import InverseTimeRule
from collector.model.quantity import Quantity
from collector.policy.curves import curve_of
from collector.policy.document import amount
from collector.policy.finding import Finding
from collector.policy.relay_judge import RelayJudge
from collector.policy.verdict import APPROACHING, FOREVER
from collector.policy.view import NEVER, House, RelayView

ASSUMED_RATIO: Final = 2.0  # of a silent current that is taken for an overload


class InverseTime(RelayJudge):
    """Integrates the held current along a curve; exact, whenever it is asked.

    Once tripped it wants its channels off until the current is below 0.9 of the one
    that trips in the end. The latch goes on from there, and the accumulator cools, so
    that a restored load has all the time that its heat leaves. A silent current that
    is to be taken for an overload heats like twice the rated one. Over silence
    without that, and over a restart, the accumulator stays as it was.
    """

    QUANTITY: ClassVar[Quantity] = Quantity.CURRENT

    rule: InverseTimeRule

    def __init__(self, rule: InverseTimeRule, ieee: str) -> None:
        super().__init__(rule, ieee)
        self._curve = curve_of(rule.curve, rule.tms)
        self._heat = 0.0  # 0 cold, 1 trips
        self._ratio: float | None = None  # held current over rated; None: not known
        self._from = NEVER  # mono, s, up to when the accumulator is integrated
        self._grace_until = NEVER  # mono, s
        self._known: float | None = None  # the heat before an overload was assumed
        self._tripped = False

    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Integrate the current that was held, and take the one that is held now."""
        amperes = house.fresh(view, Quantity.CURRENT, now.mono)
        if amperes is None:
            return None
        self._integrate(now.mono)
        ratio = self._take(amperes / self.rule.rated_current_a, view)
        pickup = self._curve.pickup
        over = ratio > pickup
        due = self._due(now.mono)
        if ratio >= self._curve.instant or (over and due <= now.mono):
            self._tripped = True
        elif ratio < (1.0 - APPROACHING) * pickup:
            self._tripped = False
        margin = 1.0 - self._heat
        near = margin < APPROACHING or ratio > (1.0 - APPROACHING) * pickup
        return Finding(
            trip=self._tripped,
            over=over,
            clear=not self._tripped,
            approaching=near,
            margin=margin,
            reason=self._sentence(amperes) if over or self._tripped else "",
            wants_read=near or self._tripped,
            next_due=FOREVER if self._tripped else due,
        )

    def calm(
        self, view: RelayView, house: House, now: Now
    ) -> tuple[float, float] | None:
        """Far from a trip, and too little flows to come near one."""
        lasting = house.lasting(view, Quantity.CURRENT, now.mono)
        if lasting is None or self._tripped:
            return None
        amperes, until = lasting
        ratio = amperes / self.rule.rated_current_a
        if ratio > (1.0 - APPROACHING) * self._curve.pickup:
            return None
        self._integrate(now.mono)
        margin = 1.0 - self._heat
        if margin < APPROACHING:
            return None
        self._ratio = ratio
        return margin, until

    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Heat as at twice the rated current since `since`."""
        del view, house
        if self._known is None:
            self._known = self._heat
            self._ratio, self._from, self._grace_until = ASSUMED_RATIO, since, NEVER
        self._integrate(now.mono)
        due = self._due(now.mono)
        return Finding(
            trip=due <= now.mono,
            over=True,
            clear=False,
            margin=1.0 - self._heat,
            reason=f"current is silent; taken for {ASSUMED_RATIO:g} times "
            f"{self.rule.rated_current_a:.4g} A",
            next_due=due,
        )

    def interrupt(self, mono: float) -> None:
        """Integrate up to there, and stand still; what was only assumed never was."""
        if self._known is None:
            self._integrate(mono)
        else:
            self._heat = self._known
        self._ratio = self._known = None

    def forget(self) -> None:
        """Cool down at once."""
        self._heat, self._tripped = 0.0, False
        self._ratio = self._known = None

    def dump_more(self, now: Now) -> dict[str, object]:
        """Return the accumulator as it is now."""
        self._integrate(min(now.mono, self._good_until))
        document: dict[str, object] = {}
        if heat := round(self._heat if self._known is None else self._known, 9):
            document["heat"] = heat
        if self._tripped:
            document["tripped"] = True
        return document

    def load_more(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from there at the first fresh current; nobody knows what was between."""
        del now
        self.forget()
        self._heat = min(1.0, amount(document, "heat"))
        self._tripped = document.get("tripped") is True

    def _take(self, ratio: float, view: RelayView) -> float:
        self._ratio, self._known = ratio, None
        self._grace_until = view.switched_on + self.rule.grace_seconds
        return ratio

    def _integrate(self, mono: float) -> None:
        """Let the held current act until `mono` (s)."""
        began, self._from = self._from, max(mono, self._from)
        if self._ratio is None or mono <= began:
            return
        if self._ratio > self._curve.pickup:
            began = max(began, self._grace_until)
            # The same sum as in _due: at its deadline it is full, to the last bit.
            if mono >= began + self._curve.left(self._heat, self._ratio):
                self._heat = 1.0
                return
        if mono > began:
            self._heat = self._curve.heat(self._heat, self._ratio, mono - began)

    def _due(self, mono: float) -> float:
        """Return when (mono, s) the accumulator is full at the held current."""
        if self._ratio is None or self._ratio <= self._curve.pickup:
            return FOREVER
        return max(mono, self._grace_until) + self._curve.left(self._heat, self._ratio)

    def _sentence(self, amperes: float) -> str:
        rated = f"{self.rule.rated_current_a:.4g} A"
        return (
            f"current {amperes:.4g} A of {rated} rated; curve {self.rule.curve} "
            f"is {self._heat:.0%} on its way to a cut"
        )
