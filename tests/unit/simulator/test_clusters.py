"""What the relay answers, against recorded and derived frames."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from collector.simulator import zcl
from collector.simulator.clusters import RelayClusters
from collector.simulator.relay import Relay
from tests.frames.vectors import of_kind, vector

BASIC, ON_OFF, BINARY, OTA = 0x0000, 0x0006, 0x0010, 0x0019
CONTROL = [each for each in of_kind("control") if "response_hex" in each["expected"]]


def ask(relay: Relay, endpoint: int, cluster: int, request: str) -> str | None:
    answer = zcl.answer(RelayClusters(relay), endpoint, cluster, bytes.fromhex(request))
    return None if answer is None else answer.hex()


@pytest.fixture
def relay() -> Relay:
    return Relay(0, 36, seed=1)


@pytest.mark.parametrize("control", CONTROL, ids=[each["id"] for each in CONTROL])
def test_answers_what_zigbee2mqtt_got(relay: Relay, control: dict[str, Any]) -> None:
    if control["id"] == "ctl-read-onoff-z2m":
        relay.contacts[0] = True
    answer = ask(relay, control["endpoint"], control["cluster"], control["raw_hex"])
    expected = control["expected"]["response_hex"]
    if control["id"] == "ctl-read-power-z2m":  # the value is the load's
        assert answer is not None
        assert answer[:14] == expected[:14]
    else:
        assert answer == expected


def test_power_outage_memory_is_set_and_cleared(relay: Relay) -> None:
    for name, kept in (("true", True), ("false", False)):
        for step in (1, 2):
            control = vector(f"ctl-pom-{name}-{step}")
            answer = ask(relay, 1, BASIC, control["raw_hex"])
            assert answer is not None
            assert answer.endswith("0400")
        assert relay.keeps_state is kept


def test_an_unknown_outage_memory_string_is_an_invalid_value(relay: Relay) -> None:
    assert ask(relay, 1, BASIC, "145f110102f0ff4102aa80") == "1c5f11010487f0ff"


def test_the_node_descriptors_manufacturer_code_is_refused(relay: Relay) -> None:
    control = vector("ctl-interlock-zha-quirk")
    assert ask(relay, 1, BINARY, control["raw_hex"]) == "1c3710010b0284"
    assert not relay.interlock


@pytest.mark.parametrize(
    ("raw", "interlock"),
    [("145f114b0206ff1001", True), ("045f11010206ff1001", True)],
)
def test_interlock_is_taken_with_and_without_default_response(
    relay: Relay, raw: str, interlock: bool
) -> None:
    answer = ask(relay, 1, BINARY, raw)
    assert answer is not None
    assert answer.endswith("0400")
    assert relay.interlock is interlock
    assert ask(relay, 1, BINARY, "145f11020006ff") == "1c5f11020106ff001001"


def test_interlock_needs_the_code_the_endpoint_and_the_type(relay: Relay) -> None:
    assert ask(relay, 1, BINARY, "10010006ff") == "18010106ff86"
    assert ask(relay, 2, BINARY, "145f11010206ff1001") == "1c5f11010486" + "06ff"
    assert ask(relay, 1, BINARY, "145f11010206ff2001") == "1c5f1101048d06ff"


def test_inputs_are_mapped(relay: Relay) -> None:
    assert ask(relay, 1, BASIC, "145f11010222ff20fe") == "1c5f11010400"
    assert ask(relay, 1, BASIC, "145f11020022ff") == "1c5f11020122ff0020fe"


@pytest.mark.parametrize(
    ("firmware", "application", "date"),
    [(36, "01", "30322d32372d32303139"), (47, "2f", "392d32322d32303231")],
)
def test_basic_attributes_depend_on_the_firmware(
    firmware: int, application: str, date: str
) -> None:
    relay = Relay(0, firmware, seed=1)
    assert ask(relay, 1, BASIC, "1001000100") == f"18010101000020{application}"
    length = f"{len(date) // 2:02x}"
    assert ask(relay, 1, BASIC, "1001000600") == f"18010106000042{length}{date}"
    assert ask(relay, 1, BASIC, "1001000700") == "18010107000030" + "04"
    assert ask(relay, 1, BASIC, "1001000040") == "180101004086"


def test_a_client_cluster_answers_in_the_other_direction(relay: Relay) -> None:
    assert ask(relay, 1, OTA, "1805000200") == "10050102000023" + "24000000"


def test_endpoint_2_has_no_basic_cluster(relay: Relay) -> None:
    assert ask(relay, 2, BASIC, "1001000500") == "18010b00c3"


def test_a_channel_is_described(relay: Relay) -> None:
    assert ask(relay, 2, BINARY, "1001001c00") == "1801011c0000" + "42" + "08" + (
        b"CHANNEL2".hex()
    )
    relay.contacts[1] = True
    assert ask(relay, 2, BINARY, "1001005500") == "18010155000010" + "01"


def test_default_responses_follow_the_request(relay: Relay) -> None:
    assert ask(relay, 1, ON_OFF, "010501") == "18050b0100"
    assert ask(relay, 1, ON_OFF, "110600") is None  # disabled, and a success
    assert ask(relay, 1, ON_OFF, "110777") == "18070b7781"  # an error is always said
    assert ask(relay, 1, ON_OFF, "18080b0100") is None


@pytest.mark.parametrize(
    ("cluster", "request_hex", "answer"),
    [
        (0x0001, "1001000000", "180101000000210000"),  # mains voltage: 0 on real ones
        (0x0002, "1001000000", "180101000000291c00"),  # 28 °C
        (0x0002, "1001000100", "180101010086"),
        (0x000C, "1001001c00", "1801011c0086"),
        (0x0B04, "1001000b05", "1801010b0500290000"),  # active power: always 0
        (0x0003, "0101000a00", "18010b0000"),  # identify
        (0x0005, "01010600", "18010b0681"),  # scenes
        (0x0019, "0901000064", "10010b0000"),  # an image is announced
        (0x0000, "1001020500420141", "180104880500"),  # read only
        (0x0000, "10010299994201", "18010b0280"),  # malformed
        (0x0000, "1001030500420141", "180104880500"),  # undivided
        (0x0000, "10010c0000ff", "18010b0c82"),  # discover attributes
        (0x0000, "145f110102f0ff2001", "1c5f1101048df0ff"),  # a wrong type
        (0x0000, "145f11010222ff1001", "1c5f1101048d22ff"),
        (0x0006, "145f110102f0ff1001", "1c5f11010486f0ff"),
    ],
)
def test_other_clusters(
    relay: Relay, cluster: int, request_hex: str, answer: str
) -> None:
    assert ask(relay, 1, cluster, request_hex) == answer


def test_a_write_without_response_gets_none(relay: Relay) -> None:
    assert ask(relay, 1, BINARY, "145f11010506ff1001") is None
    assert relay.interlock


def test_groups_are_kept(relay: Relay) -> None:
    assert ask(relay, 1, 0x0004, "0101003412" + "00") == "190100003412"
    assert relay.groups == ({0x1234}, set())
    assert ask(relay, 1, 0x0004, "01020200") == "190202ff013412"
    assert ask(relay, 1, 0x0004, "0103033412") == "190303003412"
    assert ask(relay, 1, 0x0004, "0104013412") == "1904018b341200"
    relay.groups[0].add(0x1234)
    assert ask(relay, 1, 0x0004, "010504") == "18050b0400"  # all removed
    assert relay.groups == (set(), set())
    assert ask(relay, 1, 0x0004, "010609") == "18060b0981"


def test_reporting_can_be_configured_and_is_not_kept(relay: Relay) -> None:
    assert ask(relay, 1, ON_OFF, "1001060000001005002c01") == "18010700"
    assert ask(relay, 1, ON_OFF, "100208" + "000000") == "180209" + "86000000"


@given(
    endpoint=st.integers(0, 3),
    cluster=st.sampled_from([0x0000, 0x0004, 0x0006, 0x000C, 0x0010, 0x0019, 0x0B04]),
    data=st.binary(max_size=40),
)
def test_no_frame_crashes_it(endpoint: int, cluster: int, data: bytes) -> None:
    answer = zcl.answer(RelayClusters(Relay(0, 47, seed=1)), endpoint, cluster, data)
    assert answer is None or len(answer) >= 3
