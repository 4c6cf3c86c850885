"""What a rule says, and what the engine asks of a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from collector.model.clock import Now
from collector.model.decision import Input, RuleState
from collector.model.policy import ChannelKey, Rule
from collector.policy.view import House

APPROACHING = 0.1  # a margin below this: ask for readings more often
FOREVER = float("inf")


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What a rule says at one moment; said again at every moment while it holds."""

    state: RuleState
    margin: float | None = None  # (limit - value) / limit; None: not known
    cut: tuple[ChannelKey, ...] = ()  # to be off now, in the order of cutting
    hold: tuple[ChannelKey, ...] = ()  # not to be switched on by the collector
    blind: bool = False  # it cuts because of silence: ranks behind what is known
    alarm: bool = False  # it is over and may not switch: a person must look
    reason: str = ""  # with the numbers in it; "" where nothing is the matter
    read: tuple[str, ...] = ()  # relays whose power it wants read soon
    next_due: float = FOREVER  # mono, s: until then only a reading changes it


class Judge(Protocol):
    """One rule at work: for one relay, or a group rule for its members."""

    @property
    def rule(self) -> Rule:
        """What the configuration says."""

    def relays(self, house: House) -> tuple[str, ...]:
        """Return the relays whose readings it looks at."""

    def judge(self, house: House, now: Now) -> Verdict:
        """Judge the present moment; times never fall, `now` may repeat."""

    def room(self, house: House, ieee: str, now: Now) -> float:
        """Return how many W more this relay may take by this rule; infinite: no word."""

    def inputs(self, house: House, now: Now) -> tuple[Input, ...]:
        """Return the values that it looks at, for the record."""

    def reset(self, now: Now) -> None:
        """A person clears latch and counts."""

    def restored(self, channel: ChannelKey, now: Now) -> None:
        """The collector switches a channel on that this rule had switched off."""

    def withdraw(self, channel: ChannelKey, now: Now) -> None:
        """A cut did not happen: the channel was found on, and its command given up."""

    def dump(self, now: Now) -> dict[str, object]:
        """Return what outlives a restart, as plain JSON; {} where that is nothing."""

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Take what `dump` gave; nonsense counts as nothing. Waits begin anew."""
