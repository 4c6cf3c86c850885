"""Energy through the line: a frozen register, money, and relays that go away."""

from datetime import UTC

import pytest
from hypothesis import given, strategies as st

from collector.model.frame import Frame
from collector.model.quantity import Quantity
from collector.model.settings import (
    LineSettings,
    PollingSettings,
    Tariff,
    TariffPeriod,
)
from collector.pipeline.line import Pipeline
from tests.unit.pipeline.lines import (
    IEEE,
    KWH,
    at,
    keep,
    line,
    power,
    status,
    structure,
    total,
)


@pytest.mark.parametrize("poll_seconds", [30, 100, 200, 600])
def test_a_frozen_register_is_filled_in_whatever_the_polling_interval(
    poll_seconds: int,
) -> None:
    settings = LineSettings(polling=PollingSettings(power_seconds=poll_seconds))
    pipeline = Pipeline(settings)
    pipeline.relay_joined(IEEE, at(0))
    for second in range(3601):
        if second % 300 == 0:
            pipeline.handle(structure(kwh=1.0, watts=2000.0, amperes=8.7), at(second))
        elif second % poll_seconds == 0:
            pipeline.handle(power(2000.0, second), at(second))
        pipeline.tick(at(second))
    assert total(pipeline, 3600) == pytest.approx(2.0 * KWH, rel=0.002)
    assert status(pipeline, 3600).meter_asleep is True


def euro(currency: str = "EUR") -> LineSettings:
    period = TariffPeriod(name="day", price_per_kwh=0.3)
    return LineSettings(
        tariff=Tariff(currency=currency, periods=(period,), timezone=UTC)
    )


def test_sums_of_one_currency_are_not_sold_as_another() -> None:
    pipeline = Pipeline(euro())
    pipeline.relay_joined(IEEE, at(0))
    pipeline.handle(structure(kwh=1.0), at(0))
    pipeline.handle(structure(kwh=2.0), at(3600))
    keep(pipeline)
    energy = status(pipeline, 3600).energy
    assert energy is not None
    assert energy.currency == "EUR"
    assert energy.cost["day"] == pytest.approx(0.3)
    documents = {IEEE: pipeline._relays[IEEE].document()}
    pipeline.configure(euro("USD"))
    pipeline.handle(structure(kwh=3.0), at(7200))
    keep(pipeline)
    energy = status(pipeline, 7200).energy
    assert energy is not None
    assert energy.currency == "USD"
    assert energy.cost["day"] <= 0.3
    assert energy.total_joules == 2.0 * KWH
    restarted = Pipeline(euro("USD"))
    restarted.restore(documents)
    energy = status(restarted, 0).energy
    assert energy is not None
    assert energy.cost == {"day": 0.0}
    assert energy.total_joules == 1.0 * KWH


def test_a_removed_relays_state_is_to_be_deleted_until_it_is() -> None:
    pipeline = line()
    pipeline.handle(structure(), at(0))
    keep(pipeline)
    pipeline.relay_removed(IEEE)
    assert pipeline.removed() == {IEEE}
    pipeline.deleted([IEEE])
    assert pipeline.removed() == frozenset()


def test_a_relay_that_joins_again_in_time_keeps_its_state() -> None:
    pipeline = line()
    pipeline.relay_removed(IEEE)
    pipeline.relay_joined(IEEE, at(1))
    assert pipeline.removed() == frozenset()


def test_last_seen_outlives_a_restart() -> None:
    pipeline = Pipeline(LineSettings())
    pipeline.relay_known(IEEE, 1_700_000_000.0, at(0))
    assert status(pipeline, 0).last_seen == 1_700_000_000.0
    assert status(pipeline, 0).joins == 0
    pipeline.handle(power(1.0), at(5))
    assert status(pipeline, 5).last_seen == at(5).wall.timestamp()


@pytest.mark.parametrize(
    ("cluster", "data"),
    [(0x0006, "18000b0100"), (0x0000, "18010105000042066c756d692e72")],
    ids=["the end of a command", "the answer to an interview"],
)
def test_what_zigpy_has_asked_for_is_no_frame_that_makes_no_sense(
    cluster: int, data: str
) -> None:
    pipeline = line()
    frame = Frame(IEEE, 1, cluster, bytes.fromhex(data))
    outcome = pipeline.handle(frame, at(0))
    assert outcome.response
    assert outcome.undecodable is None


REFUSED = st.one_of(
    st.builds(power, st.sampled_from([float("nan"), float("inf"), -1.0, 30_000.0])),
    st.builds(
        structure,
        kwh=st.sampled_from([float("nan"), -1.0, 0.0, 1e9]),
        volts=st.sampled_from([float("nan"), -5.0, 500.0, 0.0]),
        amperes=st.sampled_from([float("nan"), -1.0]),
        watts=st.sampled_from([float("nan"), -1.0, 30_000.0]),
    ),
)


@given(REFUSED)
def test_no_rejected_sample_changes_a_value_its_time_or_the_energy(
    frame: Frame,
) -> None:
    pipeline = line()
    pipeline.handle(structure(kwh=5.0, volts=231.0, amperes=2.0, watts=450.0), at(0))
    keep(pipeline)
    before = status(pipeline, 1)
    outcome = pipeline.handle(frame, at(1))
    keep(pipeline)
    after = status(pipeline, 1)
    refused = {(each.quantity, each.channel) for each in outcome.rejected}
    assert (Quantity.POWER, None) in refused
    for key in refused:
        assert after.values.get(key) == before.values.get(key)
        assert after.measured_at.get(key) == before.measured_at.get(key)
    assert after.energy == before.energy


def test_a_zero_just_before_the_meter_is_found_asleep_is_withdrawn() -> None:
    pipeline = line()
    pipeline.handle(structure(kwh=1.0, watts=1200.0, amperes=5.3), at(0))
    pipeline.handle(power(0.0, 2), at(30))
    assert status(pipeline, 30).values[Quantity.POWER, None] == 0.0
    pipeline.handle(structure(kwh=1.0, volts=0.0, amperes=0.0, watts=0.0), at(32))
    shown = status(pipeline, 32)
    assert shown.meter_asleep is True
    assert (Quantity.POWER, None) not in shown.values


def test_a_reload_during_a_commit_does_not_relabel_the_money() -> None:
    pipeline = Pipeline(euro())
    pipeline.relay_joined(IEEE, at(0))
    pipeline.handle(structure(kwh=1.0), at(0))
    pipeline.handle(structure(kwh=2.0), at(3600))
    documents = pipeline.unsaved()
    pipeline.configure(euro("USD"))
    pipeline.committed(documents)
    energy = status(pipeline, 3600).energy
    assert energy is not None
    assert energy.currency == "EUR"
