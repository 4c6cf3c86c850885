"""The benchmarks, short: what they count is right. What they time is not judged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import (
    bench_replay,
    bench_scrape,
    cutoff,
    latency,
    memory,
    mqtt,
    reports,
)
from tests.bench.machine import describe
from tests.bench.table import markdown, rows

FEW = 3  # relays


def bench(test: Callable[[Path], None]) -> Callable[[Path], None]:
    """Run only with -m bench: it takes real processes, and real seconds."""
    for mark in (
        pytest.mark.bench,
        pytest.mark.timeout(180),
        pytest.mark.enable_socket,
        pytest.mark.allow_hosts(["127.0.0.1"]),
    ):
        test = mark(test)
    return test


@bench
def test_both_sides_receive_every_report(tmp_path: Path) -> None:
    found = reports.measure(tmp_path, relays=FEW, rates=(200,), seconds=1.0, rounds=1)

    # measure() raises where a side has not received exactly what was sent
    [rounds] = [each["rounds"] for each in found.values()]
    assert [cost["reports"] for cost in rounds["ours"]] == [200]
    assert [cost["reports"] for cost in rounds["plain_zigpy"]] == [200]
    assert all(cost["cpu"] > 0 for side in rounds.values() for cost in side)


@bench
def test_every_report_is_followed_from_the_wire_to_its_metric(tmp_path: Path) -> None:
    found = latency.measure(tmp_path, relays=FEW, rate=100, seconds=2.0)

    assert found["reports"] == 200
    assert found["scrapes"] >= 1
    assert 0 < found["to_tap_median_ms"] < found["median_ms"] <= found["worst_ms"]


@bench
def test_memory_is_looked_at_after_every_step(tmp_path: Path) -> None:
    found = memory.measure(tmp_path, relays=FEW, steps=2, step=500)

    assert found["reports"] == 1000
    assert len(found["curve_mib"]) == 2
    assert found["start_mib"] > 10


@bench
def test_every_overload_is_answered_on_both_paths(tmp_path: Path) -> None:
    found = cutoff.measure(
        tmp_path,
        relays=FEW,
        overloaded=2,
        rates=(0, 50),
        trials=10,
        rounds=2,
        backlog=400_000,
    )

    # measure() raises where an OFF has not come
    backlog = "50 reports/s and a backlog to InfluxDB"
    assert set(found) == {"0 reports/s", "50 reports/s", backlog}
    assert found[backlog]["delivered"] > 0
    for each in found.values():
        assert each["trials"] == 10
        assert 0 < each["bare_median_ms"] <= each["bare_p99_ms"]
        assert 0 < each["median_ms"] <= each["p99_ms"] <= each["worst_ms"]


@bench
def test_every_frame_is_followed_to_its_message(tmp_path: Path) -> None:
    found = mqtt.measure(
        tmp_path,
        relays=FEW,
        rates=(20, 50),
        seconds=2.0,
        warm=300,
        overloaded=2,
        loud=50,
        trials=10,
        rounds=2,
    )

    # measure() raises where a frame is never told of, or an OFF has not come
    messages = {rate: each["messages"] for rate, each in found["latency"].items()}
    assert messages == {"20": 40, "50": 100}
    for each in (found["loopback"], *found["latency"].values()):
        assert 0 < each["median_ms"] <= each["p99_ms"] <= each["worst_ms"]
    assert found["memory"]["warm_mib"] > 10
    loud = found["loud"]
    assert loud["trials"] == loud["bare_trials"] == 10
    taken = loud["messages"]["in accepted"] + loud["messages"]["in refused"]
    assert taken == 2 * loud["pairs"]
    assert [row.met for row in rows({"mqtt": found})].count(True) >= 1


@bench
def test_a_recording_is_replayed_whole(tmp_path: Path) -> None:
    found = bench_replay.measure(tmp_path, relays=FEW, days=1)

    assert found["samples"] == FEW * 24 * 60
    assert found["seconds"] > 0


def test_the_table_marks_what_misses_its_target() -> None:
    ratios = {"100": 0.4, "400": 0.2}
    found = {
        "machine": describe(),
        "reports": {
            rate: {"ours_us": 100 * ratio, "plain_zigpy_us": 100.0, "ratio": ratio}
            for rate, ratio in ratios.items()
        },
    }

    assert [row.met for row in rows(found)] == [False, True]
    [missed] = [line for line in markdown(found).splitlines() if "missed" in line]
    assert "40 µs; plain zigpy 100 µs; ratio 0.40" in missed


@pytest.mark.timeout(120)
def test_a_small_house_is_scraped_for_the_table() -> None:
    found = {"machine": describe(), "scrape": bench_scrape.measure(FEW)}

    assert ["text 0.0.4" in row.what for row in rows(found)] == [True, False] * 2


def test_percentiles_are_those_of_the_pairs() -> None:
    sent = [(n * 1_000_000, "a", bytes((n,))) for n in range(101)]
    done = [
        (at + n * 1_000_000, ieee, data, at + 1)
        for n, (at, ieee, data) in enumerate(sent)
    ]

    found = latency.join(sent, done)

    assert found["reports"] == 101
    assert found["median_ms"] == pytest.approx(50, abs=0.1)
    assert found["p99_ms"] == pytest.approx(100, abs=1)
    assert found["worst_ms"] == 100


def test_two_frames_that_cannot_be_told_apart_are_refused() -> None:
    sent = [(1, "a", b"x"), (2, "a", b"x")]

    with pytest.raises(RuntimeError, match="equal"):
        latency.join(sent, [(3, "a", b"x", 2)])


def test_a_frame_that_was_not_handled_is_missed() -> None:
    with pytest.raises(RuntimeError, match="not handled"):
        latency.join([(1, "a", b"x")], [])
