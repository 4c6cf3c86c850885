"""One meter for two channels: what each takes, and whether its contact opens."""

from collections.abc import Mapping, Sequence
from typing import Final

from collector.model.clock import Now
from collector.model.decision import DecisionAction, EventKind, PolicyEvent
from collector.model.quantity import Quantity
from collector.model.reading import Reading, Rejection
from collector.model.status import ChannelPower
from collector.policy.attribution import Attribution
from collector.policy.contact_fault import ContactFault
from collector.policy.record import Record
from collector.policy.view import RelayView

# To look up a member of an enum takes its time.
POWER: Final = Quantity.POWER
STATE: Final = Quantity.STATE


class Meters:
    """Attribution and contact faults of every relay."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._attributions: dict[str, Attribution] = {}
        self._faults: dict[str, ContactFault] = {}

    def loads(self, ieee: str) -> Mapping[str, float]:
        """Return the remembered loads of a relay, W, by channel; they go on changing."""
        return self._attribution(ieee).loads

    def split(
        self, ieee: str, mono: float, max_age: float
    ) -> tuple[Mapping[str, ChannelPower], float | None]:
        """Return what each channel takes, and what nobody is known to take.

        Nothing where the power is older than `max_age` s.
        """
        return self._attribution(ieee).split(mono, max_age)

    def faults(self, ieee: str) -> Mapping[str, bool]:
        """Return which contacts do not open."""
        found = self._faults.get(ieee)
        return found.faults if found is not None else {}

    def observe(
        self,
        view: RelayView,
        readings: Sequence[Reading],
        rejected: Sequence[Rejection],
        now: Now,
    ) -> bool:
        """Take what came; return whether a read of the power would tell more."""
        attribution = self._attribution(view.ieee)
        fault = self._faults.get(view.ieee)
        if fault is None:
            fault = self._faults[view.ieee] = ContactFault(attribution)
        watts: float | None = None
        for reading in readings:
            if reading.quantity is POWER:
                watts = reading.value
            elif reading.quantity is STATE and reading.channel is not None:
                attribution.contact(
                    reading.channel,
                    reading.value != 0,
                    now.mono,
                    reported=len(readings) == 1,  # not as part of a structure
                )
                fault.contact(reading.channel, reading.value != 0, now.mono)
        for rejection in rejected:
            if rejection.quantity is POWER:
                attribution.power_unknown(now.mono)
        if watts is None:
            return False
        attribution.power(watts, now.mono)
        return self._judge(view, fault, watts, now)

    def lost(self, ieee: str, channel: str, now: Now) -> None:
        """A command was given up: nobody knows this contact until it is read."""
        if ieee in self._faults:  # and was not removed a moment ago
            self._attribution(ieee).contact(channel, None, now.mono)
            self._faults[ieee].contact(channel, None, now.mono)

    def known(self) -> list[str]:
        """Return the relays about which something is remembered."""
        return list(self._attributions)

    def forget(self, ieee: str) -> None:
        """The relay was removed."""
        self._attributions.pop(ieee, None)
        self._faults.pop(ieee, None)

    def dump(self, ieee: str) -> dict[str, object]:
        """Return what outlives a restart."""
        return self._attribution(ieee).dump()

    def load(self, ieee: str, document: Mapping[str, object]) -> None:
        """Take what `dump` gave."""
        self._attribution(ieee).load(document)

    def _attribution(self, ieee: str) -> Attribution:
        found = self._attributions.get(ieee)
        if found is None:
            found = self._attributions[ieee] = Attribution()
        return found

    def _judge(
        self, view: RelayView, fault: ContactFault, watts: float, now: Now
    ) -> bool:
        before = fault.faulty
        wants = fault.power(watts, now.mono)
        if fault.faulty is not before:
            for channel in sorted(fault.faulty - before):
                self._record.add(
                    PolicyEvent(
                        kind=EventKind.ALARM,
                        at=now.wall,
                        ieee=view.ieee,
                        channel=channel,
                        action=DecisionAction.ALARM,
                        reason=f"contact fault: {channel} is reported open and "
                        f"{watts:.0f} W flow; the contact may be welded",
                    )
                )
        return wants
