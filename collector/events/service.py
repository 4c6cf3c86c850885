"""What happens to the service: start, configuration, disk, clock, HTTP."""

import logging
from collections.abc import Callable
from typing import Any

from collector import __version__
from collector.events.instruments import (
    AUTH_FAILURES,
    CONFIG_OK,
    CONNECTED,
    QUEUE_DEPTH,
    QUEUE_DROPPED,
    SCRAPE,
)
from collector.events.repetition import first, forget, tenfold

_LOG = logging.getLogger("collector")


def collector_started(config: str, radio: str, relays: int) -> None:
    """The service runs: `config` file (or the word demo), radio path, listed relays."""
    CONNECTED.set(0)
    _LOG.info(
        "Collector started: version=%s config=%s radio=%s relays=%d",
        __version__,
        config,
        radio,
        relays,
    )


def collector_stopped(reason: str) -> None:
    """The service ends in good order."""
    CONNECTED.set(0)
    _LOG.info("Collector stopped: reason=%s", reason)


def watch_queue(queue: str, size: Callable[[], int]) -> None:
    """Show how many items wait in a queue; `size` is asked at each scrape."""
    QUEUE_DROPPED.labels(queue)
    QUEUE_DEPTH.labels(queue).set_function(lambda: float(size()))


def queue_dropped(queue: str) -> None:
    """A full queue lost its oldest item; said at the 1st, 10th, 100th … time."""
    QUEUE_DROPPED.labels(queue).inc()
    if times := tenfold("queue", queue):
        _LOG.error("Queue full, oldest dropped: queue=%s times=%d", queue, times)


def scrape_rendered(seconds: float) -> None:
    """Observe how long one exposition took."""
    SCRAPE.observe(seconds)


def config_reloaded(after_restart: list[str] | None = None) -> None:
    """A changed configuration is in force, but for the keys that need a restart."""
    CONFIG_OK.set(1)
    _LOG.info("Configuration reloaded: after_restart=%s", after_restart or "nothing")


def config_refused(error: object) -> None:
    """A changed configuration is wrong; the old one stays in force."""
    CONFIG_OK.set(0)
    _LOG.error(
        "Configuration refused, the old one stays in force: error=%s", _one_line(error)
    )


def web_listening(url: str, *, api: bool) -> None:
    """The HTTP listener is open; without `api` it answers metrics and health only."""
    _LOG.info("HTTP listener open: url=%s", url)
    if not api:
        _LOG.warning(
            "Listening beyond localhost: only /metrics, /healthz and /readyz "
            "are served: url=%s",
            url,
        )


def web_config_reloaded(path: object) -> None:
    """A changed web.config_file is in force."""
    _LOG.info("Web configuration reloaded: path=%s", path)


def web_config_refused(path: object, error: object) -> None:
    """A changed web.config_file is wrong; the old one stays in force."""
    _LOG.error(
        "Web configuration refused, the old one stays in force: path=%s error=%s",
        path,
        _one_line(error),
    )


def tokens_missing(path: object) -> None:
    """The service starts before the first token was made; it is taken when it comes."""
    _LOG.info(
        "No token yet; nobody holds one until `collector token create` makes the "
        "file: path=%s",
        path,
    )


def auth_failed(reason: str) -> None:
    """A request was turned away; `reason` is one of AUTH_FAILURES."""
    AUTH_FAILURES.labels(reason).inc()
    if times := tenfold("auth", reason):
        _LOG.warning("HTTP request turned away: reason=%s times=%d", reason, times)


def damage_repaired(what: str) -> None:
    """A file of data_dir was damaged; `what` says what became of it."""
    _LOG.error("Damaged file: %s", what)


def disk_failed(path: object, error: object) -> None:
    """A write failed; said once until disk_recovered."""
    if first("disk", str(path)):
        _LOG.error("Disk write failed, trying on: path=%s error=%r", path, error)


def disk_recovered(path: object) -> None:
    """A write worked; said once after disk_failed, free to call at each write."""
    if forget("disk", str(path)):
        _LOG.info("Disk writes work again: path=%s", path)


def backup_failed(error: object) -> None:
    """The nightly copy of the network could not be made; the old ones are kept."""
    _LOG.error("Backup failed, the older ones are kept: error=%r", str(error))


def clock_jumped(seconds: float) -> None:
    """The wall clock moved against the monotonic one; positive = forward."""
    _LOG.warning("Wall clock jumped: seconds=%+.1f", seconds)


def loop_failed(context: dict[str, Any]) -> None:
    """The event loop met an error that nobody waits for; the same is said rarely."""
    error = context.get("exception")
    what = f"{context.get('message')} {type(error).__name__}"
    if times := tenfold("loop", what):
        _LOG.warning(
            "Error that nobody waited for: what=%r error=%r times=%d",
            context.get("message"),
            error,
            times,
        )


def callback_failed(where: str) -> None:
    """A bug: call it in the `except`; logs the traceback, the process lives on."""
    _LOG.exception("Unexpected error: where=%s", where)


def _one_line(error: object) -> str:
    """A ConfigError lists its problems in lines; a log line is one."""
    return " ".join(str(error).split())
