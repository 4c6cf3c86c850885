"""One relay as a person describes it."""

import re
import unicodedata
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from collector.config.calibration import Calibration, Options
from collector.config.section import NoBoolean, Section, problem

_ADDRESS = re.compile(r"(?:0x)?([0-9a-f]{16})")
_LONGEST_NAME = 100

# Quantities that both languages can correct: ours -> Zigbee2MQTT's option.
BOTH_WAYS = {
    "power": "power_calibration",
    "voltage": "voltage_calibration",
    "current": "current_calibration",
    "energy": "energy_calibration",
    "temperature": "device_temperature_calibration",
}


def normal_ieee(text: str) -> str | None:
    """Return an IEEE address as "00:15:8d:00:03:a0:00:00", or None if it is none.

    Taken: with colons or hyphens, without any, and with 0x before it.
    """
    compact = text.strip().lower()
    if re.fullmatch(r"[0-9a-f]{2}([:-][0-9a-f]{2}){7}", compact):
        compact = compact.replace(":", "").replace("-", "")
    match = _ADDRESS.fullmatch(compact)
    if match is None:
        return None
    return ":".join(match[1][index : index + 2] for index in range(0, 16, 2))


def _ieee(value: Any) -> str:
    # Sixteen decimal digits without quotes reach us as a number.
    text = str(value) if type(value) is int else value
    address = normal_ieee(text) if isinstance(text, str) else None
    if address is None:
        raise problem(
            'expected an IEEE address such as "00:15:8d:00:03:a0:00:00" '
            'or "0x00158d0003a00000"'
        )
    return address


def clean_name(value: str) -> str:
    """Return a name without outer blanks; refuse what no topic or path can carry."""
    name = value.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise problem(f"a name has 1 to {_LONGEST_NAME} characters")
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise problem("a name cannot contain control characters")
    return name


def _relay_name(value: str) -> str:
    name = clean_name(value)
    if name.startswith("/") or name.endswith("/"):
        raise problem("a relay's name cannot begin or end with /")
    if any(character in name for character in "+#*"):
        raise problem("a relay's name cannot contain +, # or *")
    if name.rpartition("/")[2] in {"l1", "l2"}:
        raise problem("a relay's name cannot end like a channel, in l1 or l2")
    return name


Address = Annotated[str, BeforeValidator(_ieee)]
Name = Annotated[str, AfterValidator(clean_name)]
RelayName = Annotated[str, AfterValidator(_relay_name)]


class Channel(Section):
    """One of a relay's two switched outputs."""

    name: Name | None = Field(None, description="what is connected, such as heater")
    rated_power_w: Annotated[float, Field(gt=0, le=16_000), NoBoolean] | None = Field(
        None, description="power of the connected load by its type plate, W"
    )
    protected: bool = Field(
        False, description="true: the collector never switches this channel"
    )


class Channels(Section):
    """Both outputs of a relay."""

    l1: Channel = Field(Channel(), description="endpoint 1")
    l2: Channel = Field(Channel(), description="endpoint 2")

    @model_validator(mode="after")
    def _different_names(self) -> Self:
        if self.l1.name is not None and self.l1.name == self.l2.name:
            raise problem(f'"{self.l1.name}" is also the name of l1', "l2.name")
        return self


class Relay(Section):
    """One relay: its address, its name and what is known of its meter."""

    ieee: Address = Field(
        description="the relay's IEEE address: 00:15:8d:00:03:a0:00:00 "
        "or 0x00158d0003a00000",
        json_schema_extra={"pattern": "^(0[xX])?([0-9A-Fa-f]{2}[:-]?){8}$"},
    )
    name: RelayName | None = Field(
        None, description="shown instead of the address; the address if left out"
    )
    channels: Channels = Field(Channels(), description="the outputs l1 and l2")
    calibration: Calibration = Field(
        Calibration(), description="corrections of the meter, measured -> true"
    )
    options: Options = Field(
        Options(), description="Zigbee2MQTT's options of this device"
    )
    interlock: bool | None = Field(
        None,
        description="never both channels on: kept so in the relay; as it is if left out",
    )
    power_outage_memory: bool | None = Field(
        None,
        description="back to the last state after a power outage: written after joining "
        "and on change; as it is if left out",
    )

    @property
    def shown_name(self) -> str:
        """The name, or the address of a relay without one."""
        return self.name if self.name is not None else self.ieee

    @model_validator(mode="after")
    def _calibrated_once(self) -> Self:
        for quantity, option in BOTH_WAYS.items():
            ours = getattr(self.calibration, quantity) is not None
            if ours and getattr(self.options, option) is not None:
                raise problem(
                    f"calibration.{quantity} corrects the same quantity; "
                    "remove one of them",
                    f"options.{option}",
                )
        return self
