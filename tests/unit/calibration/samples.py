"""Frames in SI units and moments, for the tests of this stage."""

from datetime import UTC, datetime, timedelta

from collector.calibration.energy_counter import EnergyCounter
from collector.calibration.plausibility import Plausibility
from collector.model.clock import Now
from collector.model.frame import Decoded, Measured
from collector.model.quantity import Quantity
from collector.model.reading import Reason

START = datetime(2025, 1, 15, 12, 0, tzinfo=UTC)
Q = Quantity


def at(seconds: float) -> Now:
    """Return the moment so long after the start, on both clocks."""
    return Now(mono=1000.0 + seconds, wall=START + timedelta(seconds=seconds))


def one(quantity: Quantity, value: float, channel: str | None = None) -> Decoded:
    """Return a report of one attribute."""
    measured = Measured(quantity=quantity, channel=channel, value=value)
    return Decoded(values=(measured,))


def structure(
    l1: float | None = None, l2: float | None = None, **values: float
) -> Decoded:
    """Return a 0xFF01 structure; keywords are the words of Quantity."""
    measured = [
        Measured(quantity=Q.STATE, channel=channel, value=state)
        for channel, state in (("l1", l1), ("l2", l2))
        if state is not None
    ]
    measured += [
        Measured(quantity=Quantity(word), channel=None, value=value)
        for word, value in values.items()
    ]
    return Decoded(values=tuple(measured), structure=True)


def jumped(now: Now, wall_seconds: float) -> Now:
    """Return the same moment, on a wall clock that was set."""
    return Now(mono=now.mono, wall=now.wall + timedelta(seconds=wall_seconds))


def hold_power(counter: EnergyCounter, watts: float, start: int, end: int) -> None:
    """Report this power every 30 s, from `start` until `end`."""
    for second in range(start, end + 1, 30):
        counter.on_power(watts, at(second))


def judge(
    state: Plausibility, decoded: Decoded, *, frozen: bool = False
) -> dict[tuple[Quantity, str | None], Reason | None]:
    """Return why each value of a frame is refused; None: it is believed."""
    reasons = state.judge(
        decoded.values, structure=decoded.structure, register_frozen=frozen
    )
    return {
        (measured.quantity, measured.channel): reason
        for measured, reason in zip(decoded.values, reasons, strict=True)
    }
