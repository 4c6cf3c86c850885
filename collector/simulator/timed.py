"""Contacts that open by themselves: ZCL 8, 3.8.2.3.6, On With Timed Off."""

import struct

FOR_EVER = 0xFFFF  # tenths of a second
_TENTHS_PER_S = 10
_ONLY_WHEN_ON = 0x01  # bit of the OnOffControl field
_LENGTH = 5  # OnOffControl, OnTime, OffWaitTime


class TimedOff:
    """When each contact opens; monotonic s, as everything of a relay."""

    def __init__(self, channels: int) -> None:
        self._due = [float("inf")] * channels

    @property
    def next_due(self) -> float:
        """When the next contact opens."""
        return min(self._due)

    def at(self, channel: int) -> float:
        """When this contact opens; infinity: it stays as it is."""
        return self._due[channel]

    def begin(self, channel: int, seconds: float, now: float) -> None:
        """Open a contact after so long, or later if that was asked for before."""
        due = self._due[channel]
        earlier = due if due < float("inf") else now
        self._due[channel] = max(earlier, now + seconds)

    def cancel(self, channel: int) -> None:
        """The contact has opened, or is to stay closed."""
        self._due[channel] = float("inf")

    def take_due(self, now: float) -> list[int]:
        """Return the contacts whose time has come, and forget it."""
        found = [number for number, due in enumerate(self._due) if due <= now]
        for number in found:
            self.cancel(number)
        return found


def seconds_of(payload: bytes, *, closed: bool) -> float | None:
    """Return the OnTime of the command's payload, s; infinity: for ever.

    None: the contact stays as it is. Raises ValueError for a payload that is too short.
    OffWaitTime is not looked at: no host of ours asks for it.
    """
    if len(payload) < _LENGTH:
        raise ValueError("On With Timed Off has five bytes")
    control, on_time = struct.unpack_from("<BH", payload)
    if control & _ONLY_WHEN_ON and not closed:
        return None
    return float("inf") if on_time == FOR_EVER else on_time / _TENTHS_PER_S
