"""The parts of a file that its cross-checks look at: as much as could be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from collector.config.limits import Root
from collector.config.policies import Policy
from collector.config.policy_base import RelayPolicy
from collector.config.policy_parts import EVERY
from collector.config.relay import Relay, normal_ieee


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Policies and relays by their index, without those that are wrong by themselves."""

    policies: Mapping[int, Policy]
    relays: Mapping[int, Relay]
    root: Root = field(default_factory=Root)
    nominal_volts: float = 230.0
    # Names of those that are wrong by themselves: not to be called unknown, too.
    wrong_policies: frozenset[str] = frozenset()
    wrong_relays: frozenset[str] = frozenset()

    @cached_property
    def by_ieee(self) -> dict[str, Relay]:
        """The relays by their address."""
        return {relay.ieee: relay for relay in self.relays.values()}

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return {relay.shown_name: relay.ieee for relay in self.relays.values()}

    def find(self, word: str) -> str | None:
        """Return the address of a relay by its name or its address; None: unknown."""
        named = self._by_name.get(word) or normal_ieee(word)
        return named if named in self.by_ieee else None

    def unknown(self, word: str) -> str | None:
        """Return the sentence for a relay that is not listed; None where it is."""
        if self.find(word) is not None:
            return None
        if word in self.wrong_relays or normal_ieee(word) in self.wrong_relays:
            return None  # listed, but something else is wrong with it
        near = get_close_matches(word, self._by_name, n=1)
        what = f'did you mean "{near[0]}"?' if near else "list it there"
        return f'no relay "{word}" is in relays; {what}'

    def found(self, words: tuple[str, ...]) -> list[str | None]:
        """Return the addresses of known ones; None, after all listed, is any other."""
        if words == (EVERY,):
            return [*self.by_ieee, None]
        known = (self.find(word) for word in words)
        return list(dict.fromkeys(ieee for ieee in known if ieee is not None))

    def shown(self, ieee: str | None) -> str:
        """Return a relay's name for a sentence."""
        return self.by_ieee[ieee].shown_name if ieee is not None else "any relay"

    def channels(self, policy: RelayPolicy) -> Iterator[tuple[str | None, str]]:
        """Yield what a policy may switch off: (address or None, channel)."""
        for ieee in self.found(policy.named):
            for channel in policy.switch_off:
                yield ieee, channel
