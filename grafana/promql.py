"""PromQL that more than one panel needs."""

from typing import Final

RATE: Final = "$__rate_interval"
SITE: Final = 'site=~"$site"'


def named(vector: str, *labels: str) -> str:
    """Return a vector of relays with their names: `name`, and more of the info."""
    wanted = ", ".join(("name", *labels))
    return f"{vector} * on (ieee) group_left ({wanted}) zigbee_relay_info"


def channel_named(vector: str) -> str:
    """Return a vector of channels with the relay's name and the channel's.

    A channel without a name keeps its vector: its `channel_name` is empty.
    """
    info = (
        'label_replace(zigbee_relay_channel_info, "channel_name", "$1", "name", "(.*)")'
    )
    return named(
        f"({vector} * on (ieee, channel) group_left (channel_name) {info}"
        f" or on (ieee, channel) {vector})"
    )


def kwh(joules: str) -> str:
    """Return J as kWh."""
    return f"{joules} / 3.6e6"
