"""The central value of the line: one calibrated, judged measurement."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from collector.model.quantity import Quantity


class Quality(StrEnum):
    """How far a value can be relied on."""

    FRESH = "fresh"
    STALE = "stale"  # older than its limit
    REJECTED = "rejected"  # came, and cannot be true
    NOT_MEASURED = "not_measured"  # the meter did not answer: 0 is not a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One calibrated measurement of one relay; always finite."""

    ieee: str  # the relay's stable address; names are looked up at the edge
    channel: str | None  # "l1", "l2", or None for the whole relay
    quantity: Quantity  # fixes the unit
    value: float
    at: datetime  # when the frame reached us, aware UTC
    mono: float  # the same moment on the monotonic clock, s
    quality: Quality = Quality.FRESH


class Reason(StrEnum):
    """Why a sample was not believed; the label of a counter."""

    NOT_FINITE = "not_finite"
    NEGATIVE = "negative"
    OUT_OF_RANGE = "out_of_range"
    SPURIOUS_ZERO = "spurious_zero"
    NOT_MEASURED = "not_measured"
    INCONSISTENT = "inconsistent"  # P against V·I inside one structure
    IMPLAUSIBLE_JUMP = "implausible_jump"  # a register that grew faster than 20 kW


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A sample that was not believed; reaches policies as quality, never as silence."""

    ieee: str
    channel: str | None
    quantity: Quantity
    reason: Reason
    value: float  # as measured; may be NaN or Inf
    at: datetime
    mono: float

    @property
    def quality(self) -> Quality:
        """NOT_MEASURED where the meter slept, REJECTED otherwise."""
        if self.reason is Reason.NOT_MEASURED:
            return Quality.NOT_MEASURED
        return Quality.REJECTED
