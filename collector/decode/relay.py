"""What each attribute and tag of LLKZMK11LM means, in SI units."""

from collections.abc import Callable
from typing import Final, TypeAlias

from collector.decode import lumi, zcl
from collector.decode.reasons import DecodeReason
from collector.decode.zcl import Records
from collector.model.errors import DecodeError
from collector.model.frame import ChangeOrigin, Decoded, Frame, Measured
from collector.model.quantity import Quantity

BASIC: Final = 0x0000
ON_OFF: Final = 0x0006
ANALOG_INPUT: Final = 0x000C
BINARY_OUTPUT: Final = 0x0010
LUMI: Final = 0xFCC0

Convert: TypeAlias = Callable[[int | float], float | None]
Meaning: TypeAlias = tuple[Quantity, str | None, Convert]

_JOULES_PER_KWH: Final = 3.6e6
_ORIGIN_ATTRIBUTE: Final = 0xF000


def decode(frame: Frame) -> Decoded:
    """Return everything that one frame says, in SI units, not yet judged.

    Total: any bytes give a Decoded, or raise DecodeError with one of the words of
    `DecodeReason`. NaN and Inf pass; whether they can be true is not judged here.
    """
    header = zcl.parse_header(frame.data)
    response = header.command == zcl.READ_RESPONSE
    if header.cluster_specific or not (response or header.command == zcl.REPORT):
        raise DecodeError(
            DecodeReason.COMMAND,
            f"command 0x{header.command:02x} is no report and no read response",
        )
    structure = _STRUCTURES.get(frame.cluster)
    if structure is None and frame.cluster not in _ENDPOINTS:
        raise DecodeError(DecodeReason.CLUSTER, f"cluster 0x{frame.cluster:04x}")
    parsed = zcl.parse_records(frame.data, header.payload, with_status=response)
    if not parsed.records:
        raise _nothing(parsed)
    if structure is not None:
        return _structure(structure, parsed, response=response)
    return _attributes(frame, parsed, response=response)


def _structure(wanted: int, parsed: Records, *, response: bool) -> Decoded:
    for attribute, kind, raw, complete in parsed.records:
        if attribute != wanted:
            continue
        if not isinstance(raw, bytes) or kind not in _STRINGS:
            raise DecodeError(DecodeReason.TYPE, f"a structure of type 0x{kind:02x}")
        values, unknown, whole = _tags(raw)
        return Decoded(
            values=values,
            structure=True,
            response=response,
            unknown_tags=unknown,
            truncated=not (complete and whole),
        )
    raise _unused(parsed, response=response)


def _tags(raw: bytes) -> tuple[tuple[Measured, ...], tuple[int, ...], bool]:
    """Return values, unknown tags and wholeness, or raise DecodeError (structure)."""
    pairs, whole = lumi.walk(raw)
    if not pairs:
        raise DecodeError(
            DecodeReason.STRUCTURE, f"no item in a structure of {len(raw)} bytes"
        )
    values: list[Measured] = []
    unknown: list[int] = []
    for tag, value in pairs:
        meaning = _TAGS.get(tag)
        if meaning is None:
            if tag not in _SILENT_TAGS:
                unknown.append(tag)
            continue
        quantity, channel, convert = meaning
        # Other Lumi devices use some of the same tags for other things.
        si = None if isinstance(value, bytes) else convert(value)
        if si is not None:
            values.append(Measured(quantity=quantity, channel=channel, value=si))
        elif quantity is not Quantity.OUTAGES or isinstance(value, bytes):
            unknown.append(tag)
    return tuple(values), tuple(unknown), whole


def _attributes(frame: Frame, parsed: Records, *, response: bool) -> Decoded:
    cluster, endpoint = frame.cluster, frame.endpoint
    if endpoint not in _ENDPOINTS[cluster]:
        raise DecodeError(
            DecodeReason.ENDPOINT, f"cluster 0x{cluster:04x} on endpoint {endpoint}"
        )
    values: list[Measured] = []
    origin: ChangeOrigin | None = None
    refusal: DecodeError | None = None
    for attribute, _, value, _ in parsed.records:
        meaning = _ATTRIBUTES.get((cluster, endpoint, attribute))
        if meaning is not None:
            try:
                values.append(_measured(meaning, value))
            except DecodeError as error:
                refusal = error
        elif attribute == _ORIGIN_ATTRIBUTE and cluster == ON_OFF:
            origin = _origin(value)
    if not values and origin is None:
        raise refusal or _unused(parsed, response=response)
    return Decoded(
        values=tuple(values),
        response=response,
        truncated=parsed.broken is not None,
        origin=origin,
    )


def _measured(meaning: Meaning, value: zcl.Value) -> Measured:
    """Return one value in SI, or raise DecodeError (type, value)."""
    quantity, channel, convert = meaning
    if isinstance(value, bytes):
        raise DecodeError(DecodeReason.TYPE, f"{quantity} is not a number")
    si = convert(value)
    if si is None:
        raise DecodeError(DecodeReason.VALUE, f"{quantity} cannot be {value}")
    return Measured(quantity=quantity, channel=channel, value=si)


def _origin(value: zcl.Value) -> ChangeOrigin | None:
    """MSB to LSB: code (1 byte), address of the originator (2), counter (1)."""
    if not isinstance(value, int):
        return None
    return ChangeOrigin(
        code=value >> 24 & 0xFF, nwk=value >> 8 & 0xFFFF, counter=value & 0xFF
    )


def _nothing(parsed: Records) -> DecodeError:
    if parsed.broken is not None:
        return DecodeError(parsed.broken, "the first record cannot be read")
    if parsed.refused:
        return DecodeError(
            DecodeReason.UNSUPPORTED_ATTRIBUTE,
            f"the relay refused {parsed.refused} attribute(s)",
        )
    return DecodeError(DecodeReason.EMPTY, "no attribute record")


def _unused(parsed: Records, *, response: bool) -> DecodeError:
    names = ", ".join(f"0x{record.attribute:04x}" for record in parsed.records[:4])
    reason = DecodeReason.ANSWER if response else DecodeReason.ATTRIBUTE
    return DecodeError(reason, f"no attribute we use in {names}")


def _as_is(value: float) -> float:
    return float(value)


def _percent(value: float) -> float:
    return value / 100


def _tenth(value: float) -> float:
    return value * 0.1


def _kilowatt_hours(value: float) -> float:
    return value * _JOULES_PER_KWH


def _switch(value: float) -> float | None:
    return float(value) if value in (0, 1) else None


def _outages(value: float) -> float | None:
    """The raw counter starts at 1 with the first power-up; 0 says nothing."""
    return float(value - 1) if 1 <= value <= 0xFFFF and value == int(value) else None


def _firmware(value: float) -> float | None:
    """Hardware number in the high byte, firmware in the low one."""
    return float(value & 0xFF) if isinstance(value, int) else None


_STRUCTURES: Final = {BASIC: lumi.BASIC_ATTRIBUTE, LUMI: lumi.LUMI_ATTRIBUTE}
_STRINGS: Final = (zcl.CHARACTER_STRING, zcl.OCTET_STRING)

_TAGS: Final[dict[int, Meaning]] = {
    3: (Quantity.TEMPERATURE, None, _as_is),
    5: (Quantity.OUTAGES, None, _outages),
    8: (Quantity.FIRMWARE, None, _firmware),
    100: (Quantity.STATE, "l1", _switch),
    101: (Quantity.STATE, "l2", _switch),
    148: (Quantity.POWER_FACTOR, None, _percent),
    149: (Quantity.ENERGY, None, _kilowatt_hours),
    150: (Quantity.VOLTAGE, None, _tenth),
    151: (Quantity.CURRENT, None, _as_is),  # A, where other Lumi models send mA
    152: (Quantity.POWER, None, _as_is),
}
# Seen in every structure of this relay, without a meaning we could use.
_SILENT_TAGS: Final = frozenset({7, 9, 10, 12, 110, 111, 155, 156})

_ATTRIBUTES: Final[dict[tuple[int, int, int], Meaning]] = {
    (ON_OFF, 1, 0x0000): (Quantity.STATE, "l1", _switch),
    (ON_OFF, 2, 0x0000): (Quantity.STATE, "l2", _switch),
    (ANALOG_INPUT, 1, 0x0055): (Quantity.POWER, None, _as_is),
    (BINARY_OUTPUT, 1, 0xFF06): (Quantity.INTERLOCK, None, _switch),
}
_ENDPOINTS: Final = {ON_OFF: (1, 2), ANALOG_INPUT: (1,), BINARY_OUTPUT: (1,)}
