"""The metric families of a relay, in the order in which a scrape shows them."""

from collector.sinks.control import CONTROL
from collector.sinks.family import Family
from collector.sinks.measured import MEASURED

FAMILIES: tuple[Family, ...] = (*MEASURED, *CONTROL)
