"""Files and texts: what is taken, and how everything else is refused."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, strategies as st

from collector.config.load import default_path, demo, load
from collector.config.schema import Config
from collector.config.yaml_text import parse
from collector.model.errors import ConfigError
from tests.unit.config.texts import config_of, problems_of

EXAMPLE = Path(__file__).with_name("example.yaml")


def test_the_example_file_is_read_with_every_section() -> None:
    config = load(EXAMPLE)

    assert config.radio.path == "socket://192.0.2.7:6638"
    assert config.relays[0].shown_name == "boiler"
    assert config.relays[0].channels.l1.rated_power_w == 2000
    assert config.relays[0].channels.l2.protected
    assert config.relays[1].ieee == "00:15:8d:00:03:a0:00:01"
    assert config.tariff is not None
    assert config.mode == "monitor"


def test_relative_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    file.write_text("data_dir: ./data\nradio: {simulator: {scenario: my.yaml}}\n")

    config = load(file)

    assert config.data_dir == tmp_path / "data"
    assert config.radio.simulator.scenario == str(tmp_path / "my.yaml")


def test_without_data_dir_the_data_lies_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    file.write_text("site: home\n")

    assert load(file).data_dir == tmp_path / "data"


def test_a_mark_at_the_beginning_of_the_file_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "collector.yaml"
    file.write_bytes(b"\xef\xbb\xbfsite: home\r\nmode: monitor\r\n")

    assert load(file).mode == "monitor"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty; `collector run --demo` shows a running one"),
        (
            b"# nothing\n",
            "the file is empty; `collector run --demo` shows a running one",
        ),
        (b"- a\n- b\n", "expected keys and values, got a list"),
        (b"simulator\n", 'expected keys and values, got "simulator"'),
        (b"site: \xff\n", "not UTF-8 text (byte 7); save it as UTF-8"),
        (
            b"radio:\n\tpath: x\n",
            "line 2, column 1: a tab cannot indent in YAML; use spaces",
        ),
        (
            b"site: [a\n",
            "line 2, column 1: expected ',' or ']', but got '<stream end>'",
        ),
        (b"site: \x01\n", "character 7 is not allowed in YAML"),
        (b"site: a\nsite: b\n", "site: appears twice (again in line 2)"),
        (
            b"a: 1\n---\nb: 2\n",
            "line 2, column 1: but found another document",
        ),
        (b"#" * (1 << 20) + b"\n", "larger than 1 MiB: not a configuration"),
    ],
)
def test_what_is_no_configuration_is_named(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "collector.yaml"
    file.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        load(file)

    assert caught.value.problems == [sentence]
    assert caught.value.source == str(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "none.yaml")


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_the_file_in_the_working_directory_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_path() in {None, Path("/etc/collector/collector.yaml")}

    (tmp_path / "collector.yaml").write_text("site: home\n")

    assert default_path() == Path("collector.yaml")


def test_every_problem_is_reported_at_once_with_its_path() -> None:
    text = """
        log: {level: loud}
        radio: {channel: 30}
        relays:
          - {ieee: "00:15:8d:00:03:a0:00:00", name: a,
             channels: {l1: {rated_power_w: -5}}, chanels: {}}
          - {ieee: "00:15:8d:00:03:a0:00:00", name: a,
             calibration: {power: {gain: 2}}, options: {power_calibration: 1}}
        """

    assert problems_of(text) == [
        "log.level: Input should be 'debug', 'info', 'warning' or 'error', got \"loud\"",
        "radio.channel: Input should be less than or equal to 26, got 30",
        "relays.0.channels.l1.rated_power_w: Input should be greater than 0, got -5",
        'relays.0.chanels: unknown key; did you mean "channels"?',
        (
            "relays.1.options.power_calibration: calibration.power corrects the same "
            "quantity; remove one of them"
        ),
        (
            "relays.1.ieee: 00:15:8d:00:03:a0:00:00 is also the address of relays.0; "
            "list each relay once"
        ),
        'relays.1.name: "a" is also the name of relays.0; choose another',
    ]


def test_words_that_yaml_takes_for_other_types_stay_words() -> None:
    config = config_of(
        """
        site: off
        relays:
          - {ieee: 0x00158d0003a00000, name: on}
          - {ieee: 0015800003000001, name: 22:00}
          - {ieee: 54:15:10:00:03:00:00:02, name: 1.2.3}
        """
    )

    assert config.site == "off"
    assert [relay.name for relay in config.relays] == ["on", "22:00", "1.2.3"]
    assert [relay.ieee for relay in config.relays] == [
        "00:15:8d:00:03:a0:00:00",
        "00:15:80:00:03:00:00:01",
        "54:15:10:00:03:00:00:02",
    ]


def test_aliases_are_taken_and_recursive_ones_refused() -> None:
    config = config_of(
        """
        relays:
          - {ieee: "0x0000000000000001", calibration: &same {power: {gain: 1.02}}}
          - {ieee: "0x0000000000000002", calibration: *same}
        """
    )
    assert config.relays[0].calibration == config.relays[1].calibration

    assert problems_of("site: &a [*a]") == [
        "site.0.0.0.0: nested too deep, or too many aliases"
    ]


def test_aliases_that_multiply_do_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]"
        for level in range(1, 12)
    ]

    (problem,) = problems_of("\n".join(lines))

    assert "too many aliases" in problem


def test_deep_nesting_is_one_problem() -> None:
    assert problems_of("site: " + "[" * 20_000) == [
        "nested too deep to be a configuration"
    ]


def test_objects_cannot_be_asked_for_by_tag() -> None:
    (problem,) = problems_of("site: !!python/object/apply:os.system [true]")

    assert problem.startswith("site: tags such as ")
    assert problem.endswith("are not taken (line 1)")


def test_the_demonstration_is_a_simulated_home_with_policies() -> None:
    config = demo()

    assert config.radio.simulated
    assert config.radio.simulator.scenario == "demo"
    assert [policy.name for policy in config.policies] == [
        "heater-overload",
        "house",
        "quarter-hour",
    ]
    assert config.data_dir == Path("demo-data")
    assert [relay.name for relay in config.relays] == ["boiler", "floor", "bath"]
    assert len({relay.ieee for relay in config.relays}) == 3


def test_the_demonstration_with_all_servers_shows_the_same_house() -> None:
    root = Path(__file__).parents[3]
    ours, theirs = (
        parse((root / each).read_text(encoding="utf-8"))
        for each in ("collector/config/demo.yaml", "deploy/compose/collector.yaml")
    )
    for key in ("radio", "relays", "tariff", "policies"):
        assert theirs[key] == ours[key]


_KEYS = st.sampled_from(
    [*Config.model_fields, "path", "ieee", "name", "gain", "points", "l1", "x", "1"]
)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["simulator", "auto", "${X}", "$${", "socket://a:1", "00:00-1"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@example('site: "\\uD800"')
@example('site: "\\UFFFFFFFF"')
@example('"\\uD800": 1')
@example("? [a]\n: b")
@example("site: !!int x")
@example("site: !!float _")
@example("radio: {simulator: {seed: " + "9" * 5000 + "}}")
@example("? !!binary x\n: 1")
@example("%YAML 3.0\n---\n")
@example("timezone: ../../etc/passwd")
@example('timezone: "\\0"')
@example('data_dir: "\\0"')
@example("web: {config_file: " + "x" * 5000 + "}")
@example("radio: {path: 'socket://[::1:1'}")
@example("radio: {path: 'socket://h:99999'}")
@example("<<: {site: x}")
def test_any_text_gives_a_configuration_or_its_problems(text: str) -> None:
    _config_or_problems(text)


@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_values_give_a_configuration_or_their_problems(
    values: dict[str, object],
) -> None:
    _config_or_problems(yaml.safe_dump(values, allow_unicode=True))


def _config_or_problems(text: str) -> None:
    try:
        config = config_of(text, X="y")
    except ConfigError as error:
        _can_be_printed(error)
    else:
        assert isinstance(config, Config)


def _can_be_printed(error: ConfigError) -> None:
    assert error.problems
    assert str(error).encode()


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "collector.yaml"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="not a regular file"):
        load(pipe)
