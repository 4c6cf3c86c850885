"""A command on its way, and the figures that say how long it may take."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from collector.model.clock import Now
from collector.model.command import Origin
from collector.model.policy import ChannelKey

# A relay is a mains router: it answers in tens of milliseconds, or after a route was
# found anew within a second.
ATTEMPT_SECONDS: Final = 2.0  # real s
CUT_OFF_ATTEMPTS: Final = 5
OTHER_ATTEMPTS: Final = 3
BACK_OFF_SECONDS: Final = (0.25, 0.5, 1.0, 2.0)  # after the 1st, 2nd … attempt
REPORT_SECONDS: Final = 1.0  # an OnOff report follows the answer at once
READ_BACK_SECONDS: Final = 3.0  # for an answer to the read of a contact
READ_BACKS: Final = 2
STEP_SECONDS: Final = 10.0  # for the power to fall after an OFF
REREAD_SECONDS: Final = (2.5, 6.0)  # AnalogInput comes 1 s after OFF, or is lost
LEAST_STEP_WATTS: Final = 10.0
# Three sigma of the meter: its readings scatter by about 0.2 % of the load.
STEP_OF_LOAD: Final = 0.006
FALLEN: Final = 0.5  # of the remembered load: so much less power is an open contact


class Step(StrEnum):
    """Where a command is."""

    SENDING = "sending"  # an attempt is on its way; the radio says how it ends
    PAUSE = "pause"  # until the next attempt
    REPORT = "report"  # answered: the contact's own report is to come
    READ_BACK = "read_back"  # no report: it is being read
    WATCH = "watch"  # confirmed: the power must fall, the contact must not bounce


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted of a contact, and why."""

    channel: ChannelKey
    on: bool
    origin: Origin
    rules: tuple[str, ...] = ()  # the policies behind it, the highest first
    cut_off: bool = False  # a protection acts
    blind: bool = False  # because of silence, not of a value
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Pending:
    """One command from its decision to its end."""

    number: int
    order: Order
    asked: Now
    attempt: int = 0
    step: Step = Step.SENDING
    due: float = field(default=float("inf"))  # mono, s: the end of this step
    began: float = 0.0  # mono, s: of the attempt, or of the watch
    refused: bool = False  # the last attempt was answered with an error
    contradicted: bool = False  # the contact was read as it was before
    settled: bool = False  # its outcome was told
    read_backs: int = 0
    rereads: int = 0
    before_watts: float | None = None  # power when the command was given
    load_watts: float = 0.0  # what should go with the contact

    @property
    def most_attempts(self) -> int:
        """How often it is sent."""
        return CUT_OFF_ATTEMPTS if self.order.cut_off else OTHER_ATTEMPTS

    @property
    def moving(self) -> bool:
        """Whether the contact may move any moment."""
        return self.step is not Step.WATCH
