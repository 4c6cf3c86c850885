"""A small house in which a budget has shed three relays."""

from collector.policy.budget import Budget
from tests.unit.policy.small_house import SmallHouse, budget_rule, words

LOADS = {"a": 1000.0, "b": 1500.0, "c": 2000.0}


class Shed:
    """a, b and c were shed in this order by 100 s, and only `base` W are left on d."""

    def __init__(self, base: float = 500.0, **options: object) -> None:
        self.home = SmallHouse()
        for ieee, watts in LOADS.items():
            self.home.relay(ieee, watts, loads={"l1": watts})
        self.home.relay("d", 4600.0)
        self.budget = Budget(budget_rule(**{"shed": "a/l1 b/l1 c/l1", **options}))
        for number, ieee in enumerate("abc"):
            self.home.keep_fresh()
            self.home.ask(self.budget, 96.9 + number)
            self.off(ieee)
        self.home.power("d", base)

    def off(self, ieee: str) -> None:
        """The relay opens, and its power is measured."""
        self.home.mono += 0.1
        self.home.contact(ieee, "l1", False)
        self.home.ask(self.budget)
        self.home.mono += 0.1
        self.home.power(ieee, 0.0)

    def on(self, ieee: str) -> None:
        """The collector closes the contact, and the power is measured."""
        self.budget.restored((ieee, "l1"), self.home.now)
        self.home.mono += 0.1
        self.home.contact(ieee, "l1", True)
        self.home.mono += 0.1
        self.home.power(ieee, LOADS[ieee])

    def held(self, mono: float) -> str:
        """Ask at `mono`, with everything fresh; return what is kept off."""
        self.home.mono = mono
        self.home.keep_fresh()
        verdict = self.home.ask(self.budget)
        assert (verdict.cut, verdict.alarm) == ((), False)
        self.due = verdict.next_due
        return words(verdict.hold)
