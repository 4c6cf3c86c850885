"""kind: budget. The members' power, or current, stays below a limit."""

from collections.abc import Iterable

from collector.model.clock import Now
from collector.model.policy import BudgetRule
from collector.policy.group import GroupJudge, Weight, assumed_part
from collector.policy.members import Members, Total
from collector.policy.verdict import APPROACHING
from collector.policy.view import House

# Sums of floats: a total that was fitted exactly is not over its limit.
ROUNDING = 1e-6  # W or A


class Budget(GroupJudge):
    """Judges the sum of its own members and of those of the budgets below it."""

    rule: BudgetRule

    def __init__(
        self,
        rule: BudgetRule,
        *,
        virtual: bool = False,
        members: Iterable[str] | None = None,
        ancestors: Iterable["Budget"] = (),
    ) -> None:
        """`members`: its own and those of all budgets below it; None: every relay.

        An ancestor in dry run holds back nothing but a dry run.
        """
        amperes = rule.limit_w is None
        group = Members(members, rule.when_stale, amperes=amperes)
        super().__init__(rule, group, virtual=virtual)
        self._above = tuple(each for each in ancestors if virtual or not each.virtual)
        self._limit = (rule.limit_a if amperes else rule.limit_w) or 0.0
        self._unit = "A" if amperes else "W"

    def weigh(self, total: Total, house: House, now: Now) -> Weight:
        """Compare the total with the limit."""
        del house, now
        limit = self._limit
        over = total.value > limit + ROUNDING
        known = over or not total.unheard
        return Weight(
            over=over,
            margin=(limit - total.value) / limit if known and limit else None,
            reason=self._sentence(total) if over else "",
            known=total.value - total.assumed > limit,
        )

    def calm(self, house: House, now: Now) -> tuple[float, float] | None:
        """Every member's power is known, and much of the limit is left."""
        lasting, limit = self.members.fresh_sum(house, now.mono), self._limit
        if lasting is None or not limit:
            return None
        margin = (limit - lasting[0]) / limit
        return (margin, lasting[1]) if margin >= APPROACHING else None

    def headroom(self, house: House, now: Now) -> float:
        """Return what is left of the limit, W, with everything that is to be expected."""
        total = self.members.total(house, now.mono, self.gone())
        left = self._limit - total.value - total.unheard
        return left * self.members.watts(house) - self.members.expected_watts(house)

    def most_watts(self, house: House) -> float:
        """Return the smallest of its own limit and of those above it, W."""
        own = self._limit * self.members.watts(house)
        return min([own, *(each.most_watts(house) for each in self._above)])

    def fits_at(self, watts: float, house: House, now: Now) -> float:
        """A load has to fit here, and in every budget above."""
        return max(
            super().fits_at(watts, house, now),
            *(each.fits_at(watts, house, now) for each in self._above),
            now.mono,
        )

    def _sentence(self, total: Total) -> str:
        unit, quantity = self._unit, self.members.quantity
        return (
            f"total {quantity} {total.value:.4g} {unit} is above {self._limit:.4g} "
            f"{unit}{assumed_part(total, unit)}"
        )
