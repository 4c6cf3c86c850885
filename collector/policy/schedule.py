"""kind: schedule. Off outside of the allowed hours."""

from typing import ClassVar

from collector.model.clock import Now
from collector.model.decision import Input
from collector.model.policy import ScheduleRule
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.edges import Edges
from collector.policy.finding import Finding
from collector.policy.latch import WHEN_ITS_TIME_COMES, Latch
from collector.policy.local_time import Window
from collector.policy.relay_judge import RelayJudge
from collector.policy.view import NEVER, House, RelayView


class Schedule(RelayJudge):
    """Judges the hour; its input is the state of the rule's contacts.

    It lets go when the allowed hours begin, whatever `restore` says. A silent state
    that is to be taken for an overload is taken for on: the hour alone counts.
    """

    QUANTITY: ClassVar[Quantity] = Quantity.STATE
    CONTENT_WHEN_OPEN: ClassVar[bool] = True

    rule: ScheduleRule

    def __init__(self, rule: ScheduleRule, ieee: str) -> None:
        super().__init__(rule, ieee)
        self.latch = Latch(WHEN_ITS_TIME_COMES)
        self._hours: Window | Edges | None = None  # None: always allowed
        self._words = "outside of the allowed hours"
        if rule.allowed is not None:
            self._hours = Window(rule.allowed)
            start, end = rule.allowed.start, rule.allowed.end
            self._words += f" {start:%H:%M}-{end:%H:%M}"
        elif rule.next_on is not None and rule.next_off is not None:
            self._hours = Edges(rule.next_on, rule.next_off)

    def find(self, view: RelayView, house: House, now: Now) -> Finding | None:
        """Return what the hour says, while the contacts are known."""
        if now.mono >= self.good_until(view, house, now.mono):
            return None
        found = self._judge_hour(house, now)
        if found.trip:
            contacts = view.contacts
            found.over = any(contacts[each].on for each in self.rule.switch_off)
            found.reason = self._words
        return found

    def find_overload(
        self, view: RelayView, since: float, house: House, now: Now
    ) -> Finding:
        """Return what the hour says of contacts that may be closed."""
        del view
        found = self._judge_hour(house, now)
        if found.trip:
            found.next_due = since
        found.reason = f"state is silent; taken for on, {self._words}"
        return found

    def interrupt(self, mono: float) -> None:
        """The hour goes on."""

    def forget(self) -> None:
        """There is nothing to forget."""

    def good_until(self, view: RelayView, house: House, mono: float) -> float:
        """Return until when (mono, s) the contacts are known."""
        del mono
        return self._heard(view) + house.limit(Quantity.STATE)

    def silent_since(self, view: RelayView, house: House, mono: float) -> float | None:
        """Return since when (mono, s) a contact is unknown; None: none, or we are blind."""
        since = self.silence_begins(view, house)
        return since if since <= mono else None

    def silence_begins(self, view: RelayView, house: House) -> float:
        """Return when (mono, s) a contact becomes unknown if nothing comes."""
        limit = house.limit(Quantity.STATE)
        return house.silence_after(view, self._heard(view), limit)

    def inputs(self, house: House, now: Now) -> tuple[Input, ...]:
        """Return the state of each contact."""
        view, limit = house.relays[self.ieee], house.limit(Quantity.STATE)
        found = []
        for channel in self.rule.switch_off:
            contact = view.contacts[channel]
            known = contact.on is not None
            age = now.mono - contact.mono if known else None
            fresh = age is not None and age < limit
            found.append(
                Input(
                    ieee=view.ieee,
                    quantity=Quantity.STATE,
                    value=float(contact.on) if contact.on is not None else None,
                    age=age,
                    quality=Quality.FRESH if fresh else Quality.STALE,
                )
            )
        return tuple(found)

    def _judge_hour(self, house: House, now: Now) -> Finding:
        if self._hours is None:
            return Finding()
        allowed, left = self._hours.look(now.wall, house.zone)
        return Finding(trip=not allowed, clear=allowed, next_due=now.mono + left)

    def _heard(self, view: RelayView) -> float:
        """Return when (mono, s) the contact heard longest ago was heard last."""
        contacts = [view.contacts[channel] for channel in self.rule.switch_off]
        if any(contact.on is None for contact in contacts):
            return NEVER
        return min(contact.mono for contact in contacts)
