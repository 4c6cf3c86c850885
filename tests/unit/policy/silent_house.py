"""A small house in which one relay says nothing any more."""

from collector.policy.budget import Budget
from tests.unit.policy.small_house import SmallHouse

SILENT_AT, TRIED_AT = 120.0, 130.0  # of what came at 0 s


def with_silent(
    watts: float | None, on: str = "l1", rated: dict[str, float] | None = None
) -> SmallHouse:
    """A house of a, which says nothing after 0 s, and of b, which is heard."""
    home = SmallHouse()
    home.relay("a", watts, on=on, rated=rated)
    home.relay("b", 1000.0, loads={"l1": 1000.0})
    return home


def counted(home: SmallHouse, budget: Budget, mono: float) -> float | None:
    """Return what counts against 4,500 W at a moment, b being fresh."""
    home.mono = mono
    home.power("b", 1000.0)
    margin = home.ask(budget).margin
    return None if margin is None else round(4500 * (1 - margin) - 1000.0, 6)
