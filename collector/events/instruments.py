"""The collector's own instruments, in a registry of their own."""

import importlib.metadata
import platform
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from collector import __version__
from collector.model.command import Origin

# A start time beside each counter doubles the series and says what `up` says.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no hints here
REGISTRY: Final = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

FRAME_OUTCOMES: Final = (
    "decoded",
    "undecodable",
    "duplicate",  # the same frame again
    "relayed",  # another device's frame, re-sent with APS group id != 0
    "unknown",  # of no command that a coordinator has: noise on the line
    "truncated",  # decoded up to where its structure broke off
    "response",  # to a command, a write or an interview: nothing is measured
    "overflow",  # dropped from the full frame queue
)
REQUEST_FAILURE_REASONS: Final = (
    "timeout",
    "undelivered",
    "mac_no_ack",  # and other words of the MAC and NWK layers, as they occur
    "radio_down",
    "unknown_relay",
    "refused",  # answered with a status that is not success
    "bad_answer",  # nobody can read it
)
AUTH_FAILURE_REASONS: Final = (
    "missing",
    "wrong",
    "busy",
    "limited",  # a wrong token after too many from the same address
    "scope",  # a token for reading, on a path that changes something
    "origin",  # a page of another host
)

_PREFIX = "zigbee_collector_"
_BUILD = Info(f"{_PREFIX}build", "Versions of the collector.", registry=REGISTRY)
CONNECTED = Gauge(
    f"{_PREFIX}radio_connected",
    "1 while the coordinator is open and answering.",
    registry=REGISTRY,
)
RECONNECTS = Counter(
    f"{_PREFIX}radio_reconnects_total",
    "Attempts to reopen the coordinator, one after each loss or failed open.",
    registry=REGISTRY,
)
FRAMES = Counter(
    f"{_PREFIX}frames_total",
    "Frames from the radio by what became of them.",
    ["outcome"],
    registry=REGISTRY,
)
REQUESTS_FAILED = Counter(
    f"{_PREFIX}requests_failed_total",
    "Reads, writes and commands that got no good answer, by reason.",
    ["reason"],
    registry=REGISTRY,
)
UNKNOWN_TAGS = Counter(
    f"{_PREFIX}unknown_tags_total",
    "Tags of attribute 0xFF01 or 0x00F7 that nobody knows the meaning of.",
    ["tag"],
    registry=REGISTRY,
)
QUEUE_DROPPED = Counter(
    f"{_PREFIX}queue_dropped_total",
    "Items dropped from a full queue, the oldest first.",
    ["queue"],
    registry=REGISTRY,
)
QUEUE_DEPTH = Gauge(
    f"{_PREFIX}queue_depth", "Items waiting now.", ["queue"], registry=REGISTRY
)
SCRAPE = Histogram(
    f"{_PREFIX}scrape_duration_seconds",
    "Time from a scrape's snapshot to its text, waits for other work included.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0),
    registry=REGISTRY,
)
COMMAND = Histogram(
    f"{_PREFIX}command_duration_seconds",
    "Time from a decision to the outcome of its command, retries included.",
    ["origin"],
    # A contact that is reported within milliseconds … one that was given up.
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    registry=REGISTRY,
)
POLICY_DECISION = Histogram(
    f"{_PREFIX}policy_decision_duration_seconds",
    "Time from a frame's arrival to the commands that policies decided on it.",
    buckets=(1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 0.01, 0.1),
    registry=REGISTRY,
)
CONFIG_OK = Gauge(
    f"{_PREFIX}config_last_reload_successful",
    "1 if the configuration in force is the one in the file, 0 if that was refused.",
    registry=REGISTRY,
)
AUTH_FAILURES = Counter(
    f"{_PREFIX}auth_failures_total",
    "HTTP requests turned away.",
    ["reason"],
    registry=REGISTRY,
)

CONFIG_OK.set(1)
_BUILD.info(
    {
        "version": __version__,
        "python": platform.python_version(),
        "zigpy": importlib.metadata.version("zigpy"),
        "zigpy_znp": importlib.metadata.version("zigpy-znp"),
    }
)
COMMAND_TIMES: Final = {origin: COMMAND.labels(origin) for origin in Origin}
FRAME_COUNTERS: Final = {word: FRAMES.labels(word) for word in FRAME_OUTCOMES}
for _word in REQUEST_FAILURE_REASONS:
    REQUESTS_FAILED.labels(_word)
for _word in AUTH_FAILURE_REASONS:
    AUTH_FAILURES.labels(_word)
