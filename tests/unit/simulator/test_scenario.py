"""Scenario files: the shipped ones are right, and a wrong one says where."""

from pathlib import Path

import pytest

from collector.simulator.scenario import ScenarioError
from collector.simulator.scenario_file import load_scenario, shipped
from collector.simulator.settings import SimulatorError, SimulatorSettings

CAPTURE = """\
{"at": "2026-03-01T12:00:00.000000+00:00", "ieee": "a", "endpoint": 1, "cluster": 12, "lqi": 9, "data": "18100a550039b4721242"}
{"dropped": 3}
{"at": "2026-03-01T12:00:02.500000+00:00", "ieee": "b", "endpoint": 2, "cluster": 6, "lqi": 9, "data": "18040a00001000"}
"""


def write(tmp_path: Path, text: str) -> str:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_is_right(name: str) -> None:
    assert load_scenario(name, 3) is not None


def test_the_shipped_ones_are_documented() -> None:
    folder = Path(str(Path(__file__).parents[3] / "collector/simulator/README.md"))
    text = folder.read_text(encoding="utf-8")
    assert [name for name in shipped() if f"`{name}`" not in text] == []


def test_the_household_has_a_load_of_every_model_switched_on() -> None:
    scenario = load_scenario("household", 3)
    outlets = [each for relay in scenario.outlets for each in relay.values()]
    assert {each.model for each in outlets} == {"heater", "pump", "fridge", "standby"}
    assert all(each.closed for each in outlets)
    assert scenario.events == []


def test_events_have_times_relays_and_arguments(tmp_path: Path) -> None:
    name = write(
        tmp_path,
        """
events:
  - {at: 5, do: set_load, relay: 1, channel: l2, watts: 100}
  - {at: 7.5, do: silence, relay: "*", seconds: 30}
  - {at: 9, do: lose_srsp, count: 2}
  - {at: 9, do: leave, relay: [0, 2, 9]}
""",
    )
    first, second, third, fourth = load_scenario(name, 3).events
    assert (first.at, first.relays) == (5, (1,))
    assert first.arguments == {"channel": "l2", "watts": 100, "power_factor": 0.98}
    assert second.relays == (0, 1, 2)
    assert third.arguments == {"count": 2}
    assert fourth.relays == (0, 2)  # there are only three


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("relais: []", 'relais: unknown key; did you mean "relays"?'),
        ("- 1", "the file: expected keys"),
        ("relays: [{l3: {}}]", "relays.0.l3: unknown key; one of l1, l2"),
        (
            "relays: [{l1: {load: heatr}}]",
            'relays.0.l1.load: unknown load "heatr"; did you',
        ),
        ("relays: [{l1: {closed: 1}}]", "relays.0.l1.closed: expected true or false"),
        ("events: {at: 1}", "events: expected a list"),
        ("events: [{do: leave, relay: 0}]", "events.0.at: missing"),
        ("events: [{at: -1, do: leave, relay: 0}]", "events.0.at: must be 0 to inf"),
        (
            "events: [{at: 1, do: presss}]",
            'events.0.do: unknown action "presss"; did you mean "press"?',
        ),
        ("events: [{at: 1, do: leave}]", "events.0.relay: expected a number from 0"),
        ("events: [{at: 1, do: leave, relay: x}]", "events.0.relay: expected a number"),
        (
            "events: [{at: 1, do: press, relay: 0, channel: l9}]",
            "events.0.channel: unknown channel",
        ),
        (
            "events: [{at: 1, do: mute, relay: 0, seconds: 1}]",
            "events.0.relay: unknown key",
        ),
        (
            "events: [{at: 1, do: lose_frames, share: 2, seconds: 1}]",
            "events.0.share: must be 0 to 1, got 2",
        ),
        (
            "events: [{at: 1, do: garbage, bytes: many}]",
            "events.0.bytes: expected a whole number, got 'many'",
        ),
        (
            "events: [{at: 1, do: play, relay: 0, file: nothing.jsonl}]",
            "events.0.file: [Errno 2]",
        ),
        ("analog_loss: true", "analog_loss: expected a number, got True"),
    ],
)
def test_a_wrong_file_says_where_and_what(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(tmp_path, text), 3)
    assert any(each.startswith(problem) for each in caught.value.problems), (
        caught.value.problems
    )


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    text = "analog_loss: 3\nrepeat_seconds: 0\nevents: [{at: 1}]"
    with pytest.raises(ScenarioError, match="has 3 problem"):
        load_scenario(write(tmp_path, text), 3)


def test_broken_yaml_and_unknown_names_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="not YAML"):
        load_scenario(write(tmp_path, "events: [}"), 3)
    with pytest.raises(ScenarioError, match="did you mean household"):
        load_scenario("houshold", 3)


def test_an_empty_file_is_an_empty_scenario(tmp_path: Path) -> None:
    assert load_scenario(write(tmp_path, ""), 3).events == []


def test_recorded_frames_are_read_as_capture_writes_them(tmp_path: Path) -> None:
    (tmp_path / "night.jsonl").write_text(CAPTURE, encoding="utf-8")
    text = "events: [{at: 1, do: play, relay: 0, file: night.jsonl}]"
    (event,) = load_scenario(write(tmp_path, text), 3).events
    first, second = event.arguments["frames"]
    assert (first.after, first.endpoint, first.cluster) == (0.0, 1, 12)
    assert (second.after, second.data.hex()) == (2.5, "18040a00001000")
    text = "events: [{at: 1, do: play, relay: 0, file: night.jsonl, ieee: b}]"
    (event,) = load_scenario(write(tmp_path, text), 3).events
    assert len(event.arguments["frames"]) == 1


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(SimulatorError, match="firmware must be 36, 46 or 47"):
        SimulatorSettings(firmware=(35,))
    with pytest.raises(SimulatorError, match="relays must be 0 to 250, got 251"):
        SimulatorSettings(relays=251)
