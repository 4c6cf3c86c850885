"""What rules may know: fresh values, the current to protect by, and whose silence it is."""

import pytest

from collector.model.policy import RELAY_WATTS
from collector.model.quantity import Quantity
from collector.model.reading import Quality
from collector.policy.view import Held, House, RelayView
from tests.unit.policy.stand import IEEE, L1

STALE = {Quantity.POWER: 120.0, Quantity.CURRENT: 720.0, Quantity.VOLTAGE: 720.0}


def house(**held: Held) -> tuple[House, RelayView]:
    found, view = House(), RelayView(IEEE)
    found.relays[IEEE] = view
    found.stale_after = STALE
    found.eyes_open = 0.0
    view.held = {Quantity(name): each for name, each in held.items()}
    return found, view


@pytest.mark.parametrize(
    ("mono", "watts"), [(10.0, 500.0), (129.999, 500.0), (130.0, None), (1e6, None)]
)
def test_a_value_holds_until_its_limit(mono: float, watts: float | None) -> None:
    found, view = house(power=Held(500.0, 10.0))
    assert found.fresh(view, Quantity.POWER, mono) == watts
    assert found.good_until(view, Quantity.POWER, mono) == 130.0


def test_a_value_that_was_not_believed_is_not_fresh() -> None:
    found, view = house(power=Held(500.0, 10.0, Quality.REJECTED, 20.0))
    assert found.fresh(view, Quantity.POWER, 20.0) is None
    assert found.good_until(view, Quantity.POWER, 20.0) == 20.0
    assert found.silent_since(view, Quantity.POWER, 25.0) == 20.0


def test_what_never_came_is_not_fresh_and_silent_from_the_limit_on() -> None:
    found, view = house()
    assert found.fresh(view, Quantity.POWER, 5.0) is None
    assert found.silent_since(view, Quantity.POWER, 119.0) is None
    assert found.silent_since(view, Quantity.POWER, 130.0) == 120.0
    assert found.silence_begins(view, Quantity.POWER) == 120.0


def test_a_relay_that_has_just_joined_is_not_silent_yet() -> None:
    found, view = house()
    view.known = 5_000.0
    assert found.silence_begins(view, Quantity.POWER) == 5_120.0
    assert found.silence_begins(view, Quantity.CURRENT) == 5_120.0
    assert found.silent_since(view, Quantity.POWER, 5_119.0) is None


def test_nothing_is_silent_while_the_radio_is_down() -> None:
    found, view = house(power=Held(500.0, 10.0))
    found.eyes_open = None
    assert found.silent_since(view, Quantity.POWER, 1e6) is None
    assert found.silence_begins(view, Quantity.POWER) == float("inf")


def test_silence_begins_anew_with_the_radio() -> None:
    found, view = house(power=Held(500.0, 10.0))
    found.eyes_open = 1_000.0
    assert found.silent_since(view, Quantity.POWER, 1_119.0) is None
    assert found.silent_since(view, Quantity.POWER, 1_121.0) == 1_120.0


@pytest.mark.parametrize(
    ("bad_since", "since"), [(1_050.0, 1_050.0), (20.0, 1_120.0), (1_119.0, 1_119.0)]
)
def test_a_bad_sample_from_before_the_radio_came_back_is_no_silence_yet(
    bad_since: float, since: float
) -> None:
    found, view = house(power=Held(500.0, 10.0, Quality.NOT_MEASURED, bad_since))
    found.eyes_open = 1_000.0
    assert found.silent_since(view, Quantity.POWER, 1_200.0) == since


# the current to protect by ------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "loaded", "amperes"),
    [
        # the power alone: nominal 230 V
        ({"power": Held(2300.0, 0.0)}, None, 10.0),
        # with the last voltage, however old
        ({"power": Held(2300.0, 0.0), "voltage": Held(200.0, -5e4)}, None, 11.5),
        # a meter that sleeps says 0 V
        ({"power": Held(2300.0, 0.0), "voltage": Held(0.0, 0.0)}, None, 10.0),
        # the larger of the two
        ({"power": Held(2300.0, 0.0), "current": Held(8.0, 0.0)}, None, 10.0),
        ({"power": Held(1150.0, 0.0), "current": Held(8.0, 0.0)}, None, 8.0),
        # with a power factor that was seen at such a load
        ({"power": Held(1150.0, 0.0)}, (0.5, 1000.0), 10.0),
        ({"power": Held(1150.0, 0.0)}, (0.5, 575.0), 10.0),
        # and not with one of an idle meter
        ({"power": Held(2300.0, 0.0)}, (0.02, 3.0), 10.0),
        ({"power": Held(2300.0, 0.0)}, (0.0, 2000.0), 10.0),
        # one of the two is enough
        ({"current": Held(8.0, 0.0)}, None, 8.0),
        ({"power": Held(0.0, -200.0), "current": Held(8.0, 0.0)}, None, 8.0),
        ({"power": Held(2300.0, 0.0), "current": Held(8.0, -800.0)}, None, 10.0),
        ({}, None, None),
        ({"power": Held(9.0, -200.0), "current": Held(8.0, -800.0)}, None, None),
    ],
)
def test_the_current_is_the_larger_of_measured_and_derived(
    held: dict[str, Held],
    loaded: tuple[float, float] | None,
    amperes: float | None,
) -> None:
    found, view = house(**held)
    view.loaded_factor = loaded
    assert found.fresh(view, Quantity.CURRENT, 0.0) == amperes


def test_a_current_changes_by_itself_when_the_first_of_its_inputs_is_old() -> None:
    found, view = house(power=Held(2300.0, 10.0), current=Held(8.0, 5.0))
    assert found.good_until(view, Quantity.CURRENT, 20.0) == 130.0
    assert found.good_until(view, Quantity.CURRENT, 130.0) == 725.0
    assert found.good_until(view, Quantity.CURRENT, 725.0) == float("inf")


@pytest.mark.parametrize(
    ("held", "since"),
    [
        ({"power": Held(2300.0, 10.0)}, 130.0),
        ({"power": Held(2300.0, 10.0), "current": Held(8.0, 5.0)}, 725.0),
        ({"current": Held(8.0, 5.0)}, 725.0),
        ({"current": Held(8.0, -700.0)}, 120.0),
        ({}, 120.0),
        (
            {
                "power": Held(9.0, 10.0, Quality.NOT_MEASURED, 50.0),
                "current": Held(8.0, 5.0, Quality.REJECTED, 70.0),
            },
            70.0,
        ),
    ],
)
def test_a_current_is_silent_when_both_its_inputs_are(
    held: dict[str, Held], since: float
) -> None:
    found, view = house(**held)
    assert found.silent_since(view, Quantity.CURRENT, since - 0.001) is None
    assert found.silent_since(view, Quantity.CURRENT, 1e4) == since
    assert found.silence_begins(view, Quantity.CURRENT) == since


def test_an_old_current_does_not_delay_the_silence_after_a_drop() -> None:
    found, view = house(power=Held(2300.0, 10.0), current=Held(8.0, 5.0))
    found.eyes_open = 10_000.0
    assert found.silence_begins(view, Quantity.CURRENT) == 10_120.0


# for the record -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "mono", "value", "age", "quality"),
    [
        (Held(500.0, 10.0), 15.0, 500.0, 5.0, Quality.FRESH),
        (Held(500.0, 10.0), 130.0, 500.0, 120.0, Quality.STALE),
        (Held(500.0, 10.0, Quality.REJECTED, 12.0), 15.0, 500.0, 5.0, Quality.REJECTED),
        (Held(0.0, 10.0, Quality.REJECTED, 10.0), 15.0, None, None, Quality.REJECTED),
        (None, 15.0, None, None, Quality.STALE),
    ],
)
def test_an_input_says_value_age_and_quality(
    held: Held | None,
    mono: float,
    value: float | None,
    age: float | None,
    quality: Quality,
) -> None:
    found, view = house(**({"power": held} if held else {}))
    told = found.input(view, Quantity.POWER, mono)
    assert (told.value, told.age, told.quality) == (value, age, quality)


@pytest.mark.parametrize(
    ("held", "value", "age", "quality"),
    [
        ({"power": Held(2300.0, 90.0)}, 10.0, 10.0, Quality.FRESH),
        (
            {"power": Held(2300.0, 90.0), "current": Held(8.0, 60.0)},
            *(10.0, 10.0, Quality.FRESH),
        ),
        (
            {"power": Held(230.0, 90.0), "current": Held(8.0, 60.0)},
            *(8.0, 40.0, Quality.FRESH),
        ),
        ({"current": Held(8.0, -700.0)}, 8.0, 800.0, Quality.STALE),
        ({}, None, None, Quality.STALE),
    ],
)
def test_the_age_of_a_current_is_the_one_of_what_it_comes_from(
    held: dict[str, Held], value: float | None, age: float | None, quality: Quality
) -> None:
    found, view = house(**held)
    told = found.input(view, Quantity.CURRENT, 100.0)
    assert (told.value, told.age, told.quality) == (value, age, quality)


# loads --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contacts", "rated", "watts"),
    [
        ((True, False), {"l1": 800.0}, 800.0),
        ((False, False), {"l1": 800.0}, 0.0),
        ((True, True), {"l1": 800.0, "l2": 300.0}, 1100.0),
        ((True, True), {"l1": 800.0}, RELAY_WATTS),  # one has no rating
        ((True, True), {"l1": 2600.0}, 2600.0),
        ((None, False), {"l1": 800.0}, 800.0),  # unknown is not off
        ((None, None), {}, RELAY_WATTS),
    ],
)
def test_a_silent_relay_counts_as_the_rating_of_what_was_on(
    contacts: tuple[bool | None, bool | None], rated: dict[str, float], watts: float
) -> None:
    _, view = house()
    view.rated_watts = rated
    view.contacts["l1"].on, view.contacts["l2"].on = contacts
    assert view.assumed_watts() == watts


@pytest.mark.parametrize(
    ("loads", "rated", "watts"),
    [
        ({"l1": 700.0}, {"l1": 800.0}, 700.0),
        ({}, {"l1": 800.0}, 800.0),
        ({}, {}, RELAY_WATTS),
    ],
)
def test_a_load_is_remembered_else_rated_else_the_most(
    loads: dict[str, float], rated: dict[str, float], watts: float
) -> None:
    _, view = house()
    view.loads, view.rated_watts = loads, rated
    assert view.load_watts("l1") == watts


def test_a_channel_is_found_by_its_relay() -> None:
    found, view = house()
    assert found.view(L1) is view
    assert found.view(("other", "l1")) is None
    assert not view.is_on("l1")
