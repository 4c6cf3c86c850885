"""No sequence of inputs makes energy or cost fall, or come from nothing."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings, strategies as st

from collector.calibration.energy_counter import EnergyCounter
from collector.calibration.energy_state import EnergyState
from collector.model.clock import Now
from collector.model.settings import Tariff, TariffPeriod

START = datetime(2025, 10, 25, 19, 0, tzinfo=UTC)  # the night of a clock change
TARIFF = Tariff(
    currency="EUR",
    periods=(
        TariffPeriod(name="day", price_per_kwh=0.31),
        TariffPeriod(name="night", price_per_kwh=0.22, start=time(22), end=time(6)),
        TariffPeriod(name="deep", price_per_kwh=0.1, start=time(2, 30), end=time(3)),
    ),
    timezone=ZoneInfo("Europe/Berlin"),
)
HOLD = 120.0


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, and how far both clocks are moved before it."""

    kind: str
    value: float | None
    seconds: float
    jump: float


odd = st.sampled_from([math.nan, math.inf, -math.inf, -1.0, -0.0, 1e300])
registers = st.one_of(
    st.integers(0, 40).map(lambda ticks: ticks * 1125.0),
    st.floats(0, 1e10),
    st.sampled_from([0.0, 9e6, 9e6 + 1125, 72e9]),
    odd,
)
powers = st.one_of(st.none(), st.floats(0, 4000), odd)
gains = st.one_of(st.floats(0, 10), odd)
seconds = st.one_of(st.floats(0, 400), st.sampled_from([0.0, 3600.0, 1e6]))
jumps = st.one_of(
    st.just(0.0), st.sampled_from([-3600.0, 3600.0, -9e7, 9e7]), st.floats(-1e4, 1e4)
)
steps = st.one_of(
    st.builds(Step, st.just("register"), registers, seconds, jumps),
    st.builds(Step, st.just("register"), st.just(9e6), seconds, st.just(0.0)),
    st.builds(Step, st.just("power"), powers, seconds, jumps),
    st.builds(Step, st.just("tick"), st.none(), seconds, jumps),
    st.builds(Step, st.just("restart"), st.none(), seconds, jumps),
    st.builds(Step, st.just("gain"), gains, seconds, jumps),
    st.builds(Step, st.just("tariff"), st.none(), seconds, jumps),
)


class Run:
    """A counter driven by steps, beside the most that its energy can come from."""

    def __init__(self) -> None:
        self.mono, self.wall = 500.0, START
        self.counter = EnergyCounter(tariff=TARIFF)
        self.gain = 1.0
        self.tariff: Tariff | None = TARIFF
        self.explained = 0.0  # J: accepted increments, and power while it was held
        self.held: tuple[float, float] | None = None  # W, integrated until (mono)
        self.held_until = -math.inf

    def do(self, step: Step) -> None:
        self.mono += step.seconds
        self.wall += timedelta(seconds=step.seconds + step.jump)
        self._hold()
        now = Now(mono=self.mono, wall=self.wall)
        match step.kind:
            case "register":
                self._register(step.value or 0.0, now)
            case "power":
                self.counter.on_power(step.value, now)
                watts = step.value
                good = watts is not None and math.isfinite(watts) and watts >= 0
                self.held = (watts, self.mono) if good and watts is not None else None
                self.held_until = self.mono + HOLD
            case "tick":
                self.counter.tick(now)
            case "restart":
                self._restart()
            case "gain":
                self._configure(step.value or 0.0, self.tariff)
            case _:
                self._configure(self.gain, None if self.tariff else TARIFF)

    def _hold(self) -> None:
        if self.held is None:
            return
        watts, since = self.held
        until = min(self.mono, self.held_until)
        self.explained += watts * max(0.0, until - since)
        self.held = (watts, max(since, until))

    def _register(self, joules: float, now: Now) -> None:
        before = self.counter.state
        reason = self.counter.on_register(joules, now)
        if reason is not None:
            assert self.counter.state.register_joules == before.register_joules
            assert self.counter.state.resets == before.resets
            return
        last = before.register_joules
        if last is not None and joules > last:
            self.explained += (joules - last) * self.gain

    def _restart(self) -> None:
        stored = json.dumps(self.counter.state.to_json(), allow_nan=False)
        state = EnergyState.from_json(json.loads(stored))
        assert state == self.counter.state
        self.counter = EnergyCounter(state, gain=self.gain, tariff=self.tariff)
        self.held = None

    def _configure(self, gain: float, tariff: Tariff | None) -> None:
        self.counter.configure(gain, tariff)
        self.gain = gain if math.isfinite(gain) and gain >= 0 else 1.0
        self.tariff = tariff


@settings(max_examples=300, deadline=None)
@given(st.lists(steps, max_size=40))
def test_total_and_costs_never_fall_stay_finite_and_are_explained(
    script: list[Step],
) -> None:
    run = Run()
    before = run.counter.state
    # The wall clock has whole microseconds: so much of 4000 W may be off at each step.
    rounding = 4000.0 * 1e-6 * len(script)
    for step in script:
        run.do(step)
        state = run.counter.state
        assert math.isfinite(state.total_joules)
        assert state.total_joules >= before.total_joules
        assert state.total_joules <= run.explained * (1 + 1e-9) + rounding
        assert 0 <= state.owed_joules <= state.total_joules * (1 + 1e-9) + 1e-6
        assert state.resets >= before.resets
        assert state.gaps >= before.gaps
        for name, money in before.cost.items():
            assert state.cost[name] >= money
        assert all(math.isfinite(money) for money in state.cost.values())
        dearest = 0.31 * state.total_joules / 3.6e6
        assert sum(state.cost.values()) <= dearest * (1 + 1e-9) + 1e-6
        before = state


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(0, 3000)), max_size=30),
    st.floats(0.5, 2),
)
@example([(0, 5e-324), (1, 0.0)], 1.0625)  # the smallest float as a tariff weight
def test_growing_register_is_counted_exactly_whatever_power_says(
    reports: list[tuple[int, float]], gain: float
) -> None:
    """Where the register works, the integral may run ahead but never adds up."""
    counter = EnergyCounter(gain=gain, tariff=TARIFF)
    register, mono = 9e6, 0.0
    counter.on_register(register, Now(mono=mono, wall=START))
    for ticks, watts in reports:
        mono += 300
        now = Now(mono=mono, wall=START + timedelta(seconds=mono))
        counter.on_power(watts, now)
        register += ticks * 1125.0
        assert counter.on_register(register, now) is None
    state = counter.state
    shown = (register - 9e6) * gain
    # What was integrated ahead is still owed; nothing is lost, nothing counted twice.
    assert math.isclose(
        state.total_joules - state.owed_joules, shown, rel_tol=1e-9, abs_tol=1e-3
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0, 3000)), max_size=60))
def test_ideal_meter_with_steady_reports_is_counted_to_the_tick(
    stretches: list[tuple[int, float]],
) -> None:
    counter = EnergyCounter()
    mono, used = 0.0, 0.0
    counter.on_register(0.0, Now(mono=mono, wall=START))
    for length, watts in stretches:
        counter.on_power(watts, Now(mono=mono, wall=START + timedelta(seconds=mono)))
        mono += length
        used += watts * length
        now = Now(mono=mono, wall=START + timedelta(seconds=mono))
        counter.on_register(used // 1125 * 1125, now)
        assert not counter.frozen
    assert counter.state.total_joules == used // 1125 * 1125
    assert counter.state.resets == 0
