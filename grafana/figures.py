"""Small panels with one figure, as the first row of a dashboard has them."""

from typing import Final

from grafana import look
from grafana.panels import Face, Panel, stat
from grafana.promql import kwh
from grafana.sources import PromQL

_SMALL: Final = 4  # columns, and rows


def count(
    title: str,
    description: str,
    expr: str,
    *,
    bad: bool = False,
    instant: bool = False,
    link: tuple[str, str] | None = None,
) -> Panel:
    """Return a whole number; red from 1 on if it is `bad`."""
    return stat(
        Face(
            title=title,
            description=description,
            unit=look.NUMBER,
            width=_SMALL,
            height=_SMALL,
            decimals=0,
            thresholds=look.none_is_good() if bad else None,
            link=link,
        ),
        PromQL(expr=expr, instant=instant),
    )


def energy_so_far(increase: str) -> list[Panel]:
    """Return the energy of today and of the month; `increase` is in J, by `$__range`."""
    query = PromQL(expr=kwh(f"sum({increase})"), instant=True)
    return [
        stat(
            Face(
                title=title,
                description=f"Since {since}, in the time zone of your browser, in kWh: "
                "calibrated increments of the relays' registers.",
                unit=look.KILOWATT_HOUR,
                width=_SMALL,
                height=_SMALL,
                relative=relative,
            ),
            query,
        )
        for title, since, relative in (
            ("Energy today", "midnight", "now/d"),
            ("Energy this month", "the first of the month", "now/M"),
        )
    ]


def answer(title: str, description: str, expr: str, *, bad: bool = False) -> Panel:
    """Return yes or no for 1 or 0; `bad`: yes is."""
    return stat(
        Face(
            title=title,
            description=description,
            unit=look.WORD,
            width=_SMALL,
            height=_SMALL,
            words=look.YES_IS_BAD if bad else look.YES_IS_GOOD,
            no_value="not known",
        ),
        PromQL(expr=expr, legend=title),
    )
