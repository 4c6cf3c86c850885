"""What energy costs: each joule at the price of the hours in which it flowed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.calibration.energy_counter import EnergyCounter
from collector.calibration.energy_state import EnergyState
from collector.model.clock import Now
from collector.model.settings import Tariff, TariffPeriod

KWH = 3.6e6
BERLIN = ZoneInfo("Europe/Berlin")
DAY = TariffPeriod(name="day", price_per_kwh=0.30)
NIGHT = TariffPeriod(name="night", price_per_kwh=0.20, start=time(22), end=time(6))
TARIFF = Tariff(currency="EUR", periods=(DAY, NIGHT), timezone=BERLIN)


class Evening:
    """A counter, and moments counted in seconds from an edge between day and night."""

    def __init__(self, edge: str = "2025-01-15 22:00") -> None:
        moment = datetime.fromisoformat(edge).replace(tzinfo=BERLIN)
        self.edge = moment.astimezone(UTC)
        self.counter = EnergyCounter(tariff=TARIFF)

    def at(self, seconds: float, *, jump: float = 0.0) -> Now:
        wall = self.edge + timedelta(seconds=seconds + jump)
        return Now(mono=1e5 + seconds, wall=wall)

    @property
    def cost(self) -> dict[str, float]:
        return dict(self.counter.state.cost)


def test_costs_begin_at_zero_for_every_period() -> None:
    assert Evening().cost == {"day": 0.0, "night": 0.0}
    assert EnergyCounter().state.cost == {}


def test_increment_within_one_period_pays_its_price() -> None:
    evening = Evening()
    evening.counter.on_register(0, evening.at(-900))
    evening.counter.on_register(KWH, evening.at(-600))
    assert evening.cost == {"day": pytest.approx(0.30), "night": 0}


@pytest.mark.parametrize(
    ("edge", "day", "night"),
    [
        ("2025-01-15 22:00", 0.75, 0.25),
        ("2025-01-15 06:00", 0.25, 0.75),
        ("2025-03-30 06:00", 0.25, 0.75),  # the morning after a night of 7 hours
        ("2025-10-26 06:00", 0.25, 0.75),
    ],
)
def test_increment_over_an_edge_is_split_by_time_where_power_is_unknown(
    edge: str, day: float, night: float
) -> None:
    evening = Evening(edge)
    evening.counter.on_register(0, evening.at(-225))
    evening.counter.on_register(KWH / 10, evening.at(75))
    assert evening.cost["day"] == pytest.approx(day * 0.03)
    assert evening.cost["night"] == pytest.approx(night * 0.02)


def test_increment_over_an_edge_is_split_by_the_power_on_each_side() -> None:
    evening = Evening()
    counter = evening.counter
    counter.on_register(0, evening.at(-100))
    counter.on_power(3000, evening.at(-100))
    counter.on_power(1000, evening.at(0))
    counter.on_register(KWH / 10, evening.at(100))
    assert evening.cost["day"] == pytest.approx(0.75 * 0.03)
    assert evening.cost["night"] == pytest.approx(0.25 * 0.02)


def test_sample_held_over_an_edge_is_split_at_the_edge() -> None:
    evening = Evening()
    counter = evening.counter
    counter.on_register(0, evening.at(-90))
    counter.on_power(1000, evening.at(-90))
    counter.on_register(KWH / 10, evening.at(60))  # held for 120 s of the 150
    assert evening.cost["day"] == pytest.approx(0.75 * 0.03)
    assert evening.cost["night"] == pytest.approx(0.25 * 0.02)


def test_integrated_energy_is_priced_when_it_flows_and_not_again_when_repaid() -> None:
    evening = Evening()
    counter = evening.counter
    counter.on_register(0, evening.at(-300))
    for second in range(-300, 1, 30):
        counter.on_power(1000, evening.at(second))
    counter.on_register(0, evening.at(0))  # frozen: 300 kJ of day
    assert counter.frozen
    counter.on_power(1000, evening.at(90))  # 90 kJ of night
    counter.on_register(390_000, evening.at(90))
    assert counter.state.owed_joules == pytest.approx(0, abs=1e-6)
    assert evening.cost["day"] == pytest.approx(0.30 * 300_000 / KWH)
    assert evening.cost["night"] == pytest.approx(0.20 * 90_000 / KWH)


def test_consumption_over_a_restart_is_split_by_the_time_away() -> None:
    evening = Evening()
    evening.counter.on_register(0, evening.at(-3600))
    again = EnergyCounter(evening.counter.state, tariff=TARIFF)
    again.on_power(1000, evening.at(3 * 3600 - 60))
    again.on_register(4 * KWH, evening.at(3 * 3600))
    assert again.state.cost["day"] == pytest.approx(0.30)
    assert again.state.cost["night"] == pytest.approx(0.60)


def test_registers_of_one_moment_are_priced_at_that_moment() -> None:
    evening = Evening()
    evening.counter.on_register(0, evening.at(10))
    evening.counter.on_register(1125, evening.at(10))
    assert evening.cost["night"] == pytest.approx(0.20 * 1125 / KWH)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0, 400 * 86_400.0])
def test_clock_that_jumps_moves_the_price_and_makes_no_money(jump: float) -> None:
    evening = Evening()
    counter = evening.counter
    counter.on_register(0, evening.at(-1000))
    counter.on_power(1000, evening.at(-1000))
    counter.tick(evening.at(-990, jump=jump))
    counter.on_power(1000, evening.at(-980, jump=jump))
    counter.on_register(KWH, evening.at(-700, jump=jump))
    assert sum(evening.cost.values()) <= 0.30 + 1e-9
    assert sum(evening.cost.values()) >= 0.20 - 1e-9


def test_new_tariff_prices_what_comes_and_keeps_what_was_paid() -> None:
    evening = Evening()
    counter = evening.counter
    counter.on_register(0, evening.at(-900))
    counter.on_register(KWH, evening.at(-600))
    flat = TariffPeriod(name="flat", price_per_kwh=1.0)
    counter.configure(1.0, Tariff(currency="EUR", periods=(flat,), timezone=BERLIN))
    counter.on_register(2 * KWH, evening.at(-300))
    counter.configure(1.0, None)
    counter.on_register(3 * KWH, evening.at(-100))
    assert evening.cost["day"] == pytest.approx(0.30)
    assert evening.cost["flat"] == pytest.approx(1.0)
    assert counter.state.total_joules == pytest.approx(3 * KWH)


def test_costs_of_before_the_restart_go_on_growing() -> None:
    stored = EnergyState(register_joules=0.0, cost={"day": 5.0, "old": 1.0})
    evening = Evening()
    counter = EnergyCounter(stored, tariff=TARIFF)
    counter.on_register(KWH, evening.at(-600))
    cost = counter.state.cost
    assert cost["day"] == pytest.approx(5.30)
    assert (cost["night"], cost["old"]) == (0.0, 1.0)


def test_price_beyond_all_numbers_leaves_the_cost_finite() -> None:
    absurd = TariffPeriod(name="day", price_per_kwh=1.7e308)
    tariff = Tariff(currency="EUR", periods=(absurd,), timezone=BERLIN)
    counter = EnergyCounter(tariff=tariff)
    evening = Evening()
    counter.on_register(0, evening.at(0))
    counter.on_register(KWH, evening.at(300))
    counter.on_register(2 * KWH, evening.at(600))
    assert counter.state.cost["day"] == pytest.approx(1.7e308)
