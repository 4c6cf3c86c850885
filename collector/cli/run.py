"""`collector run`: the service in the foreground."""

import asyncio
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
    asyncio.run(_serve(config, source))


async def _serve(config: Config, source: Path | None) -> None:
    service = Service(config, source, web=True)
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
    await service.run(stop)


def _welcome(config: Config, *, failed: bool) -> None:
    if failed or not sys.stdout.isatty():
        return
    print(f"Metrics: http://{config.web.listen}/metrics (Ctrl-C stops)", flush=True)
