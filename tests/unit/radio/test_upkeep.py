"""Names of clusters and attributes, zigpy's values, and answers to a read."""

from typing import Any

import pytest
import zigpy.types as t
from hypothesis import given, strategies as st
from zigpy.zcl.foundation import (
    Attribute,
    ReadAttributeRecord,
    Status,
    TypeValue,
)

from collector.model.errors import TransientError
from collector.radio.reads import plain, records_of
from collector.radio.upkeep import cluster_and_attributes


@pytest.mark.parametrize(
    ("cluster", "names", "expected"),
    [
        ("genBasic", ["dateCode", 65281], (0x0000, [0x0006, 0xFF01])),
        ("genBasic", ["zclVersion", "hwVersion", "swBuildId"], (0, [0, 3, 0x4000])),
        ("genOnOff", ["onOff"], (0x0006, [0x0000])),
        ("genAnalogInput", ["presentValue", "engineeringUnits"], (12, [0x55, 0x75])),
        ("genDeviceTempCfg", ["currentTemperature"], (0x0002, [0x0000])),
        ("genTime", ["time", "localTime"], (0x000A, [0x0000, 0x0007])),
        ("genMultistateInput", ["presentValue"], (0x0012, [0x0055])),
        ("genBinaryOutput", ["presentValue", 0xFF06], (0x0010, [0x0055, 0xFF06])),
        (0, ["modelId"], (0x0000, [0x0005])),
        (0xFCC0, [0x00F7], (0xFCC0, [0x00F7])),
        (0xFCC0, [], (0xFCC0, [])),
    ],
)
def test_names_have_numbers(
    cluster: str | int, names: list[str | int], expected: tuple[int, list[int]]
) -> None:
    assert cluster_and_attributes(cluster, names) == expected


@pytest.mark.parametrize(
    ("cluster", "names", "sentence"),
    [
        ("genNothing", [], "Cluster 'genNothing' is not known"),
        ("genBasic", ["onOff"], "Attribute 'onOff' is not known"),
        (0xFCC0, ["modelId"], "Attribute 'modelId' is not known"),
        (0x10000, [], "Cluster '65536' is not known"),
        (-1, [], "Cluster '-1' is not known"),
        (True, [], "Cluster 'True' is not known"),
        ("genBasic", [65536], "Attribute '65536' is not known"),
        ("genBasic", [False], "Attribute 'False' is not known"),
    ],
)
def test_what_is_not_known_is_said(
    cluster: str | int, names: list[str | int], sentence: str
) -> None:
    with pytest.raises(LookupError) as caught:
        cluster_and_attributes(cluster, names)
    assert str(caught.value) == sentence


NAMES = st.one_of(
    st.sampled_from(["genBasic", "genTime", "dateCode", "time", "presentValue"]),
    st.text(max_size=12),
    st.integers(-2, 0x10002),
)


@given(cluster=NAMES, names=st.lists(NAMES, max_size=4))
def test_it_is_numbers_or_a_sentence(
    cluster: str | int, names: list[str | int]
) -> None:
    try:
        number, attributes = cluster_and_attributes(cluster, names)
    except LookupError:
        return  # its sentence is told above
    assert len(attributes) == len(names)
    assert all(0 <= each <= 0xFFFF for each in [number, *attributes])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (t.Bool.true, True),
        (t.uint8_t(18), 18),
        (t.int16s(-5), -5),
        (t.enum8(4), 4),
        (t.bitmap8(3), 3),
        (t.Single(1.5), 1.5),
        (t.CharacterString("8-6-2020"), "8-6-2020"),
        (t.LVBytes(b"\xaa\x80"), b"\xaa\x80"),
        (t.EUI64.convert("00:15:8d:00:03:a0:00:01"), "00:15:8d:00:03:a0:00:01"),
        (t.LVList[t.uint8_t, t.uint8_t]([1, 2]), [1, 2]),
        ([TypeValue(t.uint8_t(0x20), t.uint8_t(7)), None], [7, None]),
    ],
)
def test_values_become_pythons_own(value: object, expected: object) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


class Answer:
    """A response as zigpy hands it over."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def record(attribute: int, status: Status = Status.SUCCESS) -> ReadAttributeRecord:
    value = (
        TypeValue(t.uint8_t(0x20), t.uint8_t(3)) if status is Status.SUCCESS else None
    )
    return ReadAttributeRecord(attribute, status, value)  # type: ignore[arg-type]


def test_a_read_response_gives_its_values() -> None:
    answer = Answer(status_records=[record(0), record(3)])
    assert records_of(answer, "x", 0) == {0: 3, 3: 3}
    assert records_of(Answer(status_records=[]), "x", 0) == {}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            Answer(
                status_records=[record(0), record(0x4000, Status.UNSUPPORTED_ATTRIBUTE)]
            ),
            "Attribute 0x4000 of cluster 0x0006 of device x: UNSUPPORTED_ATTRIBUTE",
        ),
        (
            Answer(command_id=0, status=Status.UNSUP_CLUSTER_COMMAND),
            "The read of cluster 0x0006 of device x was refused: UNSUP_CLUSTER_COMMAND",
        ),
        (Attribute(0), "The read of cluster 0x0006 of device x was refused: None"),
    ],
)
def test_any_other_status_is_a_sentence(answer: object, sentence: str) -> None:
    with pytest.raises(TransientError) as caught:
        records_of(answer, "x", 0x0006)
    assert str(caught.value) == sentence
