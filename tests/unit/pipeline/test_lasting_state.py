"""What the line wants kept, and how it goes on after a restart."""

from collector.model.settings import LineSettings
from collector.pipeline.line import Pipeline
from tests.unit.pipeline.lines import (
    KWH,
    at,
    keep,
    line,
    power,
    status,
    structure,
    total,
)


def test_the_energy_is_shown_as_last_committed() -> None:
    pipeline = line()
    pipeline.handle(structure(kwh=1.0), at(0))
    keep(pipeline)
    pipeline.handle(structure(kwh=1.5), at(1800))
    energy = status(pipeline, 1800).energy
    assert energy is not None
    assert energy.total_joules == 0.0
    assert total(pipeline, 1800) == 0.5 * KWH


def test_a_restart_goes_on_where_the_last_commit_was() -> None:
    before = line()
    before.handle(structure(kwh=1.0), at(0))
    before.handle(structure(kwh=1.5), at(1800))
    documents = before.unsaved()
    after = Pipeline(LineSettings())
    after.restore(documents)
    energy = status(after, 0).energy
    assert energy is not None
    assert energy.total_joules == 0.5 * KWH
    assert status(after, 0).firmware == 46
    assert status(after, 0).last_seen is None
    after.handle(structure(kwh=1.75), at(3600))
    assert total(after) == 0.75 * KWH


def test_nothing_new_is_nothing_to_write() -> None:
    pipeline = line()
    pipeline.handle(structure(), at(0))
    keep(pipeline)
    pipeline.handle(power(10.0), at(5))
    assert pipeline.unsaved() == {}


def test_what_the_disk_refused_is_offered_again() -> None:
    pipeline = line()
    pipeline.handle(structure(), at(0))
    refused = pipeline.unsaved()
    assert pipeline.unsaved() == {}
    pipeline.not_committed(refused)
    assert pipeline.unsaved() == refused
