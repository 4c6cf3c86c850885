"""What happens on the air: frames, the coordinator, relays."""

import logging

from collector.events.instruments import (
    CONNECTED,
    FRAME_COUNTERS,
    FRAMES,
    RECONNECTS,
    REQUESTS_FAILED,
    UNKNOWN_TAGS,
)
from collector.events.repetition import changed, first, forget

_LOG = logging.getLogger("collector")


def frame_counted(outcome: str) -> None:
    """Count one frame; `outcome` is one of FRAME_OUTCOMES, bound beforehand."""
    counter = FRAME_COUNTERS.get(outcome) or FRAMES.labels(outcome)
    counter.inc()


def undecodable(ieee: str, cluster: int, reason: str) -> None:
    """Count a frame that made no sense (do not call frame_counted for it too)."""
    FRAME_COUNTERS["undecodable"].inc()
    _LOG.debug(
        "Frame not understood: ieee=%s cluster=0x%04x reason=%s", ieee, cluster, reason
    )


def unknown_tag(ieee: str, tag: int) -> None:
    """A structure carried a tag that nobody knows; said once per tag."""
    UNKNOWN_TAGS.labels(str(tag)).inc()
    if first("tag", str(tag)):
        _LOG.info("Unknown tag in a structure: tag=%d first_ieee=%s", tag, ieee)


def radio_connected(path: str) -> None:
    """The coordinator is open and answers."""
    CONNECTED.set(1)
    forget("radio", path)
    _LOG.info("Radio connected: path=%s", path)


def radio_lost(path: str, reason: str) -> None:
    """The open coordinator went away; it is about to be reopened."""
    CONNECTED.set(0)
    RECONNECTS.inc()
    _LOG.warning("Radio lost: path=%s reason=%r", path, reason)


def radio_failed(path: str, reason: str, retry_seconds: float) -> None:
    """The coordinator could not be opened; the same reason is said once."""
    CONNECTED.set(0)
    RECONNECTS.inc()
    news = changed("radio", path, reason)
    _LOG.log(
        logging.WARNING if news else logging.DEBUG,
        "Radio could not be opened: path=%s reason=%r retry_seconds=%.1f",
        path,
        reason,
        retry_seconds,
    )


def request_failed(reason: str) -> None:
    """A relay did not answer a read or write well; `reason` is a short fixed word."""
    REQUESTS_FAILED.labels(reason).inc()
    _LOG.debug("Request failed: reason=%s", reason)


def relay_joined(ieee: str, name: str) -> None:
    """A relay came into the network."""
    _LOG.info("Relay joined: ieee=%s name=%r", ieee, name)


def relay_left(ieee: str) -> None:
    """A relay said goodbye to the network."""
    _LOG.warning("Relay left the network: ieee=%s", ieee)


def relay_up(ieee: str, name: str) -> None:
    """A relay can be relied on again; the caller says it once."""
    _LOG.info("Relay is up: ieee=%s name=%r", ieee, name)


def relay_stale(ieee: str, name: str) -> None:
    """Frames come, but the power is old; the caller says it once."""
    _LOG.warning("Relay is stale, its power is old: ieee=%s name=%r", ieee, name)


def relay_gone(ieee: str, name: str) -> None:
    """No frame of this relay within the time-out; the caller says it once."""
    _LOG.warning("Relay is gone, no frame in time: ieee=%s name=%r", ieee, name)


def interview_failed(ieee: str) -> None:
    """A device joined and did not tell what it is: it has to be paired again."""
    _LOG.warning(
        "Interview failed, pair the device again, nearer to the network: ieee=%s", ieee
    )


def line_noise(path: str, frames: int) -> None:
    """Frames of no known command came; said at the first of a connection."""
    for _ in range(frames):
        FRAME_COUNTERS["unknown"].inc()
    if changed("noise", path, "noisy"):
        _LOG.warning(
            "Noise on the line to the coordinator, check cable and baud rate: path=%s",
            path,
        )


def foreign_device(ieee: str, model: str | None, manufacturer: str | None) -> None:
    """Something that is no LLKZMK11LM is in the network; left alone, said once."""
    if first("foreign", ieee):
        _LOG.warning(
            "Foreign device left alone: ieee=%s model=%r manufacturer=%r",
            ieee,
            model,
            manufacturer,
        )
