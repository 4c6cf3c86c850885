"""A small house for demand rules: a that a test changes, and b with 1,000 W."""

from datetime import timedelta

from collector.model.decision import RuleState
from collector.policy.demand import Demand
from tests.unit.policy.small_house import START, SmallHouse


def house(watts: float, seconds: float = 0.0) -> SmallHouse:
    """a takes so much, b 1,000 W; the window began so many s ago."""
    home = SmallHouse(wall=START + timedelta(seconds=seconds))
    home.relay("a", watts, loads={"l1": watts})
    home.relay("b", 1000.0, loads={"l1": 1000.0})
    return home


def held(home: SmallHouse, demand: Demand, mono: float, watts: float) -> RuleState:
    """Let a take so many W from `mono` on, b still being there."""
    home.mono = mono
    home.power("a", watts)
    home.power("b", 1000.0)
    return home.ask(demand).state
