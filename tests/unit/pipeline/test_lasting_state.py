"""What the line wants kept, and how it goes on after a restart."""

from typing import Any

from collector.model.policy import ROOT, PolicySettings
from collector.model.settings import LineSettings
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
from tests.unit.policy.house_rules import threshold


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


def test_rules_are_there_before_the_coordinator_is() -> None:
    """A latch is not taken for gone, nor its alert, because the stick is not plugged in."""
    rule = threshold(for_seconds=0.0, relays=(IEEE,))
    told = LineSettings(policies=PolicySettings(rules=(rule,)))
    before = Pipeline(told, at(0))
    before.relay_known(IEEE, None, at(0))
    before.radio_up(old_chip=False, now=at(0))
    before.handle(structure(kwh=1.0), at(0))
    before.handle(power(2600.0), at(1))
    kept: dict[str, dict[str, Any]] = {}
    for (kind, key), document in before.policies.unsaved(at(2)).items():
        kept.setdefault(kind, {})[key] = document
    after = Pipeline(told, at(0))
    after.restore(before.unsaved())
    after.policies.restore(kept, at(0))
    (policy,) = [each for each in after.policies.policies(at(1)) if each.name != ROOT]
    assert policy.held == [(IEEE, "l1")]
    assert policy.relays[IEEE].state == "stale"
    assert after.tick(at(3600)).commands == ()


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
