import importlib.metadata
import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator

import pytest

from collector import events


def sample(name: str, **labels: str) -> float:
    value = events.REGISTRY.get_sample_value(f"zigbee_collector_{name}", labels)
    assert value is not None, f"{name}{labels} is not there"
    return value


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="collector")


@pytest.mark.parametrize("outcome", events.FRAME_OUTCOMES)
def test_each_frame_outcome_is_shown_from_the_start_and_counted(outcome: str) -> None:
    before = sample("frames_total", outcome=outcome)
    events.frame_counted(outcome)
    assert sample("frames_total", outcome=outcome) == before + 1


def test_an_outcome_nobody_foresaw_is_counted_rather_than_a_crash() -> None:
    events.frame_counted("sent_by_moonlight")
    assert sample("frames_total", outcome="sent_by_moonlight") == 1


@pytest.mark.parametrize("reason", events.REQUEST_FAILURE_REASONS)
def test_request_failures_start_at_zero_and_are_counted(
    reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = sample("requests_failed_total", reason=reason)
    events.request_failed(reason)
    assert sample("requests_failed_total", reason=reason) == before + 1
    assert lines(caplog) == [("DEBUG", f"Request failed: reason={reason}")]


def test_the_build_is_told_with_the_versions_that_matter() -> None:
    (labels,) = (
        s.labels
        for metric in events.REGISTRY.collect()
        for s in metric.samples
        if s.name == "zigbee_collector_build_info"
    )
    assert labels["zigpy"] == importlib.metadata.version("zigpy")
    assert labels["zigpy_znp"] == importlib.metadata.version("zigpy-znp")
    assert labels.keys() == {"version", "python", "zigpy", "zigpy_znp"}


def test_process_platform_and_gc_are_shown_and_no_created_series() -> None:
    events.scrape_rendered(0.004)
    names = {s.name for metric in events.REGISTRY.collect() for s in metric.samples}
    assert {
        "process_resident_memory_bytes",
        "python_info",
        "python_gc_collections_total",
        "zigbee_collector_scrape_duration_seconds_bucket",
    } <= names
    assert not [name for name in names if name.endswith("_created")]


def test_the_radio_gauge_follows_and_each_reopening_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = sample("radio_reconnects_total")
    seen = []
    happenings: tuple[Callable[[], None], ...] = (
        lambda: events.radio_connected("/dev/ttyUSB0"),
        lambda: events.radio_lost("/dev/ttyUSB0", "gone\nfor good"),
        lambda: events.radio_failed("/dev/ttyUSB0", "is busy", 2.5),
        lambda: events.radio_connected("/dev/ttyUSB0"),
    )
    for happen in happenings:
        happen()
        seen.append((sample("radio_connected"), sample("radio_reconnects_total")))
    assert seen == [(1, before), (0, before + 1), (0, before + 2), (1, before + 2)]
    assert lines(caplog)[1:3] == [
        ("WARNING", "Radio lost: path=/dev/ttyUSB0 reason='gone\\nfor good'"),
        (
            "WARNING",
            "Radio could not be opened: path=/dev/ttyUSB0 reason='is busy' retry_seconds=2.5",
        ),
    ]


def test_an_unknown_tag_is_counted_each_time_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for ieee in ("00:01", "00:01", "00:02"):
        events.unknown_tag(ieee, 201)
    assert sample("unknown_tags_total", tag="201") == 3
    assert lines(caplog) == [
        ("INFO", "Unknown tag in a structure: tag=201 first_ieee=00:01")
    ]


def test_a_foreign_device_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    ieee = uuid.uuid4().hex
    for _ in range(3):
        events.foreign_device(ieee, "TRADFRI bulb\n", None)
    assert lines(caplog) == [
        (
            "WARNING",
            f"Foreign device left alone: ieee={ieee} model='TRADFRI bulb\\n' manufacturer=None",
        )
    ]


def test_an_undecodable_frame_is_counted_and_whispered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = sample("frames_total", outcome="undecodable")
    events.undecodable("00:01", 0x000C, "too_short")
    assert sample("frames_total", outcome="undecodable") == before + 1
    assert lines(caplog) == [
        ("DEBUG", "Frame not understood: ieee=00:01 cluster=0x000c reason=too_short")
    ]


def test_a_queue_shows_its_depth_and_its_losses_are_said_ever_more_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue = uuid.uuid4().hex
    waiting = [1, 2, 3]
    events.watch_queue(queue, lambda: len(waiting))
    assert sample("queue_depth", queue=queue) == 3
    assert sample("queue_dropped_total", queue=queue) == 0
    for _ in range(250):
        events.queue_dropped(queue)
    waiting.clear()
    assert sample("queue_depth", queue=queue) == 0
    assert sample("queue_dropped_total", queue=queue) == 250
    assert lines(caplog) == [
        ("ERROR", f"Queue full, oldest dropped: queue={queue} times={times}")
        for times in (1, 10, 100)
    ]


def test_a_refused_configuration_is_an_error_of_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events.config_refused("collector.yaml has 1 problem(s):\n  radio: missing")
    assert sample("config_last_reload_successful") == 0
    events.config_reloaded()
    assert sample("config_last_reload_successful") == 1
    assert lines(caplog)[0] == (
        "ERROR",
        "Configuration refused, the old one stays in force: error=collector.yaml has 1 problem(s): radio: missing",
    )


def test_a_failing_disk_is_said_once_each_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = f"/data/{uuid.uuid4().hex}/state.db"
    events.disk_recovered(path)
    for _ in range(3):
        events.disk_failed(path, OSError(28, "No space left on device"))
    for _ in range(2):
        events.disk_recovered(path)
    events.disk_failed(path, OSError(30, "Read-only file system"))
    assert [level for level, _ in lines(caplog)] == ["ERROR", "INFO", "ERROR"]


def test_a_failed_callback_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        int("nothing")
    except ValueError:
        events.callback_failed("radio listener")
    assert "Unexpected error: where=radio listener" in caplog.text
    assert "ValueError: invalid literal for int()" in caplog.text


def test_what_happens_to_relays_and_the_service_has_its_level(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events.collector_started("collector.yaml", "simulator", 3)
    events.relay_joined("00:01", "boiler")
    events.relay_up("00:01", "boiler")
    events.relay_stale("00:01", "boiler")
    events.relay_gone("00:01", "boiler")
    events.relay_left("00:01")
    events.clock_jumped(-3600.04)
    events.collector_stopped("SIGTERM")
    levels = [level for level, _ in lines(caplog)]
    assert levels == ["INFO"] * 3 + ["WARNING"] * 4 + ["INFO"]
    assert lines(caplog)[6] == ("WARNING", "Wall clock jumped: seconds=-3600.0")


@pytest.fixture
def logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    ours = logging.getLogger("collector").level
    yield
    logging.getLogger("collector").setLevel(ours)
    root.handlers[:], level = before[0], before[1]
    root.setLevel(level)


@pytest.mark.usefixtures("logging_put_back")
class TestSetupLogging:
    def test_text_is_one_line_in_utc(self) -> None:
        out = io.StringIO()
        events.setup_logging("info", json_format=False, stream=out)
        logging.getLogger("collector").info("Radio connected: path=%s", "x")
        logging.getLogger("collector").debug("Not at this level.")
        moment, rest = out.getvalue().split(" ", 1)
        assert len(moment) == len("2024-01-01T00:00:00.000Z")
        assert moment.endswith("Z")
        assert rest == "INFO collector: Radio connected: path=x\n"

    def test_json_is_one_object_a_line_with_the_traceback(self) -> None:
        out = io.StringIO()
        events.setup_logging("info", json_format=True, stream=out)
        try:
            int("ünlucky\nday")
        except ValueError:
            logging.getLogger("anybody").exception("It broke: where=%s", "here")
        (line,) = out.getvalue().splitlines()
        entry = json.loads(line)
        assert entry["level"] == "error"
        assert entry["message"] == "It broke: where=here"
        assert "base 10: 'ünlucky" in entry["exception"]

    @pytest.mark.parametrize("level", ["debug", "info", "error"])
    @pytest.mark.parametrize(
        "library", ["zigpy.application", "aiosqlite", "serialx.descriptor_transport"]
    )
    def test_no_library_speaks_below_warning(self, level: str, library: str) -> None:
        """Their DEBUG writes network keys."""
        events.setup_logging(level, json_format=False, stream=io.StringIO())
        assert logging.getLogger(library).getEffectiveLevel() == logging.WARNING
