"""What the settings keeper's tests share."""

from collector.model.command import SettingWrite
from collector.model.settings import RelaySettings
from collector.pipeline.settings_keeper import SettingsKeeper

BOILER, FLOOR, BATH = "boiler", "floor", "bath"


def asked(
    *ieees: str, interlock: bool | None = None, memory: bool | None = None
) -> dict[str, RelaySettings]:
    return {
        ieee: RelaySettings(
            ieee=ieee, name=ieee, interlock=interlock, power_outage_memory=memory
        )
        for ieee in ieees
    }


def keeper(
    *ieees: str, interlock: bool | None = None, memory: bool | None = None
) -> SettingsKeeper:
    """Return a keeper of relays that are on the network since the start."""
    keeps = SettingsKeeper()
    keeps.configure(asked(*ieees, interlock=interlock, memory=memory))
    for ieee in ieees:
        keeps.known(ieee)
    return keeps


def interlock(ieee: str = BOILER, value: bool = True) -> SettingWrite:
    return SettingWrite(ieee=ieee, setting="interlock", value=value)


def memory(ieee: str = BOILER, value: bool = True) -> SettingWrite:
    return SettingWrite(ieee=ieee, setting="power_outage_memory", value=value)
