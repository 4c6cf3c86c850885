"""Readings and events in line protocol: names, units, types and times."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from collector.model.command import CommandOutcome, Origin
from collector.model.decision import DecisionAction, EventKind, PolicyEvent
from collector.model.quantity import Quantity
from collector.model.reading import Reading
from collector.model.status import ChannelPower, RelayContext
from collector.sinks.points import Points
from tests.unit.sinks.line_protocol import Read, read_line

IEEE = "00:15:8d:00:03:a0:00:00"
NOON = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
STAMP = 1_772_366_400_123
NOBODY = RelayContext()


def reading(
    quantity: Quantity, value: float, channel: str | None = None, at: datetime = NOON
) -> Reading:
    return Reading(
        ieee=IEEE, channel=channel, quantity=quantity, value=value, at=at, mono=5.0
    )


def power(at: datetime = NOON) -> list[Reading]:
    return [reading(Quantity.POWER, 230.5, at=at)]


def points(tags: Mapping[str, str] | None = None) -> Points:
    return Points("home", tags or {})


def texts(here: Points, readings: list[Reading], beside: RelayContext) -> list[str]:
    return [line.text for line in here.report(IEEE, readings, beside)]


def stamps(here: Points, *moments: datetime) -> list[int]:
    return [here.report(IEEE, power(at), NOBODY)[0].at for at in moments]


def event(kind: EventKind = EventKind.DECISION, **more: Any) -> PolicyEvent:
    return PolicyEvent(kind=kind, at=NOON, ieee=IEEE, **more)


def read(happened: PolicyEvent) -> Read:
    return read_line(points().decided(happened).text)


STRUCTURE = [
    reading(Quantity.POWER, 230.5),
    reading(Quantity.VOLTAGE, 230.0),
    reading(Quantity.STATE, 1.0, "l1"),
    reading(Quantity.STATE, 0.0, "l2"),
]
KNOWN = RelayContext(
    name="boiler 1",
    channel_names={"l1": "heater"},
    firmware=47,
    lqi=120,
    energy_joules=3600.0,
    channel_power={"l1": ChannelPower(watts=230.5, estimated=False)},
)


def test_a_structure_is_one_line_and_who_it_is_another() -> None:
    assert texts(points({"floor": "2"}), STRUCTURE, KNOWN) == [
        (
            f"relay,floor=2,ieee={IEEE},site=home energy_j=3600,link_quality=120,"
            f"power_l1_w=230.5,power_w=230.5,state_l1=1i,state_l2=0i,voltage_v=230 {STAMP}"
        ),
        (
            f'relay_info,floor=2,ieee={IEEE},site=home firmware="47",'
            'manufacturer="Aqara",model="LLKZMK11LM",name="boiler 1",'
            f'name_l1="heater" {STAMP}'
        ),
    ]


@pytest.mark.parametrize(
    ("quantity", "channel", "field"),
    [
        (Quantity.POWER, None, "power_w=1"),
        (Quantity.APPARENT_POWER, None, "apparent_power_va=1"),
        (Quantity.POWER_FACTOR, None, "power_factor=1"),
        (Quantity.VOLTAGE, None, "voltage_v=1"),
        (Quantity.CURRENT, None, "current_a=1"),
        (Quantity.TEMPERATURE, None, "temperature_c=1"),
        (Quantity.ENERGY, None, "energy_register_j=1"),
        (Quantity.STATE, "l1", "state_l1=1i"),
        (Quantity.STATE, "l2", "state_l2=1i"),
        (Quantity.INTERLOCK, None, "interlock=1i"),
        (Quantity.OUTAGES, None, "power_outages=1i"),
    ],
)
@pytest.mark.parametrize("value", [1, 1.0])
def test_a_quantity_has_its_name_and_its_type(
    value: float, quantity: Quantity, channel: str | None, field: str
) -> None:
    (line, _) = points().report(IEEE, [reading(quantity, value, channel)], NOBODY)
    assert line.text == f"relay,ieee={IEEE},site=home {field} {STAMP}"


def test_every_quantity_is_written_or_of_the_info() -> None:
    written = {
        quantity
        for quantity in Quantity
        for channel in (None, "l1")
        if points().report(IEEE, [reading(quantity, 1.0, channel)], NOBODY)
    }
    assert written == {*Quantity} - {Quantity.FIRMWARE}


def test_what_brings_nothing_writes_nothing() -> None:
    here = points()
    assert here.report(IEEE, [], KNOWN) == []
    assert here.report(IEEE, [reading(Quantity.FIRMWARE, 47)], KNOWN) == []


def test_channels_have_no_power_where_the_relay_brings_none() -> None:
    (first, _) = texts(points(), [reading(Quantity.VOLTAGE, 230)], KNOWN)
    assert "power" not in first


def test_the_numbers_of_what_is_known_beside_are_floats_too() -> None:
    whole = RelayContext(
        energy_joules=3600,
        lqi=0,
        channel_power={"l2": ChannelPower(watts=5, estimated=True)},
    )
    fields = read_line(texts(points(), power(), whole)[0]).fields
    assert fields == {
        "energy_j": 3600.0,
        "link_quality": 0.0,
        "power_l2_w": 5.0,
        "power_w": 230.5,
    }
    assert {type(value) for value in fields.values()} == {float}


def test_who_a_relay_is_is_written_at_the_start_and_when_it_changes() -> None:
    here = points()
    steps = [
        KNOWN,
        KNOWN,
        RelayContext(name="boiler", firmware=47),
        RelayContext(name="boiler", firmware=48),
        RelayContext(name="boiler", firmware=48, lqi=7),
        RelayContext(name="boiler", firmware=48, channel_names={"l2": "fan"}),
    ]
    counts = [len(here.report(IEEE, power(), beside)) for beside in steps]
    assert counts == [2, 1, 2, 2, 1, 2]
    assert len(here.report("another", power(), steps[-1])) == 2


def test_two_points_of_a_relay_share_no_millisecond() -> None:
    here = points()
    assert stamps(here, NOON, NOON, NOON) == [STAMP, STAMP + 1, STAMP + 2]
    assert stamps(here, NOON + timedelta(milliseconds=1)) == [STAMP + 3]
    assert stamps(here, NOON + timedelta(seconds=1)) == [STAMP + 1000]


def test_other_relays_and_events_keep_their_own_time() -> None:
    here = points()
    assert stamps(here, NOON) == [STAMP]
    assert here.report("another", power(), NOBODY)[0].at == STAMP
    assert here.decided(event()).at == STAMP
    assert here.decided(event(channel="l1")).at == STAMP
    assert here.decided(event(channel="l2")).at == STAMP
    assert here.decided(event(channel="l1")).at == STAMP + 1


def test_after_a_clock_that_was_set_back_the_time_is_the_true_one() -> None:
    here = points()
    early = NOON - timedelta(hours=1)
    assert stamps(here, NOON, NOON - timedelta(milliseconds=999)) == [STAMP, STAMP + 1]
    assert stamps(here, early, early) == [STAMP - 3_600_000, STAMP - 3_599_999]


@pytest.mark.parametrize(
    ("happened", "kind"),
    [
        (event(EventKind.OUTCOME), "switch"),
        (event(EventKind.FOREIGN), "switch"),
        (event(EventKind.DECISION), "switch"),  # of a person
        (event(EventKind.DECISION, rule="r"), "policy"),
        (event(EventKind.ALARM), "policy"),
        (event(EventKind.OVERRIDE), "policy"),
        (event(EventKind.RESET), "reset"),
        (event(EventKind.RESET, rule="r"), "reset"),
    ],
)
def test_an_event_is_of_a_kind(happened: PolicyEvent, kind: str) -> None:
    assert read(happened).tags == {"ieee": IEEE, "site": "home", "kind": kind}


def test_an_event_says_what_happened_and_why() -> None:
    happened = event(
        EventKind.OUTCOME,
        channel="l1",
        rule="heater",
        action=DecisionAction.OFF,
        origin=Origin.API,
        reason='it said "too hot"',
        outcome=CommandOutcome.CONFIRMED,
        latency=1,
    )
    assert points().decided(happened).text == (
        f"relay_event,channel=l1,ieee={IEEE},kind=switch,site=home "
        'action="off",latency_s=1,origin="api",outcome="confirmed",'
        rf'reason="it said \"too hot\"",rule="heater" {STAMP}'
    )


def test_an_event_without_a_reason_gives_its_name() -> None:
    fields = read(event(EventKind.FOREIGN)).fields
    assert fields == {"reason": "foreign", "origin": "policy"}


def test_something_of_the_house_has_no_relay() -> None:
    line = points().event("clock_jump", NOON, {"reason": "x", "seconds": -5.0})
    assert line.text == (
        f'relay_event,kind=clock_jump,site=home reason="x",seconds=-5 {STAMP}'
    )


# any text -----------------------------------------------------------------------------

TEXT = st.text() | st.text("\\ ,=\"'\n\t\0é\ud800#ai5", max_size=8)
KEYS = st.text(st.sampled_from('ab=,é #"'), min_size=1, max_size=4)


def as_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """What of tags arrives: no control character, no end that would escape."""
    cleaned = {key: as_text(value).rstrip("\\ ") for key, value in tags.items()}
    return {key: value for key, value in cleaned.items() if value}


def as_text(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


@given(TEXT, st.dictionaries(KEYS, TEXT, max_size=3), TEXT, TEXT)
def test_whatever_a_text_holds_the_line_is_one_line(
    site: str, tags: dict[str, str], name: str, reason: str
) -> None:
    here = Points(site, tags)
    _, info = here.report(
        IEEE, power(), RelayContext(name=name, channel_names={"l1": reason})
    )
    decided = here.decided(event(EventKind.OUTCOME, reason=reason, rule=name))
    assert read_line(info.text) == Read(
        "relay_info",
        as_tags({**tags, "site": site, "ieee": IEEE}),
        {
            "name": as_text(name),
            "model": "LLKZMK11LM",
            "manufacturer": "Aqara",
            "name_l1": as_text(reason),
        },
        STAMP,
    )
    assert read_line(decided.text) == Read(
        "relay_event",
        as_tags({**tags, "site": site, "ieee": IEEE, "kind": "switch"}),
        {
            "reason": as_text(reason) or "outcome",
            "rule": as_text(name),
            "origin": "policy",
        },
        STAMP,
    )


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_arrives_as_it_is(value: float) -> None:
    (line, _) = points().report(IEEE, [reading(Quantity.POWER, value)], NOBODY)
    assert read_line(line.text).fields == {"power_w": value}


@pytest.mark.parametrize("key", ["ieee", "site", "kind", "channel"])
def test_a_configured_tag_does_not_replace_an_own_one(key: str) -> None:
    here = points({key: "mine", "floor": "2"})
    line = here.decided(event(EventKind.RESET, channel="l1"))
    assert read_line(line.text).tags == {
        "channel": "l1",
        "floor": "2",
        "ieee": IEEE,
        "kind": "reset",
        "site": "home",
    }
    (line, _) = here.report(IEEE, power(), NOBODY)
    assert read_line(line.text).tags == {"floor": "2", "ieee": IEEE, "site": "home"}
