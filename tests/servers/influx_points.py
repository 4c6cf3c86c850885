"""Numbered points: the value tells which one it is, and its time is its own."""

from datetime import UTC, datetime, timedelta

from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.model.status import RelayContext

BUCKET = "energy"
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = round(BEGAN.timestamp() * 1000)  # ms


def readings(number: int) -> tuple[Reading, ...]:
    """What a frame of relay `number % 50` brought."""
    at = BEGAN + timedelta(milliseconds=number)
    return tuple(
        Reading(
            ieee=f"r{number % 50:02d}",
            channel=channel,
            quantity=quantity,
            value=value,
            at=at,
            mono=number / 1000,
        )
        for quantity, channel, value in (
            (Quantity.POWER, None, number + 0.5),
            (Quantity.VOLTAGE, None, 230.0 + number % 10),
            (Quantity.STATE, "l1", float(number % 2)),
        )
    )


def context() -> RelayContext:
    """What is known beside it; nothing of it changes."""
    return RelayContext(name="relay", lqi=120, energy_joules=1000.0)
