"""What can be measured, and the unit that each quantity fixes."""

from enum import StrEnum


class Quantity(StrEnum):
    """A quantity; its value is the word of the configuration and of the labels."""

    POWER = "power"  # W, both channels together
    APPARENT_POWER = "apparent_power"  # VA
    POWER_FACTOR = "power_factor"  # ratio 0..1
    VOLTAGE = "voltage"  # V
    CURRENT = "current"  # A
    TEMPERATURE = "temperature"  # °C of the relay's chip
    ENERGY = "energy"  # J, the relay's own register
    STATE = "state"  # per channel: 0 open, 1 closed
    INTERLOCK = "interlock"  # 0/1: never both channels closed
    OUTAGES = "outages"  # power outages since the relay was made
    FIRMWARE = "firmware"  # the relay's firmware number, such as 47


CHANNELS = ("l1", "l2")  # endpoint 1 and endpoint 2
