"""Which coordinator, and how it is watched."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from collector.config.section import (
    NoBoolean,
    Seconds,
    Section,
    problem,
    resolve,
)

SIMULATOR = "simulator"


def _radio_path(value: str) -> str:
    text = value.strip()
    if text == SIMULATOR:
        return text
    if text.startswith("/") and "\0" not in text:
        return text
    if text.startswith(("socket://", "tcp://")):
        return _socket(text)
    raise problem(
        'expected "simulator", a serial device such as /dev/serial/by-id/... '
        "or socket://host:port"
    )


def _socket(text: str) -> str:
    """Return socket://host:port; tcp:// is Zigbee2MQTT's word for the same."""
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        host = port = None
    # Everything beside host and port would be dropped in silence.
    if not host or not port or not re.fullmatch(r"[\w.%:-]+", host):
        raise problem("expected socket://host:port with a port from 1 to 65535")
    if text.partition("//")[2].lower().strip("[]") not in _authorities(host, port):
        raise problem("expected socket://host:port and nothing else in it")
    return f"socket://[{host}]:{port}" if ":" in host else f"socket://{host}:{port}"


def _authorities(host: str, port: int) -> set[str]:
    return {f"{host}:{port}", f"{host}]:{port}"}


def _firmware(value: Any) -> Any:
    """Take a single generation for a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


def _scenario(value: str, info: ValidationInfo) -> str:
    """Return a shipped name as it is, a file's path resolved."""
    if "/" in value or value.endswith((".yaml", ".yml")):
        return str(resolve(Path(value), info))
    if not value.strip():
        raise problem("expected the name of a shipped scenario, or a file")
    return value


class Simulator(Section):
    """The relays and the coordinator that stand in for hardware."""

    relays: Annotated[int, Field(ge=0, le=250), NoBoolean] = Field(
        3, description="number of simulated relays"
    )
    firmware: Annotated[
        tuple[Literal[36, 46, 47], ...],
        BeforeValidator(_firmware),
        Field(min_length=1),
    ] = Field(
        (36, 46, 47), description="firmware generations, dealt to the relays in turn"
    )
    scenario: Annotated[str, AfterValidator(_scenario)] = Field(
        "household", description="a shipped scenario's name, or a YAML file"
    )
    seed: Annotated[int, Field(ge=0, le=2**63 - 1), NoBoolean] = Field(
        1, description="the same seed gives the same loads and noise"
    )
    speed: Annotated[float, Field(gt=0, le=10_000), NoBoolean] = Field(
        1.0, description="seconds of the simulated world in one real second"
    )


class Radio(Section):
    """The Zigbee coordinator (Texas Instruments ZNP)."""

    path: Annotated[str, AfterValidator(_radio_path)] = Field(
        SIMULATOR,
        description="simulator, a serial device such as /dev/serial/by-id/..., "
        "or socket://host:port (tcp:// means the same)",
    )
    baudrate: Annotated[int, Field(ge=1_200, le=4_000_000), NoBoolean] = Field(
        115_200, description="bit/s of a serial device"
    )
    form_network: bool = Field(
        False,
        description="true: make a new network if the coordinator has none "
        "(the simulator always does)",
    )
    channel: Annotated[int, Field(ge=11, le=26), NoBoolean] = Field(
        15, description="Zigbee channel 11-26 of a new network"
    )
    simulator: Simulator = Field(
        Simulator(), description="used where path is simulator"
    )
    open_timeout_seconds: Seconds = Field(
        60.0, description="s; a coordinator that is not up by then is tried anew"
    )
    silence_seconds: Seconds = Field(
        60.0, description="s without any frame until the coordinator is pinged"
    )
    ping_timeout_seconds: Seconds = Field(
        5.0, description="s that the coordinator has to answer the ping"
    )
    reconnect_seconds: Seconds = Field(
        1.0, description="s before the first new try; it doubles from try to try"
    )
    reconnect_max_seconds: Seconds = Field(60.0, description="s between tries at most")

    @property
    def simulated(self) -> bool:
        """True where no hardware is used."""
        return self.path == SIMULATOR
