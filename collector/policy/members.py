"""The members of a group rule: what they take together, and who of them is silent."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeGuard

from collector.model.policy import StaleAction, StaleRule
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.relay_judge import READ_PATIENCE_SECONDS
from collector.policy.verdict import FOREVER
from collector.policy.view import NEVER, Held, House, RelayView

POWER: Final = Quantity.POWER  # to look up a member of an enum takes its time
FRESH: Final = Quality.FRESH
_NOBODY: Final = Held(0.0, NEVER)

Gone: TypeAlias = Mapping[str, Collection[str]]  # IEEE address -> channels


@dataclass(slots=True)
class Total:
    """What the members take together, in the limit's unit (W or A)."""

    value: float = 0.0  # as it counts against the limit
    assumed: float = 0.0  # the part of `value` that no meter says
    unheard: float = 0.0  # what members not heard yet may take; not part of `value`
    stale: list[str] = field(default_factory=list)  # without a fresh value
    silent: list[str] = field(default_factory=list)  # … for too long; not our blindness
    unread: list[str] = field(default_factory=list)  # … a read is tried before more
    barred: set[str] = field(default_factory=set)  # … their channels are to be off
    next_due: float = FOREVER  # mono, s: until then only a reading changes it


class Members:
    """Relays whose power (or current) counts against one limit."""

    def __init__(
        self, relays: Iterable[str] | None, silence: StaleRule, *, amperes: bool = False
    ) -> None:
        """`relays` None: every relay of the house; `amperes`: count A instead of W."""
        self._relays = None if relays is None else tuple(dict.fromkeys(relays))
        self._set = frozenset(self._relays or ())
        self._silence = silence
        self._amperes = amperes
        self._quantity = Quantity.CURRENT if amperes else Quantity.POWER
        # What was held when they were added up last: by member, in the house's order.
        self._helds: list[Held | None] = []
        self._amounts: list[float] = []
        self._monos: list[float] = []
        self._index: dict[str, int] = {}
        self._news = 0  # of the house, when they were added up last
        self._good_until = NEVER  # mono, s

    @property
    def quantity(self) -> Quantity:
        """What is added up."""
        return self._quantity

    def names(self, house: House) -> tuple[str, ...]:
        """Return the members' IEEE addresses."""
        return tuple(house.relays) if self._relays is None else self._relays

    def views(self, house: House) -> Collection[RelayView]:
        """Return the members that are known."""
        if self._relays is None:
            return house.relays.values()
        known = (house.relays.get(ieee) for ieee in self._relays)
        return [view for view in known if view is not None]

    def include(self, ieee: str) -> bool:
        """Whether a relay is a member."""
        return self._relays is None or ieee in self._set

    def watts(self, house: House) -> float:
        """Return how many W one unit of the limit is."""
        return house.nominal_volts if self._amperes else 1.0

    def total(self, house: House, mono: float, gone: Gone) -> Total:
        """Add up what the members take now; `gone`: channels that count as off."""
        lasting = house.limit(POWER)
        if not gone and self._fresh(house, mono):
            return Total(value=sum(self._amounts), next_due=self._good_until)
        total, views = Total(), self.views(house)
        value, heard = 0.0, FOREVER  # mono, s
        for view in views:
            held = view.held.get(POWER)
            if not self._amperes and _is_fresh(held, mono, lasting):
                amount = held.value
                heard = min(heard, held.mono)
            else:
                amount = self._other(view, house, mono, total)
            if gone and view.ieee in gone:
                amount = self._without(view, gone[view.ieee], amount, house)
            value += amount
        total.value = value
        total.next_due = min(total.next_due, heard + lasting)
        return total

    def fresh_sum(self, house: House, mono: float) -> tuple[float, float] | None:
        """Return the sum, and until when (mono, s) it lasts; None: look at each."""
        if not self._fresh(house, mono):
            return None
        return sum(self._amounts), self._good_until

    def _fresh(self, house: House, mono: float) -> bool:
        """Take over what is new; return whether all of it is fresh power."""
        if self._amperes or not self._catch_up(house):
            return False
        self._good_until = min(self._monos, default=FOREVER) + house.limit(POWER)
        return mono < self._good_until

    def _catch_up(self, house: House) -> bool:
        """Take over what is held now; False: a member holds nothing of use.

        Every reading asks every group rule, and mostly one member has changed: the one
        that spoke. What is held is never changed in place, so that the rest is known
        by its identity.
        """
        news, before = house.news, self._news
        self._news = news
        if news == before + 1 and self._helds and house.speaker is not None:
            place = self._index.get(house.speaker)
            if place is None:
                return True
            return self._take_over(place, house.relays[house.speaker].held.get(POWER))
        if news == before and self._helds:
            return True
        views = self.views(house)
        if len(views) != len(self._helds):
            self._helds = [_NOBODY] * len(views)
            self._amounts, self._monos = [0.0] * len(views), [NEVER] * len(views)
        self._index = {view.ieee: place for place, view in enumerate(views)}
        return all(
            self._take_over(place, view.held.get(POWER))
            for place, view in enumerate(views)
        )

    def _take_over(self, place: int, held: Held | None) -> bool:
        """Count what one member holds; False: it is of no use, nor what was counted."""
        if held is not self._helds[place]:
            if held is None or held.quality is not FRESH:
                self._helds = []
                return False
            self._helds[place] = held
            self._amounts[place], self._monos[place] = held.value, held.mono
        return True

    def expected_watts(self, house: House) -> float:
        """Return what contacts take that close, or closed after the last power."""
        expected = 0.0
        for view in self.views(house):
            held = view.held.get(Quantity.POWER)
            for name, contact in view.contacts.items():
                if contact.on:
                    coming = held is not None and held.mono <= contact.changed
                else:
                    coming = contact.moving
                if coming:
                    expected += view.load_watts(name)
        return expected

    def _other(self, view: RelayView, house: House, mono: float, total: Total) -> float:
        """Return what a member counts whose power is not fresh, or is not what counts."""
        fresh = house.fresh(view, self._quantity, mono)
        if fresh is not None:
            end = house.good_until(view, self._quantity, mono)
            total.next_due = min(total.next_due, end)
            return fresh
        total.stale.append(view.ieee)
        kept = self._kept(view, house)
        assumed = view.assumed_watts() / self.watts(house)
        since = house.silent_since(view, self._quantity, mono)
        if since is None:
            begins = house.silence_begins(view, self._quantity)
            total.next_due = min(total.next_due, begins)
        else:
            total.silent.append(view.ieee)
            if self._decided(view, since, mono, total):
                if kept is None or self._silence.action is StaleAction.ASSUME_RATED:
                    total.assumed += assumed
                    return assumed
                return kept
        if kept is None:
            total.unheard += assumed
            return 0.0
        return kept

    def _decided(
        self, view: RelayView, since: float, mono: float, total: Total
    ) -> bool:
        """Whether the word for silence counts already; before, a read is tried."""
        action = self._silence.action
        if action is StaleAction.KEEP:
            return True
        due = since + READ_PATIENCE_SECONDS
        if view.tried_at < since and mono < due:
            total.unread.append(view.ieee)
            total.next_due = min(total.next_due, due)
            return False
        if action is StaleAction.OFF:
            due = since + self._silence.after_seconds
            if mono < due:
                total.next_due = min(total.next_due, due)
                return False
            total.barred.add(view.ieee)
        return True

    def _kept(self, view: RelayView, house: House) -> float | None:
        """Return the last value that was known; None: there was none."""
        power = _known(view, Quantity.POWER)
        current = _known(view, Quantity.CURRENT) if self._amperes else None
        last = max((each.mono for each in (power, current) if each), default=None)
        if last is None:
            return None
        contacts = view.contacts.values()
        if not any(each.on is not False for each in contacts) and last < max(
            each.changed for each in contacts
        ):
            return 0.0  # all has been switched off since
        amount = power.value / self.watts(house) if power else 0.0
        return max(amount, current.value) if current else amount

    def _without(
        self, view: RelayView, gone: Collection[str], amount: float, house: House
    ) -> float:
        per_unit = self.watts(house)
        return without(view, gone, amount * per_unit) / per_unit


def _is_fresh(held: Held | None, mono: float, lasting: float) -> TypeGuard[Held]:
    """As House.fresh says; written out, because a reading may ask every member."""
    return held is not None and held.quality is FRESH and mono < held.mono + lasting


def without(view: RelayView, gone: Collection[str], watts: float) -> float:
    """Return what a relay that takes `watts` would take with these channels off, W."""
    on = {name for name, each in view.contacts.items() if each.on is not False}
    if on <= set(gone):
        return 0.0
    return max(0.0, watts - sum(view.load_watts(name) for name in on & set(gone)))


def _known(view: RelayView, quantity: Quantity) -> Held | None:
    """Return the last value that could be believed."""
    held = view.held.get(quantity)
    if held is None or held.bad_since == held.mono:
        return None  # nothing but rejected samples came so far
    return held
