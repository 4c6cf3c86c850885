"""kind: demand. The mean power of each clock window stays below a limit."""

from collections.abc import Iterable, Mapping

from collector.model.clock import Now
from collector.model.policy import DemandRule
from collector.policy.budget import ROUNDING
from collector.policy.demand_window import DemandWindow
from collector.policy.group import GroupJudge, Weight, assumed_part
from collector.policy.members import Members, Total
from collector.policy.verdict import FOREVER
from collector.policy.view import NEVER, House


class Demand(GroupJudge):
    """Predicts the mean of the present window: (energy so far + power · rest)/window."""

    rule: DemandRule

    def __init__(
        self,
        rule: DemandRule,
        *,
        virtual: bool = False,
        members: Iterable[str] | None = None,
    ) -> None:
        """`members` None: every relay."""
        super().__init__(rule, Members(members, rule.when_stale), virtual=virtual)
        self.window = DemandWindow(rule.window_minutes)
        self._settled_at = NEVER  # mono, s: after a clock was set nothing is cut before

    def weigh(self, total: Total, house: House, now: Now) -> Weight:
        """Compare the prediction with the limit."""
        window, limit = self.window, self.rule.limit_w
        if not window.begun:
            if total.unheard:
                return Weight()  # the power is not known yet, nor what was missed
            window.begin(total.value, now, house.zone)
        self._count(house, now)
        window.hold(total.value)
        predicted = window.predicted
        over = predicted > limit + ROUNDING
        assumed = total.assumed * window.rest / window.seconds
        return Weight(
            over=over,
            margin=(limit - predicted) / limit if limit else None,
            reason=self._sentence(total) if over else "",
            known=predicted - assumed > limit,
            not_before=self._settled_at,
            next_due=now.mono + window.rest,
        )

    def headroom(self, house: House, now: Now) -> float:
        """Return how many W more fit into this window, and into the next one too."""
        if not self.window.begun:
            return 0.0
        return min(self._left(house, now))

    def most_watts(self, house: House) -> float:
        """Return the limit."""
        del house
        return self.rule.limit_w

    def fits_at(self, watts: float, house: House, now: Now) -> float:
        """A load fits later if less of the window is left for it."""
        if not self.window.begun:
            return FOREVER
        always, present = self._left(house, now)
        if watts > always:
            return FOREVER
        if watts <= present:
            return now.mono
        rest = self.window.rest
        spare = max(0.0, present * rest)  # J of this window that nobody takes
        return now.mono + rest - spare / watts

    def dump_more(self) -> dict[str, object]:
        """Return the window and its energy."""
        return self.window.dump()

    def load_more(self, document: Mapping[str, object]) -> None:
        """Go on in the same window."""
        self.window.load(document)

    def _left(self, house: House, now: Now) -> tuple[float, float]:
        """Return what fits into whole windows, and into the rest of this one, W.

        There is a rest: a moment at the edge belongs to the new window.
        """
        self._count(house, now)
        total = self.members.total(house, now.mono, self.gone())
        taken = total.value + total.unheard + self.members.expected_watts(house)
        window, limit = self.window, self.rule.limit_w
        energy = limit * window.seconds - window.joules
        return limit - taken, energy / window.rest - taken

    def _count(self, house: House, now: Now) -> None:
        if self.window.count(now, house.zone):
            self._settled_at = now.mono + self.rule.shed_interval_seconds

    def _sentence(self, total: Total) -> str:
        window = self.window
        return (
            f"mean power of these {window.seconds / 60:.4g} minutes will be "
            f"{window.predicted:.4g} W, above {self.rule.limit_w:.4g} W, with "
            f"{total.value:.4g} W for the rest{assumed_part(total, 'W')}"
        )
