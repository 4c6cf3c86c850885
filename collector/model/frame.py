"""What comes from the radio, and what the core asks it to read."""

from dataclasses import dataclass
from enum import StrEnum

from collector.model.quantity import Quantity

RELAY_MODEL = "lumi.relay.c2acn01"  # Basic 0x0005 of every LLKZMK11LM


@dataclass(frozen=True, slots=True)
class Frame:
    """One raw ZCL frame of a known relay, as it came from the air."""

    ieee: str  # "00:15:8d:00:03:a0:00:00"
    endpoint: int  # source endpoint: 1 or 2
    cluster: int
    data: bytes  # the whole ZCL frame, header first
    lqi: int | None = None  # 0-255; None where the source does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One decoded value in SI units, not yet calibrated or judged."""

    quantity: Quantity
    channel: str | None  # "l1", "l2", or None for the whole relay
    value: float  # W, V, A, °C, J, VA, ratio, 0/1 or a count; may be NaN or Inf


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrigin:
    """Attribute 0xF000 of an OnOff report: who changed the contact."""

    code: int  # 0x03 a hand at the relay, 0x07 a Zigbee command; others unknown
    nwk: int
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Everything that one frame says."""

    values: tuple[Measured, ...] = ()
    structure: bool = False  # True: one 0xFF01 / 0x00F7, all values of one moment
    response: bool = False  # True: the answer to a read
    unknown_tags: tuple[int, ...] = ()
    truncated: bool = False  # the structure broke off; `values` is what came before
    origin: ChangeOrigin | None = None


class Urgency(StrEnum):
    """How the poller ranks a read."""

    LOW = "low"  # a routine poll
    HIGH = "high"  # a protection waits for the value


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """The core's wish to have a quantity read from a relay."""

    ieee: str
    quantity: Quantity  # POWER, STATE or INTERLOCK: all that can be read
    channel: str | None = None
    urgency: Urgency = Urgency.LOW
