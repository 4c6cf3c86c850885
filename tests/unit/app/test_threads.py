"""Threads beside the loop step back, and the loop's own does not."""

import os
import threading

import pytest

from collector.app.threads import NICE, background_threads


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_thread_of_the_background_is_nicer_than_the_loop() -> None:
    before = niceness()
    with background_threads() as pool:
        assert pool.submit(niceness).result() == max(NICE, before)
    assert niceness() == before


def test_where_that_is_forbidden_the_thread_works_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: int) -> None:
        raise PermissionError("not in this container")

    monkeypatch.setattr(os, "setpriority", forbidden)
    with background_threads() as pool:
        assert pool.submit(lambda: 1).result() == 1


def test_elsewhere_the_process_keeps_its_priority(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collector.app.threads.sys.platform", "darwin")
    before = niceness()
    with background_threads() as pool:
        assert pool.submit(niceness).result() == before
