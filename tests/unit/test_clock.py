"""The clocks of the edge, and the clock of the tests."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from collector.clock import JumpDetector, ScaledClock, SystemClock
from collector.model.clock import Clock, Now
from tests.clock import ManualClock, settle

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def real() -> float:
    """Return the loop's time, which is the machine's monotonic clock, s."""
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    "clock", [SystemClock(), ScaledClock(50.0), ManualClock()], ids=type
)
def test_every_clock_says_aware_utc(clock: Clock) -> None:
    now = clock.now()

    assert now.wall.utcoffset() == timedelta(0)
    assert isinstance(now.mono, float)


async def test_the_systems_clock_is_the_machines(tmp_path: Path) -> None:
    before = real()
    now = SystemClock().now()
    (tmp_path / "file").touch()

    assert before <= now.mono <= real()
    assert abs((tmp_path / "file").stat().st_mtime - now.wall.timestamp()) < 1


async def test_the_systems_clock_sleeps_real_seconds() -> None:
    clock = SystemClock()
    start = real()

    await clock.sleep(0.05)
    await clock.sleep(-1)

    assert 0.05 <= real() - start < 1


async def test_a_fast_clock_waits_less_and_runs_faster_on_both_its_clocks() -> None:
    clock = ScaledClock(1000.0)
    start, scaled = real(), clock.now()

    await clock.sleep(60.0)

    passed = clock.now().mono - scaled.mono
    assert passed >= 60.0
    assert 0.06 <= real() - start < 1
    assert clock.now().wall - scaled.wall >= timedelta(seconds=60)


async def test_a_slow_clock_waits_longer() -> None:
    clock = ScaledClock(0.5)
    start = real()

    await clock.sleep(0.05)

    assert real() - start >= 0.1


def test_both_clocks_of_a_fast_clock_agree() -> None:
    clock = ScaledClock(86_400.0)
    offsets = {
        round(now.wall.timestamp() - now.mono, 2)
        for now in (clock.now() for _ in range(100))
    }

    assert len(offsets) == 1


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_time_cannot_stand_still_or_run_back(speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        ScaledClock(speed)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 1.0, -86_400.0])
def test_a_jump_is_told_once(jump: float) -> None:
    detector = JumpDetector(Now(100.0, NOON))

    later = NOON + timedelta(seconds=10 + jump)

    assert detector.jump(Now(110.0, later)) == pytest.approx(jump)
    assert detector.jump(Now(120.0, later + timedelta(seconds=10))) == 0.0


def test_slewing_never_adds_up_to_a_jump() -> None:
    detector = JumpDetector(Now(0.0, NOON))

    for minute in range(1, 600):  # 0.5 ms/s, the most that NTP slews
        slewed = NOON + timedelta(seconds=minute * 60 * 1.0005)
        assert detector.jump(Now(minute * 60.0, slewed)) == 0.0


def test_suspending_the_machine_is_a_jump() -> None:
    detector = JumpDetector(Now(5.0, NOON))  # Linux stops mono while suspended

    assert detector.jump(Now(6.0, NOON + timedelta(hours=8))) == pytest.approx(
        8 * 3600 - 1
    )


@given(st.lists(st.floats(0, 1e6), max_size=20))
def test_a_clock_that_only_runs_never_jumps(steps: list[float]) -> None:
    detector = JumpDetector(Now(0.0, NOON))
    mono = 0.0
    for step in steps:
        mono += step
        assert detector.jump(Now(mono, NOON + timedelta(seconds=mono))) == 0.0


async def test_the_tests_clock_wakes_sleepers_in_the_order_of_their_deadlines() -> None:
    clock = ManualClock()
    start = clock.now()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.now().mono - start.mono))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("a", 3, 3))
        group.create_task(sleeper("b", 1, 1, 1))
        group.create_task(sleeper("c", 0))
        await clock.advance(10)

    assert woken == [
        ("c", 0.0),
        ("b", 1.0),
        ("b", 2.0),
        ("a", 3.0),
        ("b", 3.0),
        ("a", 6.0),
    ]
    assert clock.now().wall - start.wall == timedelta(seconds=10)


async def test_the_tests_clock_forgets_cancelled_sleepers() -> None:
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(5))
    await settle()
    assert clock.sleeping == 1

    task.cancel()
    await settle()

    assert clock.sleeping == 0
    await clock.advance(10)
    assert task.cancelled()


def test_setting_the_tests_wall_clock_leaves_mono_alone() -> None:
    clock = ManualClock()
    mono = clock.now().mono

    clock.set_wall(NOON)

    assert clock.now() == Now(mono, NOON)
