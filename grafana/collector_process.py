"""Collector: its process, its configuration, its versions."""

from typing import Final

from grafana import look
from grafana.board import Row
from grafana.collector_kit import COLLECTOR, bars, lines, of_collector
from grafana.panels import WHOLE, Column, Face, table, timeline
from grafana.promql import RATE, happened
from grafana.sources import PromQL

_BY: Final = "and on (job, instance) zigbee_collector_build_info"
_REFUSED: Final = f"zigbee_collector_auth_failures_total{{{COLLECTOR}}}"


def _top(expr: str) -> str:
    return f"topk(20, {expr})"


def _rate(metric: str) -> str:
    return f"(rate({metric}{{{COLLECTOR}}}[{RATE}]) {_BY})"


PROCESS: Final = Row(
    title="Process",
    panels=[
        lines(
            "CPU",
            "Share of one core that each collector uses.",
            look.RATIO,
            (_top(_rate("process_cpu_seconds_total")), "{{instance}}"),
        ),
        lines(
            "Memory",
            "Memory of each collector that is in RAM.",
            look.BYTES,
            (_top(of_collector("process_resident_memory_bytes")), "{{instance}}"),
        ),
        lines(
            "Open files",
            "Files and sockets that each collector has open, and the least that one may "
            "have.",
            look.NUMBER,
            (_top(of_collector("process_open_fds")), "{{instance}}"),
            (f"min({of_collector('process_max_fds')})", "limit"),
        ),
        lines(
            "Garbage collections",
            "Runs of Python's garbage collector a second, by generation; those of "
            "generation 2 look at every object.",
            look.PER_SECOND,
            (
                f"sum by (generation) ({_rate('python_gc_collections_total')})",
                "generation {{generation}}",
            ),
        ),
        bars(
            "HTTP requests turned away",
            "Missing, wrong: the credentials. Busy, limited: too many tries. Scope: the "
            "token may not do that. Origin: another site's page.",
            (f"sum by (reason) ({happened(_REFUSED, RATE)})", "{{reason}}"),
        ),
        timeline(
            Face(
                title="The configuration is that of the file",
                description="No while a collector goes on with its old configuration, as "
                "the one in the file was refused; twenty collectors at most, those first.",
                unit=look.WORD,
                width=12,
                words=look.YES_IS_GOOD,
            ),
            PromQL(
                expr="bottomk(20, "
                f"zigbee_collector_config_last_reload_successful{{{COLLECTOR}}})",
                legend="{{instance}}",
            ),
        ),
    ],
)

VERSIONS: Final = Row(
    title="Versions",
    panels=[
        table(
            Face(
                title="Collectors",
                description="Versions of each collector, and when it was started.",
                unit=look.WORD,
                width=WHOLE,
            ),
            [
                Column(name="site", title="Site"),
                Column(name="instance", title="Collector"),
                Column(name="version", title="Version"),
                Column(name="python", title="Python"),
                Column(name="zigpy", title="zigpy"),
                Column(name="zigpy_znp", title="zigpy-znp"),
                Column(name="Value", title="Started", unit=look.SINCE),
            ],
            PromQL(
                expr=f"zigbee_collector_build_info{{{COLLECTOR}}} * on (job, instance) group_left ()"
                f" process_start_time_seconds{{{COLLECTOR}}} * 1000",
                instant=True,
                table=True,
            ),
            key="instance",
        ),
    ],
)
