"""Energy and cost by local day, kept for every relay."""

from collections.abc import Iterable, Mapping
from datetime import date

from collector.model.status import RelayStatus
from collector.state.store import DailyTotal


class DailyTotals:
    """Splits the growing counters at local midnight; pure."""

    def __init__(self, documents: Mapping[str, Mapping[str, object]]) -> None:
        self._open: dict[str, tuple[date, float, float]] = {}
        self.accept(documents)

    def take(
        self, statuses: Iterable[RelayStatus], today: date
    ) -> tuple[list[DailyTotal], dict[str, dict[str, object]]]:
        """Return the rows so far, and the documents of days that begin now.

        What was used while the service was down counts towards the day on which it
        went down. Nothing is remembered before `accept`.
        """
        rows: list[DailyTotal] = []
        begun: dict[str, dict[str, object]] = {}
        for status in statuses:
            if status.energy is None:
                continue
            joules = status.energy.total_joules
            cost = sum(status.energy.cost.values())
            mark = self._open.get(status.ieee)
            if mark is not None:
                if joules < mark[1]:  # after a lost state the counter starts anew
                    mark = (mark[0], 0.0, 0.0)
                rows.append(
                    DailyTotal(
                        day=mark[0],
                        ieee=status.ieee,
                        joules=joules - mark[1],
                        cost=max(0.0, cost - mark[2]) if status.energy.cost else None,
                    )
                )
            if mark is None or mark[0] != today:
                mark = (today, joules, cost)
            if mark != self._open.get(status.ieee):
                day, then, paid = mark
                begun[status.ieee] = {
                    "day": day.isoformat(),
                    "joules": then,
                    "cost": paid,
                }
        return rows, begun

    def accept(self, begun: Mapping[str, Mapping[str, object]]) -> None:
        """These documents are on disk: their days run."""
        for ieee, document in begun.items():
            mark = _mark(document)
            if mark is not None:
                self._open[ieee] = mark

    def forget(self, ieees: Iterable[str]) -> None:
        """These relays were removed."""
        for ieee in ieees:
            self._open.pop(ieee, None)

    def lacks(self, statuses: Iterable[RelayStatus]) -> bool:
        """Return whether a relay is there whose day has not begun."""
        return any(
            status.energy is not None and status.ieee not in self._open
            for status in statuses
        )


def _mark(document: Mapping[str, object]) -> tuple[date, float, float] | None:
    """Return what a document says, or None where it is damaged."""
    joules, cost = document.get("joules"), document.get("cost")
    if not isinstance(joules, int | float) or not isinstance(cost, int | float):
        return None
    try:
        return date.fromisoformat(str(document.get("day"))), float(joules), float(cost)
    except ValueError:
        return None
