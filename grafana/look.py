"""What panels have in common: units, colours, thresholds and words for values."""

from collections.abc import Mapping
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard
from grafana_foundation_sdk.models import (
    common as common_models,
    dashboard as models,
    units,
)

WATT: Final = units.Watt
VOLT_AMPERE: Final = units.VoltAmpere
KILOWATT_HOUR: Final = units.KiloWattHour
VOLT: Final = units.Volt
AMPERE: Final = units.Ampere
CELSIUS: Final = units.Celsius
RATIO: Final = units.PercentUnit
SECONDS: Final = units.Seconds
SINCE: Final = units.DateTimeFromNow  # of milliseconds: multiply a Unix time by 1000
COUNT: Final = units.Short
NUMBER: Final = units.NoUnit
BYTES: Final = units.BytesIEC
PER_SECOND: Final = units.CountsPerSecond
ON_OFF: Final = units.BoolOnOff
WORD: Final = units.String

GREEN, YELLOW, ORANGE, RED = "green", "yellow", "orange", "red"
BLUE, GREY = "blue", "#808080"

JOULES_PER_KWH: Final = "3.6e6"


def steps(first: str, *rest: tuple[float, str]) -> dashboard.ThresholdsConfig:
    """Return thresholds: a colour, and others from a value on."""
    return (
        dashboard.ThresholdsConfig()
        .mode(models.ThresholdsMode.ABSOLUTE)
        .steps(
            [
                models.Threshold(value=None, color=first),
                *(models.Threshold(value=value, color=color) for value, color in rest),
            ]
        )
    )


def words(meaning: Mapping[str, tuple[str, str]]) -> list[models.ValueMapping]:
    """Return value mappings: value -> (text, colour)."""
    return [
        models.ValueMap(
            options={
                value: models.ValueMappingResult(text=text, color=color, index=index)
                for index, (value, (text, color)) in enumerate(meaning.items())
            }
        )
    ]


def none_is_good() -> dashboard.ThresholdsConfig:
    """Return green for 0 and red from 1 on."""
    return steps(GREEN, (1, RED))


def margin() -> dashboard.ThresholdsConfig:
    """Return the colours of a policy's margin: red at the limit and beyond it."""
    return steps(RED, (0, ORANGE), (0.1, YELLOW), (0.25, GREEN))


CONTACT: Final = {"0": ("off", GREY), "1": ("on", GREEN)}
YES_IS_GOOD: Final = {"0": ("no", RED), "1": ("yes", GREEN)}
YES_IS_BAD: Final = {"0": ("no", GREEN), "1": ("yes", RED)}
# By the numbers of promql.state_number.
STATE: Final = {
    "1": ("ok", GREEN),
    "2": ("approaching", YELLOW),
    "3": ("stale", GREY),
    "4": ("suspended", BLUE),
    "5": ("over", ORANGE),
    "6": ("latched", RED),
}


def by_color(mode: models.FieldColorModeId) -> dashboard.FieldColor:
    """Return what the colour of a field comes from."""
    return dashboard.FieldColor().mode(mode)


def last_value() -> common.ReduceDataOptions:
    """Return that a panel shows the newest value of each series."""
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def legend(*, calculations: bool = True) -> common.VizLegendOptions:
    """Return a legend that is readable with two series and with two hundred."""
    found = (
        common.VizLegendOptions()
        .show_legend(True)
        .placement(common_models.LegendPlacement.BOTTOM)
        .display_mode(common_models.LegendDisplayMode.LIST)
    )
    if not calculations:
        return found
    return (
        found.display_mode(common_models.LegendDisplayMode.TABLE)
        .placement(common_models.LegendPlacement.RIGHT)
        .calcs(["lastNotNull", "max"])
    )


def tooltip() -> common.VizTooltipOptions:
    """Return a tooltip with all series, the greatest first."""
    return (
        common.VizTooltipOptions()
        .mode(common_models.TooltipDisplayMode.MULTI)
        .sort(common_models.SortOrder.DESCENDING)
    )
