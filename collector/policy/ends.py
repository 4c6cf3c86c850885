"""Whom the tracker of commands tells how they end."""

from typing import Protocol

from collector.model.clock import Now
from collector.model.command import CommandOutcome
from collector.policy.pending import Pending


class Ends(Protocol):
    """Whom the tracker tells how commands end."""

    def ended(
        self, pending: Pending, outcome: CommandOutcome, detail: str, now: Now
    ) -> None:
        """A command has its outcome; a confirmed OFF is still watched."""

    def cut_short(self, pending: Pending, because: str, now: Now) -> None:
        """A command is not followed any longer, and not to blame for it."""

    def closed_again(self, pending: Pending, detail: str, now: Now) -> None:
        """A confirmed OFF did not last: the contact closed by itself, every time."""

    def still_draws(self, pending: Pending, now: Now) -> None:
        """A contact that is reported open does not open."""

    def open_indeed(self, pending: Pending, now: Now) -> None:
        """A confirmed OFF has lasted, and nothing speaks against it."""

    def objection(self, pending: Pending, now: Now) -> str:
        """Return why the command must not be sent once more; "" where it may."""
