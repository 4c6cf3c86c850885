"""A contact that is reported open and still carries power: welded, or a false OFF.

Told only by what persists: meter and contacts of one structure need not agree (a real
one shows both contacts open with 61 W), and a meter lags behind a switching.
"""

from dataclasses import dataclass
from typing import Final

from collector.model.quantity import CHANNELS
from collector.policy.attribution import Attribution
from collector.policy.side_by_side import tolerance

FLOOR_WATTS: Final = 10.0  # less may be a meter's whim
LEAST_READINGS: Final = 5
LEAST_SECONDS: Final = 120.0  # from the first of them to the last
MOST_GAP_SECONDS: Final = 300.0  # between two of them; what was between is not known
REREAD_SECONDS: Final = 20.0  # while suspicious, a read is asked for so often
GONE_READINGS: Final = 3  # in a row without the power: the contact is open


@dataclass(slots=True)
class _Suspicion:
    """Readings in a row that an open contact does not explain."""

    since: float  # mono, s
    last: float  # mono, s
    asked: float  # mono, s: for a read
    readings: int = 1


@dataclass(slots=True)
class _Fault:
    by_step: bool  # beside a channel that is on: by the step that it did not make
    gone: int = 0  # readings in a row without its power


class ContactFault:
    """One relay. Tell the relay's attribution first, then this; times never fall.

    A sample that is none (rejected, a sleeping meter) says nothing here: do not tell.
    """

    def __init__(self, attribution: Attribution) -> None:
        self._attribution = attribution
        self._contacts: dict[str, bool | None] = dict.fromkeys(CHANNELS)
        self._opened_last: str | None = None
        self._suspicion: _Suspicion | None = None
        self._faults: dict[str, _Fault] = {}
        self.faulty: frozenset[str] = frozenset()  # channels at fault

    @property
    def faults(self) -> dict[str, bool]:
        """Whether a channel's contact is at fault; left out while it is not known."""
        return {
            channel: channel in self._faults
            for channel, on in self._contacts.items()
            if on is not None or channel in self._faults
        }

    def contact(self, channel: str, on: bool | None, mono: float) -> None:
        """Take a contact's state; None: it is not known any more."""
        del mono
        was = self._contacts[channel]
        if on is was:
            return
        self._contacts[channel] = on
        self._suspicion = None
        for fault in self._faults.values():
            fault.by_step = False  # what flows now says nothing of that step
        if on:
            self._faults.pop(channel, None)
            self._note()
        elif was:
            self._opened_last = channel

    def power(self, watts: float, mono: float) -> bool:
        """Take a reading of the power; return whether it should be read once more."""
        self._heal(watts)
        suspects = self._suspects(watts, mono)
        if not suspects:
            self._suspicion = None
            return False
        suspicion = self._suspicion
        if suspicion is None or mono - suspicion.last > MOST_GAP_SECONDS:
            self._suspicion = _Suspicion(mono, mono, asked=mono)
            return True
        suspicion.last = mono
        suspicion.readings += 1
        lasts = mono - suspicion.since >= LEAST_SECONDS
        if lasts and suspicion.readings >= LEAST_READINGS:
            self._suspicion = None
            alone = len(suspects) == 1
            for channel in suspects if alone else self._fitting(watts):
                self._faults[channel] = _Fault(by_step=alone)
            self._note()
            return False
        due = mono - suspicion.asked >= REREAD_SECONDS
        if due:
            suspicion.asked = mono
        return due

    # --------------------------------------------------------------------------------

    def _heal(self, watts: float) -> None:
        for channel, fault in list(self._faults.items()):
            fell = fault.by_step and self._attribution.doubt is None
            fault.gone = fault.gone + 1 if watts <= FLOOR_WATTS or fell else 0
            if fault.gone >= GONE_READINGS:
                del self._faults[channel]
                self._note()

    def _note(self) -> None:
        if self._faults.keys() != self.faulty:
            self.faulty = frozenset(self._faults)

    def _suspects(self, watts: float, mono: float) -> tuple[str, ...]:
        """Return the channels of which one may be at fault; none: all is explained."""
        suspects: tuple[str, ...] = ()
        doubt = self._attribution.doubt
        if all(on is False for on in self._contacts.values()):
            if watts > FLOOR_WATTS and not self._faults:
                suspects = CHANNELS
        elif (
            doubt is not None
            and doubt.channel not in self._faults
            and None not in self._contacts.values()
        ):
            load = self._attribution.loads[doubt.channel]
            _, rest = self._attribution.split(mono)
            if rest is not None and abs(rest - load) <= tolerance(load):
                suspects = (doubt.channel,)
        return suspects

    def _fitting(self, watts: float) -> tuple[str, ...]:
        """Return whose power it is, both contacts being open.

        One contact fails sooner than two: both are blamed only where their sum fits
        and neither load does. A load cannot be told from none below the floor.
        """
        loads = {
            channel: load
            for channel, load in self._attribution.loads.items()
            if load > FLOOR_WATTS
        }
        near = any(abs(watts - each) <= tolerance(each) for each in loads.values())
        total = sum(loads.values())
        if len(loads) == 2 and not near and abs(watts - total) <= tolerance(total):
            return CHANNELS
        if len(loads) == 1 and not near:
            # Rather the channel of which nothing is known, if there is one.
            known = self._attribution.loads
            return tuple(each for each in CHANNELS if each not in known) or (*loads,)
        if loads:
            return (min(loads, key=lambda each: _misfit(watts, loads[each])),)
        return () if self._opened_last is None else (self._opened_last,)


def _misfit(watts: float, load: float) -> float:
    """Return how many times one is the other: a third is nearer than five times."""
    return max(watts / load, load / watts)
