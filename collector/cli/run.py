"""`collector run`: the service in the foreground."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from collector.app.service import Service
from collector.app.threads import background_threads
from collector.cli.finding import find
from collector.config.schema import Config
from collector.events import loop_failed, setup_logging


def serve(path: Path | None, *, demo: bool) -> None:
    """Run the service until a signal ends it; ConfigError where it cannot begin."""
    config, source = find(path, demonstration=demo)
    setup_logging(config.log.level, json_format=config.log.format == "json")
    if asyncio.run(_serve(config, source)):
        # A new process, as the service manager would start it.
        os.execv(sys.executable, [sys.executable, *_command()])  # noqa: S606


def _command() -> list[str]:
    """Return what this process was started with, without the interpreter."""
    return sys.orig_argv[1:]


async def _serve(config: Config, source: Path | None) -> bool:
    """Run the service; return whether it is to be begun anew."""
    service = Service(config, source, web=True)
    again = False
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(background_threads())
    loop.set_exception_handler(lambda _, context: loop_failed(context))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, service.ask_reload)
    service.ports.add_done_callback(
        lambda ports: _welcome(config, failed=ports.cancelled())
    )

    def restart() -> None:
        nonlocal again
        again = True
        stop.set()

    service.on_restart = restart
    await service.run(stop)
    return again


def _welcome(config: Config, *, failed: bool) -> None:
    if failed or not sys.stdout.isatty():
        return
    print(f"Metrics: http://{config.web.listen}/metrics (Ctrl-C stops)", flush=True)
