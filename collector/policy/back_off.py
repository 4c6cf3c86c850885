"""How long a channel is left alone after cut-offs in vain."""

from dataclasses import dataclass
from typing import Final

NEVER: Final = float("-inf")
# After so many cut-offs in vain a relay is left alone for longer each time.
PATIENT_FAILURES: Final = 3
SOON_SECONDS: Final = 2.0
FIRST_SECONDS: Final = 30.0
LAST_SECONDS: Final = 300.0


@dataclass(slots=True)
class BackOff:
    """2 s after the first failures, then 30 s, and twice as long each time."""

    failures: int = 0  # one after the other
    not_before: float = NEVER  # mono, s: of the next try

    def failed(self, mono: float) -> None:
        """A try was in vain."""
        self.failures += 1
        beyond = self.failures - PATIENT_FAILURES
        wait = SOON_SECONDS
        if beyond >= 0:
            wait = min(FIRST_SECONDS * 2.0 ** min(beyond, 8), LAST_SECONDS)
        self.not_before = mono + wait

    def forgive(self) -> None:
        """Try at once; what fails again is left alone as long as it was."""
        self.not_before = NEVER

    def end(self) -> None:
        """It has worked."""
        self.failures = 0
        self.not_before = NEVER
