"""One relay whose rating is enforced."""

from dataclasses import replace
from typing import Any

from collector.model.policy import RootSettings
from collector.policy.root import Root
from collector.policy.verdict import Verdict
from tests.unit.policy.small_house import SmallHouse

BOTH = {"l1": 1600.0, "l2": 1000.0}


class Enforced:
    """A relay with 1,600 W on channel 1 and 1,000 W on channel 2."""

    def __init__(self, *, virtual: bool = False, **options: Any) -> None:
        self.home = SmallHouse()
        self.view = self.home.relay("a", 100.0, on="l1 l2", loads=BOTH)
        settings = replace(RootSettings(enforce=True), **options)
        self.root = Root(settings, "a", virtual=virtual)

    def at(self, mono: float, watts: float) -> Verdict:
        """The power is so much at this moment."""
        self.home.mono = mono
        self.home.power("a", watts)
        return self.home.ask(self.root)

    def open(self, channel: str, mono: float) -> Verdict:
        """A contact opens."""
        self.home.mono = mono
        self.home.contact("a", channel, False)
        return self.home.ask(self.root)

    def over(self, watts: float, since: float, until: float) -> Verdict:
        """Hold a power, read again and again."""
        mono = since
        while mono < until:
            self.at(mono, watts)
            mono += 20.0
        return self.at(until, watts)
