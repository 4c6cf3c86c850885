"""kind: energy_budget. So much energy in a local day, week or month; then off."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import ClassVar, Final

from collector.model.clock import Now
from collector.model.policy import EnergyBudgetRule
from collector.model.quantity import Quantity
from collector.policy.document import amount, number
from collector.policy.finding import Finding
from collector.policy.latch import WHEN_ITS_TIME_COMES, Latch
from collector.policy.periods import first_day, next_period
from collector.policy.relay_judge import RelayJudge
from collector.policy.verdict import APPROACHING
from collector.policy.view import House, RelayView

JOULES_PER_KWH: Final = 3.6e6
POWER: Final = Quantity.POWER  # to look up a member of an enum takes its time
_KEPT: Final = 3  # periods: a clock that was wrong for a while finds its way back


class Account:
    """What was used in each period: increments of a counter, by the local date of now.

    What becomes known after an edge counts for the period after it. A counter that
    fell is a new beginning, and what was used stays used. A clock that goes back finds
    the period that it had left as it was, or one with as much used as now; forward, a
    period begins with nothing only once.
    """

    def __init__(self) -> None:
        self._used: dict[date, float] = {}  # J, by the period's first local day
        self._period: date | None = None
        self._seen: float | None = None  # J, the counter at the last look

    def use(self, joules: float, period: date) -> float:
        """Take the counter, J, in this period; return what was used in it."""
        if period != self._period:
            self._turn(period)
        if joules > 0:  # 0: nothing is known of it, or nothing counted yet
            if self._seen is not None and joules > self._seen:
                self._used[period] += joules - self._seen
            self._seen = joules
        return self._used[period]

    def forget(self) -> None:
        """Nothing was used."""
        self._used, self._period = {}, None

    def dump(self) -> dict[str, object]:
        """Return what was used, and up to where it is counted."""
        if self._seen is None or self._period is None:
            return {}
        return {
            "period": self._period.isoformat(),
            "used": {
                period.isoformat(): round(used, 3)
                for period, used in sorted(self._used.items())
            },
            "seen": round(self._seen, 3),
        }

    def load(self, document: Mapping[str, object]) -> None:
        """Take what `dump` gave; what is damaged counts as nothing."""
        self.forget()
        seen = amount(document, "seen")
        self._seen = seen if seen > 0 else None
        used = document.get("used")
        for word, joules in used.items() if isinstance(used, dict) else ():
            period = _date(word)
            if period is not None:
                self._used[period] = max(0.0, number(joules) or 0.0)
        period = _date(document.get("period"))
        self._period = period if period in self._used else None

    def _turn(self, period: date) -> None:
        """Another period begins, or a clock was set."""
        before = self._period
        if period not in self._used:
            back = before is not None and period < before
            self._used[period] = self._used[before] if before and back else 0.0
        self._period = period
        nearest = sorted(self._used, key=lambda each: abs(each - period))
        for far in nearest[_KEPT:]:
            del self._used[far]


class EnergyBudget(RelayJudge):
    """Judges the energy of a relay in the present period.

    It lets go when the next period begins, whatever `restore` says. Silence that is to
    be taken for an overload is a budget that is used up.
    """

    CONTENT_WHEN_OPEN: ClassVar[bool] = True

    rule: EnergyBudgetRule

    def __init__(self, rule: EnergyBudgetRule, ieee: str) -> None:
        super().__init__(rule, ieee)
        self.latch = Latch(WHEN_ITS_TIME_COMES)
        self._account = Account()
        self._zone: tzinfo | None = None
        self._period = date.min
        self._edges: tuple[datetime, datetime] | None = None  # of the wall: from, until

    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Compare what was used in this period with its limit."""
        if house.fresh(view, Quantity.POWER, now.mono) is None:
            return None
        left = self._seconds_left(house, now)
        used = self._account.use(view.energy_joules, self._period)
        limit = self.rule.limit_joules
        margin = 1.0 - used / limit if limit > 0 else 0.0
        over = used >= limit
        return Finding(
            trip=over,
            over=over,
            clear=not over,
            approaching=margin < APPROACHING,
            margin=margin,
            reason=self._sentence(used) if over else "",
            next_due=now.mono + left,
        )

    def calm(
        self, view: RelayView, house: House, now: Now
    ) -> tuple[float, float] | None:
        """Most of the budget is left, and the period is the same."""
        lasting, wall, edges = (
            house.lasting(view, POWER, now.mono),
            now.wall,
            self._edges,
        )
        if (
            lasting is None
            or edges is None
            or not edges[0] <= wall < edges[1]
            or house.zone is not self._zone
        ):
            return None
        used = self._account.use(view.energy_joules, self._period)
        limit = self.rule.limit_joules
        margin = 1.0 - used / limit if limit > 0 else 0.0
        if margin < APPROACHING:
            return None
        edge = now.mono + (edges[1] - wall).total_seconds()
        return margin, min(lasting[1], edge)

    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Take the budget for used up."""
        del view, house, now
        return Finding(
            trip=True,
            over=True,
            clear=False,
            reason="power is silent; the budget is taken for used up",
            next_due=since,
        )

    def interrupt(self, mono: float) -> None:
        """The counter goes on."""

    def forget(self) -> None:
        """Give a whole budget anew."""
        self._account.forget()

    def dump_more(self, now: Now) -> dict[str, object]:
        """Return what was used in this period, and where the counter stood."""
        del now
        return self._account.dump()

    def load_more(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from there; what was used meanwhile counts when it becomes known."""
        del now
        self._account.load(document)

    def _seconds_left(self, house: House, now: Now) -> float:
        """Look up the period of now; return how many s it lasts."""
        wall, zone, edges = now.wall, house.zone, self._edges
        if edges is None or not edges[0] <= wall < edges[1] or zone is not self._zone:
            self._period = first_day(self.rule.per, wall, zone)
            edges = wall, next_period(self.rule.per, wall, zone)
            self._edges, self._zone = edges, zone
        return (edges[1] - wall).total_seconds()

    def _sentence(self, used: float) -> str:
        limit = self.rule.limit_joules / JOULES_PER_KWH
        return (
            f"energy {used / JOULES_PER_KWH:.4g} kWh of {limit:.4g} kWh "
            f"this {self.rule.per} is used"
        )


def _date(word: object) -> date | None:
    try:
        return date.fromisoformat(word) if isinstance(word, str) else None
    except ValueError:
        return None
