"""The totals of each local day, by plain numbers."""

from datetime import date

from collector.app.daily import DailyTotals
from collector.model.status import EnergyStatus, RelayStatus
from collector.state.store import DailyTotal

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 3, day) for day in (2, 3, 4))


def relay(joules: float, **cost: float) -> RelayStatus:
    energy = EnergyStatus(total_joules=joules, cost=cost)
    return RelayStatus(ieee="a", name="a", energy=energy)


def take(totals: DailyTotals, status: RelayStatus, day: date) -> list[DailyTotal]:
    """Take what is there, and bring it to disk."""
    rows, begun = totals.take([status], day)
    totals.accept(begun)
    return rows


def row(day: date, joules: float, cost: float | None = None) -> DailyTotal:
    return DailyTotal(day=day, ieee="a", joules=joules, cost=cost)


def test_a_day_is_what_the_counter_grew_by_in_it() -> None:
    totals = DailyTotals({})
    assert take(totals, relay(500.0), MONDAY) == []
    assert take(totals, relay(800.0), MONDAY) == [row(MONDAY, 300.0)]
    assert take(totals, relay(900.0), TUESDAY) == [row(MONDAY, 400.0)]
    assert take(totals, relay(950.0), TUESDAY) == [row(TUESDAY, 50.0)]


def test_costs_of_all_periods_count() -> None:
    totals = DailyTotals({})
    take(totals, relay(0.0, day=1.0, night=2.0), MONDAY)
    rows, _ = totals.take([relay(100.0, day=1.5, night=2.25)], TUESDAY)
    assert rows == [row(MONDAY, 100.0, 0.75)]


def test_a_restart_goes_on_in_the_same_day() -> None:
    totals = DailyTotals({})
    _, begun = totals.take([relay(500.0)], MONDAY)
    again = DailyTotals(begun)
    assert take(again, relay(700.0), MONDAY) == [row(MONDAY, 200.0)]


def test_a_day_in_which_the_service_was_down_counts_where_it_was_last_seen() -> None:
    totals = DailyTotals({})
    _, begun = totals.take([relay(500.0)], MONDAY)
    again = DailyTotals(begun)
    assert take(again, relay(700.0), WEDNESDAY) == [row(MONDAY, 200.0)]
    assert take(again, relay(710.0), WEDNESDAY) == [row(WEDNESDAY, 10.0)]


def test_a_counter_that_starts_anew_after_a_lost_state_is_no_negative_day() -> None:
    totals = DailyTotals({})
    take(totals, relay(500.0), MONDAY)
    assert take(totals, relay(20.0), MONDAY) == [row(MONDAY, 20.0)]
    assert take(totals, relay(30.0), MONDAY) == [row(MONDAY, 30.0)]


def test_a_relay_that_never_joined_has_no_days() -> None:
    never = RelayStatus(ieee="a", name="a", energy=None)
    assert DailyTotals({}).take([never], MONDAY) == ([], {})


def test_a_damaged_document_is_a_new_beginning() -> None:
    damaged: list[dict[str, object]] = [
        {},
        {"day": "2026-13-01", "joules": 1.0, "cost": 0.0},
        {"day": "2026-03-02", "joules": "x", "cost": 0.0},
        {"day": 3, "joules": 1.0, "cost": None},
    ]
    for document in damaged:
        totals = DailyTotals({"a": document})
        assert take(totals, relay(5.0), MONDAY) == []


def test_what_the_disk_refused_is_offered_again() -> None:
    totals = DailyTotals({})
    take(totals, relay(500.0), MONDAY)
    refused, _ = totals.take([relay(900.0)], TUESDAY)
    assert refused == [row(MONDAY, 400.0)]
    assert totals.take([relay(900.0)], TUESDAY)[0] == refused


def test_a_new_relays_first_day_is_noticed() -> None:
    totals = DailyTotals({})
    assert totals.lacks([relay(0.0)])
    take(totals, relay(0.0), MONDAY)
    assert not totals.lacks([relay(10.0)])
    totals.forget(["a"])
    assert totals.lacks([relay(10.0)])
