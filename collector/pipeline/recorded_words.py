"""What the words of a table mean: relays, quantities, values in the configuration's units."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from difflib import get_close_matches
from typing import Final, TypeAlias

from collector.model.quantity import CHANNELS, Quantity
from collector.pipeline.recording import shown

Series: TypeAlias = tuple[str, Quantity, str | None]  # ieee, quantity, channel

# What may stand in a table, and how many SI units one of its units is.
UNITS: Final[Mapping[Quantity, float | None]] = {
    Quantity.POWER: 1.0,
    Quantity.APPARENT_POWER: 1.0,
    Quantity.POWER_FACTOR: 1.0,
    Quantity.VOLTAGE: 1.0,
    Quantity.CURRENT: 1.0,
    Quantity.TEMPERATURE: 1.0,
    Quantity.ENERGY: 3.6e6,  # kWh
    Quantity.STATE: None,  # words: `STATES`
}
STATES: Final = {"0": 0.0, "1": 1.0, "off": 0.0, "on": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a table's words mean."""

    names: Mapping[str, str]  # relay's name -> IEEE address
    address: Callable[[str], str | None]  # an IEEE address in its normal form, or None
    zone: tzinfo  # of times that do not say theirs

    def series(self, relay: str, quantity: str) -> Series:
        """Return what a row is about; ValueError with a sentence where it is nothing."""
        found = next((each for each in UNITS if each.value == quantity.lower()), None)
        if found is None:
            words = [each.value for each in UNITS]
            near = _near(quantity, words) or f"; known are {', '.join(words)}"
            raise ValueError(f"quantity {shown(quantity)} is unknown{near}")
        if found is not Quantity.STATE:
            return self._relay(relay, f"{found} is of the whole relay"), found, None
        name, _, channel = relay.rpartition("/")
        if channel not in CHANNELS:
            raise ValueError(
                f"relay {shown(relay)} lacks its channel: state is of {relay}/l1 or "
                f"{relay}/l2"
            )
        return self._relay(name), found, channel

    def _relay(self, word: str, whole: str = "") -> str:
        ieee = self.names.get(word) or self.address(word)
        if ieee is not None:
            return ieee
        name, _, channel = word.rpartition("/")
        if whole and channel in CHANNELS:
            raise ValueError(f"{whole}: write {name} in place of {word}")
        near = _near(word, list(self.names)) or "; add it to the configuration's relays"
        raise ValueError(f"relay {shown(word)} is unknown{near}")


def si_value(quantity: Quantity, text: str) -> float:
    """Return the value in the SI unit; ValueError with a sentence where it is none."""
    unit = UNITS[quantity]
    if unit is None:
        state = STATES.get(text.lower())
        if state is None:
            raise ValueError(f"a state is 0, 1, on or off, got {shown(text)}")
        return state
    try:
        value = float(text) * unit
    except ValueError:
        value = None
    if value is None:
        if not text:
            raise ValueError("no value; leave out what was not measured")
        point = "; write a decimal point" if "," in text else ""
        raise ValueError(f"value {shown(text)} is no number{point}")
    if not math.isfinite(value):
        raise ValueError(f"value {text} was not measured; leave the row out")
    return value


def _near(word: str, known: list[str]) -> str:
    near = get_close_matches(word.lower(), known, n=1)
    return f'; did you mean "{near[0]}"?' if near else ""
