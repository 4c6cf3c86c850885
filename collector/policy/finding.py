"""What a kind of rule finds in its inputs, before latch and silence have their say."""

from dataclasses import dataclass

from collector.policy.verdict import FOREVER


@dataclass(slots=True, kw_only=True)
class Finding:
    """What a kind makes of fresh inputs (or of an assumed overload)."""

    trip: bool = False  # the channels are to be off
    over: bool = False  # beyond the limit, and its delay runs
    approaching: bool = False
    clear: bool = True  # beyond the clear limit: `when_clear` may let go
    margin: float | None = None
    reason: str = ""
    wants_read: bool = False  # a reading of the power would tell more
    next_due: float = FOREVER  # mono, s; of an assumed overload: when it trips
