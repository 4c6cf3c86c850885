"""Rules that only say what they would do: dry run, and the monitor mode of the service."""

from collector.model.clock import Now
from collector.model.command import CommandOutcome
from collector.model.decision import EventKind, PolicyEvent
from collector.model.policy import ChannelKey
from collector.policy.record import Record, action_of
from collector.policy.rulebook import Seat
from collector.policy.verdict import Verdict
from collector.policy.view import House


class DryRun:
    """Turns the edges of a rule's word into events; nothing is ever sent."""

    def __init__(self, house: House, record: Record) -> None:
        self._house = house
        self._record = record
        self._owed: dict[ChannelKey, set[str]] = {}  # what an ON would follow from

    def changed(self, seat: Seat, before: Verdict, now: Now) -> None:
        """Say which command would have been sent."""
        for channel in seat.verdict.cut:
            if channel not in before.cut:
                self._cut(seat, channel, now)
        for channel in before.hold:
            owed = self._owed.get(channel, set())
            if channel not in seat.verdict.hold and seat.name in owed:
                owed.discard(seat.name)
                seat.judge.restored(channel, now)
                self._would(seat, channel, True, now)

    def _cut(self, seat: Seat, channel: ChannelKey, now: Now) -> None:
        view = self._house.view(channel)
        if view is None or channel[1] in view.protected:
            return
        on = view.contacts[channel[1]].on
        if on is False:
            return
        if on:
            self._owed.setdefault(channel, set()).add(seat.name)
        self._would(seat, channel, False, now)

    def _would(self, seat: Seat, channel: ChannelKey, on: bool, now: Now) -> None:
        self._record.add(
            PolicyEvent(
                kind=EventKind.DECISION,
                at=now.wall,
                ieee=channel[0],
                channel=channel[1],
                rule=seat.name,
                action=action_of(on),
                mode=seat.mode,
                reason=seat.verdict.reason or "no rule keeps it off any more",
                inputs=seat.judge.inputs(self._house, now),
                outcome=CommandOutcome.WOULD_ACT,
            )
        )
