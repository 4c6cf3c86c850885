"""Where the figures come from."""

import importlib.metadata
import os
import platform
from pathlib import Path

LIBRARIES = ("zigpy", "zigpy-znp", "prometheus-client")


def describe() -> dict[str, str | int]:
    """Return CPU, cores, system and the versions that matter."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: importlib.metadata.version(name) for name in LIBRARIES},
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model", "Hardware"}:  # x86, then ARM
            return value.strip()
    return platform.processor() or "unknown"
