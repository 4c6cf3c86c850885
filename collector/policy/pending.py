"""A command on its way, and the figures that say how long it may take."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from collector.model.clock import Now
from collector.model.command import AttemptResult, CommandOutcome, Origin
from collector.model.policy import ChannelKey

# A relay is a mains router: it answers in tens of milliseconds, or after a route was
# found anew within a second.
ATTEMPT_SECONDS: Final = 2.0  # real s
# The radio tells how each attempt ended; where it never does, so long is enough.
PATIENCE_SECONDS: Final = 30.0
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
FALLEN: Final = 0.5  # of what should go: so much less power is an open contact


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
    began: float = 0.0  # mono, s: of the watch
    last: AttemptResult | None = None  # of the last attempt; None: on its way
    contradicted: bool = False  # after the last attempt the contact was as before
    # The contact may have moved, and nothing was heard of it since; and the same
    # before the last attempt.
    uncertain: bool = False
    uncertain_before: bool = False
    settled: bool = False  # its outcome was told
    read_backs: int = 0
    rereads: int = 0
    falls_to: float | None = None  # W that may flow at most; None: nothing has to fall
    still_high: bool = False  # more than that was measured long enough after

    @property
    def most_attempts(self) -> int:
        """How often it is sent."""
        return CUT_OFF_ATTEMPTS if self.order.cut_off else OTHER_ATTEMPTS

    @property
    def moving(self) -> bool:
        """Whether the contact may move any moment."""
        return self.step is not Step.WATCH

    @property
    def outlives_radio(self) -> bool:
        """Whether it is still wanted when the radio is back after a while.

        An OFF is. An ON may be wrong by then, and nobody waits minutes for an answer.
        """
        order = self.order
        return order.cut_off or (order.origin is Origin.POLICY and not order.on)

    def expect_fall(self, watts: float, share: float) -> None:
        """The relay takes `watts`, and `share` of it goes with the contact, W."""
        if share > max(LEAST_STEP_WATTS, STEP_OF_LOAD * watts):
            self.falls_to = watts - FALLEN * share

    def send(self, *, until: float) -> None:
        """The next attempt goes on the air; its end is told before `until` (mono, s)."""
        self.attempt += 1
        self.step, self.due = Step.SENDING, until
        self.read_backs, self.contradicted, self.last = 0, False, None
        self.uncertain_before, self.uncertain = self.uncertain, True

    def answered(self, result: AttemptResult) -> None:
        """The attempt has ended."""
        self.last = result
        if result in (AttemptResult.REFUSED, AttemptResult.NOT_SENT):
            self.uncertain = self.uncertain_before  # this one has moved nothing

    def outcome(self) -> tuple[CommandOutcome, str]:
        """Return how it ends if it is given up now, and why as a sentence."""
        wanted = "on" if self.order.on else "off"
        times = f"after {self.attempt} attempt{'s' if self.attempt != 1 else ''}"
        if self.last is AttemptResult.REFUSED:
            sentence = f"the relay refused to switch {wanted} {times}"
            return CommandOutcome.REFUSED, sentence
        if self.contradicted:
            return CommandOutcome.FAILED, f"the contact is not {wanted} {times}"
        if self.uncertain:
            sentence = f"the relay did not answer {times}; its contact is unknown"
            return CommandOutcome.UNKNOWN, sentence
        return CommandOutcome.REFUSED, f"it could not be sent {times}"
