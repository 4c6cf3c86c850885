"""What energy costs, by the hours of the local day."""

import re
from datetime import time
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from collector.config.relay import Name
from collector.config.section import NoBoolean, Section, problem

_HOURS = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")
_DAY = 24 * 60  # min


def minutes(hours: str) -> tuple[int, int]:
    """Return the first and the last minute (exclusive) of "HH:MM-HH:MM".

    The end may be before the start: over midnight. 24:00 is an end only.
    """
    match = _HOURS.fullmatch(hours.replace(" ", ""))
    if match is None:
        raise problem('expected hours such as "22:00-06:00"')
    first_hour, first_minute, last_hour, last_minute = map(int, match.groups())
    start, end = first_hour * 60 + first_minute, last_hour * 60 + last_minute
    if max(first_minute, last_minute) > 59 or start >= _DAY or end > _DAY:
        raise problem('expected hours between 00:00 and 24:00, as in "22:00-06:00"')
    if start == end % _DAY:
        raise problem("hours that begin and end at one moment say nothing")
    return start, end % _DAY


def _hours(value: str) -> str:
    start, end = minutes(value)
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


Hours = Annotated[str, AfterValidator(_hours)]


class Period(Section):
    """A price and the hours in which it holds."""

    name: Name = Field(description="label of the cost, such as night")
    price_per_kwh: Annotated[float, Field(ge=0), NoBoolean] = Field(
        description="price of 1 kWh in the tariff's currency"
    )
    hours: Hours | None = Field(
        None,
        description='local time "HH:MM-HH:MM", the end exclusive, over midnight '
        "where the end is earlier; not for the first period",
    )

    @property
    def window(self) -> tuple[time, time] | None:
        """Start (inclusive) and end (exclusive), local time; None: the rest."""
        if self.hours is None:
            return None
        start, end = minutes(self.hours)
        return time(*divmod(start, 60)), time(*divmod(end, 60))


class Tariff(Section):
    """The prices of a day; the first period holds where no other does."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        description="ISO 4217 code, such as EUR"
    )
    periods: Annotated[tuple[Period, ...], Field(min_length=1)] = Field(
        description="the first is the rest of the day, the others have hours"
    )

    @model_validator(mode="after")
    def _one_price_for_each_minute(self) -> Self:
        first, *others = self.periods
        if first.hours is not None:
            raise problem(
                "the first period is the rest of the day and has no hours; "
                "remove them, or put a period without hours before it",
                "periods.0.hours",
            )
        names = [period.name for period in self.periods]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                raise problem(f'two are named "{name}"; rename one', "periods")
        taken: dict[int, str] = {}
        for index, period in enumerate(others, start=1):
            if period.hours is None:
                raise problem(
                    "this required key is missing; only the first period has no hours",
                    f"periods.{index}.hours",
                )
            for minute in _each_minute(*minutes(period.hours)):
                if minute in taken:
                    raise problem(
                        f'"{taken[minute]}" and "{period.name}" overlap at '
                        f"{minute // 60:02}:{minute % 60:02}",
                        "periods",
                    )
                taken[minute] = period.name
        return self


def _each_minute(start: int, end: int) -> Any:
    length = (end - start) % _DAY
    return ((start + offset) % _DAY for offset in range(length))
