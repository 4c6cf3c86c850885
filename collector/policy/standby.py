"""kind: standby. On, and with next to nothing to do for so long: off."""

from collections.abc import Mapping

from collector.model.clock import Now
from collector.model.policy import StandbyRule
from collector.model.quantity import Quantity
from collector.policy.delay import Delay
from collector.policy.finding import Finding
from collector.policy.relay_judge import RelayJudge
from collector.policy.verdict import APPROACHING
from collector.policy.view import FOREVER, House, RelayView


class Standby(RelayJudge):
    """Judges the power of a relay while one of the rule's channels is on.

    The time counts from when the power fell, or from the last switch-on of one of
    these channels (and its grace): what was just switched on is not forgotten yet.
    """

    rule: StandbyRule

    def __init__(self, rule: StandbyRule, ieee: str) -> None:
        super().__init__(rule, ieee)
        self._delay = Delay()

    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Compare the held power with the limit."""
        watts = house.fresh(view, Quantity.POWER, now.mono)
        if watts is None:
            return None
        if not self._on(view):
            self._delay.stop()
            return Finding()
        limit = self.rule.below_w
        margin = (watts - limit) / limit if limit > 0 else None
        if watts >= limit:
            self._delay.stop()
            near = margin is not None and margin < APPROACHING
            return Finding(approaching=near, margin=margin)
        began, due = self._due(view, view.held[Quantity.POWER].mono)
        trip = now.mono >= due
        return Finding(
            trip=trip,
            over=True,
            clear=False,
            margin=margin,
            reason=f"power {watts:.4g} W is below {limit:.4g} W "
            f"for {max(0.0, now.mono - began):.0f} s",
            next_due=FOREVER if trip else due,
        )

    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Let the delay run as below the limit, while there is something to switch."""
        del house
        if not self._on(view):
            self._delay.stop()
            return Finding(reason="power is silent, and nothing is on")
        _, due = self._due(view, since)
        return Finding(
            trip=now.mono >= due,
            over=True,
            clear=False,
            reason="power is silent; taken for standby",
            next_due=due,
        )

    def interrupt(self, mono: float) -> None:
        """Let the delay stand still."""
        self._delay.pause(mono)

    def forget(self) -> None:
        """Begin anew."""
        self._delay.stop()

    def dump_more(self, now: Now) -> dict[str, object]:
        """Return how long the power has been low."""
        return self._delay.dump(now)

    def load_more(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from there once it is found low."""
        del now
        self._delay.load(document)

    def _on(self, view: RelayView) -> bool:
        return any(view.is_on(channel) for channel in self.rule.switch_off)

    def _due(self, view: RelayView, since: float) -> tuple[float, float]:
        """Return since when the time counts, and when (mono, s) it is up."""
        began = self._delay.run(max(since, self._anew))
        for channel in self.rule.switch_off:
            if view.is_on(channel):
                changed = view.contacts[channel].changed
                began = max(began, changed + self.rule.grace_seconds)
        return began, began + self.rule.for_seconds
