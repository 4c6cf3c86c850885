import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st
from prometheus_client import CollectorRegistry

from collector.model.command import CommandOutcome, Origin
from collector.model.decision import DecisionAction, RuleState, RuleStatus
from collector.model.policy import Mode
from collector.model.quantity import CHANNELS, Quantity
from collector.model.reading import Reason
from collector.model.status import (
    Availability,
    ChannelPower,
    EnergyStatus,
    RelayStatus,
)
from collector.sinks.exposition import RelayWriter, number
from tests.statuses import (
    EqualFamilies,
    boiler,
    by_prometheus_client,
    go_number,
    house,
)

BOTH_FORMATS = pytest.mark.parametrize("openmetrics", [False, True])

names = st.text(max_size=20) | st.sampled_from(
    ['say "hi"', "back\\slash", "two\nlines", "Kühlschrank 🧊", "", "a,b={}#", "\r\t"]
)
values = st.floats(allow_nan=True, allow_infinity=True)
counts = st.integers(min_value=0, max_value=2**63)
keys = st.tuples(st.sampled_from(Quantity), st.sampled_from([None, *CHANNELS]))
energies = st.none() | st.builds(
    EnergyStatus,
    total_joules=values,
    register_resets=counts,
    gaps=counts,
    cost=st.dictionaries(names, values, max_size=3),
    currency=st.none() | names,
)
channels = st.sampled_from(CHANNELS)
outcomes = st.sampled_from(CommandOutcome)
statuses_of_rules = st.builds(
    RuleStatus, state=st.sampled_from(RuleState), margin=st.none() | values
)
relays = st.builds(
    RelayStatus,
    ieee=st.sampled_from([f"00:15:8d:00:03:a0:00:{n:02x}" for n in range(6)]),
    name=names,
    channel_names=st.dictionaries(st.sampled_from(CHANNELS), names),
    availability=st.sampled_from(Availability),
    last_seen=st.none() | values,
    lqi=st.none() | st.integers(0, 255),
    values=st.dictionaries(keys, values),
    measured_at=st.dictionaries(keys, values),
    firmware=st.none() | st.integers(0, 255),
    outages=st.none() | counts,
    meter_asleep=st.none() | st.booleans(),
    energy=energies,
    rejected=st.dictionaries(
        st.tuples(st.sampled_from(Quantity), st.sampled_from(Reason)), counts
    ),
    channel_power=st.dictionaries(
        channels, st.builds(ChannelPower, watts=values, estimated=st.booleans())
    ),
    unattributed_watts=st.none() | values,
    contact_fault=st.dictionaries(channels, st.booleans()),
    outage_memory=st.none() | st.booleans(),
    rules=st.dictionaries(names, statuses_of_rules, max_size=3),
    commands=st.dictionaries(
        st.tuples(channels, st.sampled_from(Origin), outcomes), counts, max_size=3
    ),
    actions=st.dictionaries(
        st.tuples(
            names,
            channels,
            st.sampled_from(DecisionAction),
            outcomes,
            st.sampled_from(Mode),
        ),
        counts,
        max_size=3,
    ),
)
houses = st.lists(relays, max_size=6, unique_by=lambda relay: relay.ieee)


async def written(
    writer: RelayWriter, statuses: Sequence[RelayStatus], *, openmetrics: bool = False
) -> bytes:
    families = await writer.write(statuses, openmetrics=openmetrics)
    return "".join(families).encode()


def expected(statuses: Sequence[RelayStatus], *, openmetrics: bool = False) -> bytes:
    registry = CollectorRegistry()
    registry.register(EqualFamilies(statuses))
    text = by_prometheus_client(registry, openmetrics=openmetrics)
    return text.removesuffix(b"# EOF\n")


@BOTH_FORMATS
async def test_a_known_relay_reads_byte_for_byte_as_prometheus_client_writes_it(
    openmetrics: bool,
) -> None:
    statuses = [boiler(), boiler(ieee="00:15:8d:00:03:a0:00:01", name='"floor"\\\n')]
    ours = await written(RelayWriter(), statuses, openmetrics=openmetrics)
    assert ours == expected(statuses, openmetrics=openmetrics)


@settings(max_examples=50, deadline=None)
@given(statuses=houses, openmetrics=st.booleans())
def test_any_house_reads_byte_for_byte_as_prometheus_client_writes_it(
    statuses: list[RelayStatus], openmetrics: bool
) -> None:
    ours = asyncio.run(written(RelayWriter(), statuses, openmetrics=openmetrics))
    assert ours == expected(statuses, openmetrics=openmetrics)


@settings(max_examples=50, deadline=None)
@given(scrapes=st.lists(houses, min_size=2, max_size=4))
def test_what_the_writer_remembers_does_not_show_at_the_next_scrape(
    scrapes: list[list[RelayStatus]],
) -> None:
    writer = RelayWriter()

    async def scrape_all() -> None:
        for statuses in scrapes:
            assert series(await written(writer, statuses)) == series(expected(statuses))

    asyncio.run(scrape_all())


def series(text: bytes) -> list[bytes]:
    """The lines but for what equal statuses may differ in: order, and the sign of 0."""
    return sorted(text.replace(b" -0.0\n", b" 0.0\n").splitlines())


@given(value=values | st.integers(-(2**70), 2**70) | st.floats(1e5, 1e11))
def test_numbers_are_written_as_go_writes_them(value: float) -> None:
    assert number(value) == go_number(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "1.0"),
        (47, "47.0"),
        (0.262576, "0.262576"),
        (-0.0, "-0.0"),
        (1e-07, "1e-07"),
        (999_999.5, "999999.5"),
        (1_000_000, "1e+06"),
        (1_700_000_000, "1.7e+09"),
        (1_700_000_000.25, "1.70000000025e+09"),
        (9_999_999_999.5, "9.9999999995e+09"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
        (float("nan"), "NaN"),
    ],
)
def test_a_number_is_written_so(value: float, text: str) -> None:
    assert number(value) == text == go_number(value)


async def test_only_what_is_known_is_shown() -> None:
    quiet = RelayStatus(ieee="00:01", name="new", energy=None)
    text = (await written(RelayWriter(), [quiet])).decode()
    assert [line for line in text.splitlines() if line[0] != "#"] == [
        'zigbee_relay_info{firmware="",ieee="00:01",manufacturer="Aqara",model="LLKZMK11LM",name="new"} 1.0',
        'zigbee_relay_up{ieee="00:01"} 0.0',
    ]
    assert text.count("# TYPE") == 2  # no head of a family without series


@pytest.mark.parametrize(
    ("availability", "up"),
    [
        (Availability.UP, "1.0"),
        (Availability.STALE, "1.0"),
        (Availability.GONE, "0.0"),
    ],
)
async def test_up_is_zero_only_for_a_relay_that_is_gone(
    availability: Availability, up: str
) -> None:
    text = await written(RelayWriter(), [boiler(availability=availability)])
    assert f'zigbee_relay_up{{ieee="00:15:8d:00:03:a0:00:00"}} {up}\n' in text.decode()


async def test_a_stale_gauge_leaves_and_its_counters_stay() -> None:
    writer = RelayWriter()
    fresh = (await written(writer, [boiler()])).decode()
    stale = (
        await written(writer, [boiler(values={}, availability=Availability.GONE)])
    ).decode()
    gauges = ("power_watts", "voltage_volts", "switch_state", "energy_register_joules")
    stay = (
        "energy_joules_total",
        "energy_cost_total",
        "power_outages_total",
        "rejected_samples_total",
        "last_seen_timestamp_seconds",
        "measurement_timestamp_seconds",
        "firmware_version",
    )
    for name in gauges:
        assert f"zigbee_relay_{name}{{" in fresh
        assert f"zigbee_relay_{name}" not in stale
    for name in stay:
        assert f"zigbee_relay_{name}{{" in stale


async def test_a_removed_relay_vanishes_at_once_and_is_forgotten() -> None:
    writer = RelayWriter()
    await written(writer, house(45))
    left = await written(writer, house(44))
    assert b"relay 44" not in left
    assert b'ieee="00:15:8d:00:03:a0:00:2c"' not in left
    assert len(writer._relays) == 44


async def test_renaming_again_and_again_leaves_nothing_behind() -> None:
    writer = RelayWriter()
    text = b""
    for turn in range(50):
        text = await written(writer, [boiler(name=f"name {turn}")])
        assert text.count(b'name="name ') == 1
    (kept,) = writer._relays.values()
    states = len(RuleState) - 1  # the lines of a rule's states are kept as one
    lines = text.count(b"\nz") - states * len(boiler().rules)
    assert sum(len(prefixes) for prefixes in kept.prefixes) == lines


async def test_of_a_rule_that_is_gone_nothing_is_left() -> None:
    writer = RelayWriter()
    await written(writer, [boiler(rules={})])
    (kept,) = writer._relays.values()
    least = sum(len(prefixes) for prefixes in kept.prefixes)
    for turn in range(50):
        rules = {f"rule {turn}": RuleStatus(state=RuleState.OK, margin=0.5)}
        text = await written(writer, [boiler(rules=rules)])
        assert text.count(b'rule="rule ') == len(RuleState) + 1
    assert b'rule="rule ' not in await written(writer, [boiler(rules={})])
    (kept,) = writer._relays.values()
    assert sum(len(prefixes) for prefixes in kept.prefixes) == least


async def test_a_rule_is_in_one_state_at_a_time_and_shows_all_of_them() -> None:
    writer = RelayWriter()
    for state in (*RuleState, *RuleState):
        rules = {"cable": RuleStatus(state=state)}
        text = (await written(writer, [boiler(rules=rules)])).decode()
        lines = [line for line in text.splitlines() if "policy_state{" in line]
        assert len(lines) == 6
        (present,) = [line for line in lines if line.endswith(" 1.0")]
        assert present.endswith(f',rule="cable",state="{state}"}} 1.0')
        assert "policy_margin_ratio" not in text  # nobody knows it yet


async def test_the_newest_of_both_channels_dates_the_state() -> None:
    status = boiler(
        measured_at={
            (Quantity.STATE, "l1"): 50.0,
            (Quantity.STATE, "l2"): 40.0,
            (Quantity.OUTAGES, None): 60.0,
        }
    )
    text = (await written(RelayWriter(), [status])).decode()
    dated = [line for line in text.splitlines() if "measurement_timestamp" in line]
    assert dated[2:] == [
        'zigbee_relay_measurement_timestamp_seconds{ieee="00:15:8d:00:03:a0:00:00",quantity="state"} 50.0'
    ]


@pytest.mark.parametrize(("rules", "least"), [(0, 10), (20, 20)])
async def test_the_loop_turns_while_two_hundred_relays_are_written(
    rules: int, least: int
) -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    state = RuleStatus(state=RuleState.OK, margin=0.5)
    judged = {f"rule {number}": state for number in range(rules)}
    other = asyncio.ensure_future(count_turns())
    await written(RelayWriter(), [replace(each, rules=judged) for each in house(200)])
    other.cancel()
    assert turns >= least
