"""Which channels a group rule keeps off: one more, or one less, at a time."""

from collections.abc import Callable, Collection, Mapping

from collector.model.clock import Now
from collector.model.policy import ChannelKey, GroupRule
from collector.policy.members import Gone
from collector.policy.shed import Shed, can_be_cut, takes
from collector.policy.verdict import FOREVER
from collector.policy.view import NEVER, House

RETRY_SECONDS = 60.0  # before a channel is tried again whose cut did not happen
# The engine may have to spare the contact, or another rule may hold the channel.
OFFER_SECONDS = 300.0  # at least; then the next one is offered


class Shedding:
    """The channels that one group rule has cut and not released, in their order.

    Virtual: its cuts are never carried out. They count as done at once, and a release
    is complete as soon as it is decided.
    """

    def __init__(self, rule: GroupRule, *, virtual: bool) -> None:
        self.rule = rule
        self.virtual = virtual
        self.channels: tuple[ChannelKey, ...] = (*rule.shed, *rule.last_resort)
        self.shed: dict[ChannelKey, Shed] = {}
        self._offer: tuple[ChannelKey, float] | None = None  # and since when, mono
        self._moved_at = NEVER  # mono, s, of the last cut, excess or restore
        self._retry_at: dict[ChannelKey, float] = {}  # mono, s, of withdrawn ones

    @property
    def held(self) -> tuple[ChannelKey, ...]:
        """What is kept off; not what is offered."""
        offered = self._offer[0] if self._offer is not None else None
        return tuple(channel for channel in self.shed if channel != offered)

    def observe(self, house: House, mono: float) -> None:
        """Look what has become of the cuts."""
        for channel, shed in list(self.shed.items()):
            view = house.view(channel)
            if view is None:
                continue
            contact = view.contacts[channel[1]]
            shed.look(contact, mono)
            if channel[1] in view.protected:
                self._forget(channel)
            elif contact.on and shed.opened:  # restored, or a person was there
                self._forget(channel)
                self._moved_at = mono

    def take_back(self, house: House, *, over: bool, silent: Collection[str]) -> None:
        """Forget cuts that are too late; `silent`: relays to be off for silence."""
        for channel, shed in list(self.shed.items()):
            view = house.view(channel)
            if view is None or self.virtual or _wanted(channel, shed, over, silent):
                continue
            contact = view.contacts[channel[1]]
            if contact.on and not contact.moving:
                self._forget(channel)

    def awaited(
        self,
        house: House,
        mono: float,
        concerned: Callable[[str], bool] = lambda _: True,
    ) -> float | None:
        """Return until when (mono, s) the effect of cuts is to be waited for.

        None: there is nothing to wait for. `concerned`: relays that matter.
        """
        dues = [
            due
            for channel, shed in self.shed.items()
            if not shed.blind and concerned(channel[0])
            if (due := self._awaited(house, mono, channel, shed)) is not None
        ]
        return max(dues, default=None)

    def waiting_for(self, house: House, mono: float) -> list[str]:
        """Return the relays whose power shows the effect of a cut."""
        return [
            channel[0]
            for channel, shed in self.shed.items()
            if self._awaited(house, mono, channel, shed) is not None
        ]

    def excess(self, mono: float) -> None:
        """The limit is exceeded: nothing is released for a while."""
        self._offer = None
        self._moved_at = mono

    def cut_next(self, house: House, mono: float, gone: Gone) -> ChannelKey | None:
        """Choose the next channel; None: there is nothing left.

        `gone`: channels that count as off.
        """
        for channel in self.channels:
            if (
                channel not in self.shed
                and channel[1] not in gone.get(channel[0], ())
                and self._retry_at.get(channel, NEVER) <= mono
                and can_be_cut(house, channel)
                and takes(house, mono, channel) >= self.rule.min_shed_w
            ):
                self._cut(channel, mono, blind=False)
                return channel
        return None

    def cut_silent(self, silent: Collection[str], house: House, mono: float) -> None:
        """Cut every channel of the lists whose relay is silent."""
        for channel in self.channels if silent else ():
            if (
                channel[0] in silent
                and channel not in self.shed
                and self._retry_at.get(channel, NEVER) <= mono
                and can_be_cut(house, channel)
            ):
                self._cut(channel, mono, blind=True)

    def retry_due(self, mono: float) -> float:
        """Return when (mono, s) a channel may be tried again."""
        return min((at for at in self._retry_at.values() if at > mono), default=FOREVER)

    def outstanding(
        self, house: House, mono: float, *, over: bool, silent: Collection[str]
    ) -> tuple[list[ChannelKey], list[ChannelKey]]:
        """Return what is to be off and is not: by what is known, and for silence."""
        known: list[ChannelKey] = []
        blind: list[ChannelKey] = []
        for channel, shed in self.shed.items():
            view = house.view(channel)
            if view is None:
                continue
            if self.virtual:
                open_cut = self._awaited(house, mono, channel, shed) is not None
            else:
                open_cut = shed.off_at is None and (
                    _wanted(channel, shed, over, silent)
                    or view.contacts[channel[1]].moving
                )
            if open_cut:
                (blind if shed.blind else known).append(channel)
        return known, blind

    def restore(
        self,
        house: House,
        mono: float,
        fits_at: Callable[[ChannelKey], float],
        barred: Callable[[ChannelKey], bool],
    ) -> float:
        """Offer the channel that was cut last, if it is time; return when to look again.

        `fits_at`: from when (mono, s) there is room for a channel, infinite: not by
        time. `barred`: those that cannot come back now; they hold nobody up.
        """
        if not self.shed or house.eyes_open is None:
            return FOREVER
        until = self._offered_until(house, mono, fits_at)
        if until is not None:
            return until
        start = self._moved_at + self.rule.restore_interval_seconds
        if mono < start:
            return start
        for channel in reversed(self.shed):
            if self._is_open(house, channel) and not barred(channel):
                when = fits_at(channel)
                return self._release(channel, mono) if when <= mono else when
        return FOREVER

    def restored(self, channel: ChannelKey, mono: float) -> None:
        """An ON is on its way: the channel is no longer kept off."""
        self._forget(channel)
        self._moved_at = mono

    def withdraw(self, channel: ChannelKey, mono: float) -> None:
        """The cut did not happen: others are tried before this one again."""
        if channel in self.shed:
            self._forget(channel)
            self._retry_at[channel] = mono + RETRY_SECONDS

    def reset(self) -> None:
        """Keep nothing off."""
        self.shed.clear()
        self._retry_at.clear()
        self._offer = None

    def dump(self) -> dict[str, object]:
        """Return the channels that are kept off, in their order."""
        if not self.shed:
            return {}
        return {
            "shed": [
                [*channel, shed.off_at is not None]
                for channel, shed in self.shed.items()
            ]
        }

    def load(self, document: Mapping[str, object], now: Now) -> None:
        """Go on from `dump`; a wait for a restore begins anew."""
        listed = document.get("shed")
        for each in listed if isinstance(listed, list) else ():
            if not isinstance(each, list) or len(each) != 3:
                continue
            channel = next((key for key in self.channels if [*key] == each[:2]), None)
            if channel is not None and channel not in self.shed:
                off = each[2] is True
                self.shed[channel] = Shed(
                    NEVER if off else now.mono,
                    off_at=NEVER if off or self.virtual else None,
                    opened=off and not self.virtual,
                )
                self._moved_at = now.mono

    # --------------------------------------------------------------------------------

    def _cut(self, channel: ChannelKey, mono: float, *, blind: bool) -> None:
        off_at = mono if self.virtual else None
        self.shed[channel] = Shed(mono, blind=blind, off_at=off_at)
        self._retry_at.pop(channel, None)
        self._moved_at = mono

    def _release(self, channel: ChannelKey, mono: float) -> float:
        if self.virtual:
            self.restored(channel, mono)
            return mono + self.rule.restore_interval_seconds
        self._offer = (channel, mono)
        return mono + self._patience

    @property
    def _patience(self) -> float:
        """Return how long (s) an offer stands."""
        return max(OFFER_SECONDS, self.rule.restore_interval_seconds)

    def _offered_until(
        self, house: House, mono: float, fits_at: Callable[[ChannelKey], float]
    ) -> float | None:
        """Return until when (mono, s) the present offer stands; None: there is none."""
        if self._offer is None or house.eyes_open is None:
            return None
        channel, since = self._offer
        until = max(since, house.eyes_open) + self._patience
        if fits_at(channel) > mono:
            self._offer = None
            return None
        if mono >= until:
            self._forget(channel)  # a person, or another rule, keeps it off
            return None
        return until

    def _forget(self, channel: ChannelKey) -> None:
        self.shed.pop(channel, None)
        if self._offer is not None and self._offer[0] == channel:
            self._offer = None

    def _awaited(
        self, house: House, mono: float, channel: ChannelKey, shed: Shed
    ) -> float | None:
        patience = self.rule.shed_interval_seconds
        return shed.awaited(house.view(channel), house, mono, patience)

    def _is_open(self, house: House, channel: ChannelKey) -> bool:
        """Whether the channel is off, so that there is something to restore."""
        view = house.view(channel)
        if view is None:
            return False
        return self.virtual or view.contacts[channel[1]].on is False


def _wanted(
    channel: ChannelKey, shed: Shed, over: bool, silent: Collection[str]
) -> bool:
    """Whether a cut that was not carried out yet is still needed."""
    return channel[0] in silent if shed.blind else over
