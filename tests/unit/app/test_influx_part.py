"""What the line brings about becomes points; a bug or a clock in between does no harm."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from collector.app.influx import InfluxPart
from collector.app.line import Line
from collector.model.clock import Now
from collector.model.frame import Frame
from collector.model.reading import Reading
from collector.model.settings import LineSettings, RelaySettings
from collector.pipeline.line import Pipeline
from collector.sinks.delivery import Delivery
from collector.sinks.influx import InfluxSink
from collector.sinks.influx_answer import Answer
from collector.sinks.points import Points
from collector.sinks.spool import Spool
from tests.clock import ManualClock
from tests.unit.pipeline.lines import IEEE, power, structure
from tests.unit.sinks.line_protocol import Value, read_line


async def _nobody(_: bytes) -> Answer:
    raise AssertionError


async def _turn() -> None:
    return


class House:
    """A line of one relay, with the part that hears it."""

    def __init__(self, folder: Path) -> None:
        relay = RelaySettings(ieee=IEEE, name="boiler", channel_names={"l1": "heater"})
        self.clock = ManualClock()
        settings = LineSettings(relays={IEEE: relay})
        self.line = Line(Pipeline(settings, self.clock.now()), self.clock, 1.0)
        self.spool = Spool.open(folder / "spool.db", 1 << 20)
        points = Points("home", {})
        sink = InfluxSink(
            self.spool,
            Delivery(self.spool, _nobody, self.clock),
            points,
            breathe=_turn,
        )
        self.part = InfluxPart(self.line, self.clock, sink, points)
        self.line.hear(
            lambda frame, readings, now: self.part.report(frame.ieee, readings, now)
        )
        self.line.pipeline.relay_known(IEEE, None, self.clock.now())

    async def written(self) -> list[tuple[str, dict[str, str], dict[str, Value]]]:
        """Return measurement, tags and fields of every point so far."""
        assert await self.part.sink.flush()
        batch = self.spool.oldest_batch(10_000)
        if batch is None:
            return []
        points = map(read_line, batch.body.decode().splitlines())
        return [(each.measurement, each.tags, each.fields) for each in points]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    yield found
    found.spool.close()


async def test_a_frame_is_a_point_and_who_it_is_of_stands_beside(house: House) -> None:
    house.line._handle(structure(kwh=1.0), house.clock.now())
    house.line._handle(power(61.5), house.clock.now())
    points = await house.written()
    kinds = [measurement for measurement, _, _ in points]
    assert kinds.count("relay") == 2
    assert "relay_info" in kinds
    assert all(tags == {"ieee": IEEE, "site": "home"} for _, tags, _ in points)
    fields = points[-1][2]
    assert fields["power_w"] == 61.5
    assert fields["energy_j"] == 0.0  # as last committed: nothing yet
    info = next(fields for name, _, fields in points if name == "relay_info")
    assert (info["name"], info["name_l1"]) == ("boiler", "heater")


async def test_a_clock_that_was_set_is_an_event_and_points_keep_their_times(
    house: House,
) -> None:
    house.part.clock_jumped(-3600.0)
    [(measurement, tags, fields)] = await house.written()
    assert (measurement, tags["kind"]) == ("relay_event", "clock_jump")
    assert "ieee" not in tags
    assert fields["reason"] == "the wall clock jumped by -3600.0 s"


async def test_who_joins_and_leaves_is_an_event(house: House) -> None:
    house.part.roster(IEEE, "joined")
    house.part.roster(IEEE, "left")
    points = await house.written()
    assert [(tags["kind"], fields["reason"]) for _, tags, fields in points] == [
        ("join", "joined"),
        ("join", "left"),
    ]


async def test_a_register_that_fell_is_an_event_once_it_is_committed(
    house: House,
) -> None:
    pipeline = house.line.pipeline

    def commit() -> None:
        pipeline.committed(pipeline.unsaved())

    for number, kwh in enumerate((5.0, 0.25, 0.5)):
        now = house.clock.now()
        later = Now(
            now.mono + 600.0 * number, now.wall + timedelta(seconds=600.0 * number)
        )
        house.line._handle(structure(kwh=kwh), later)
        commit()
    reasons = [
        fields["reason"]
        for measurement, _, fields in await house.written()
        if measurement == "relay_event"
    ]
    assert reasons == ["the energy register fell"]


async def test_a_bug_of_the_sink_costs_the_line_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Frame, __: tuple[Reading, ...], ___: Now) -> None:
        raise ValueError("a bug of a sink")

    house.line.hear(broken)
    house.line._handle(power(61.5), house.clock.now())
    assert "Unexpected error: where=sink" in caplog.text
    (status,) = house.line.pipeline.statuses(house.clock.now())
    assert 61.5 in status.values.values()


async def test_a_relay_that_was_removed_meanwhile_brings_nothing(house: House) -> None:
    house.part.report("00:00:00:00:00:00:00:01", (), house.clock.now())
    assert await house.written() == []
