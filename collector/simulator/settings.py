"""What the simulator is asked to be."""

from dataclasses import dataclass

from collector.model.errors import CollectorError

FIRMWARES = (36, 46, 47)  # generations whose 0xFF01 layout is known
MOST_RELAYS = 250  # the last byte of the address counts them


class SimulatorError(CollectorError):
    """The simulator cannot be what it was asked to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """A coordinator with its relays; raises SimulatorError for what cannot be."""

    relays: int = 3
    firmware: tuple[int, ...] = (36, 46, 47)  # cycled over the relays
    scenario: str = "household"  # a shipped name, or the path of a file
    seed: int = 1
    joined: bool = False  # True: the relays know the network and announce themselves
    host: str = "127.0.0.1"
    port: int = 0  # 0: any free port
    join_seconds: float = 0.2  # between two relays that join

    def __post_init__(self) -> None:
        if not 0 <= self.relays <= MOST_RELAYS:
            raise SimulatorError(
                f"simulator: relays must be 0 to {MOST_RELAYS}, got {self.relays}"
            )
        unknown = [each for each in self.firmware if each not in FIRMWARES]
        if unknown or not self.firmware:
            raise SimulatorError(
                f"simulator: firmware must be 36, 46 or 47, got {unknown or 'none'}"
            )
