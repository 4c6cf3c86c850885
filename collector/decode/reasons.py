"""The fixed words by which a frame is refused: the label values of a counter."""

from enum import StrEnum


class DecodeReason(StrEnum):
    """Why a frame gave no value; the `reason` of every DecodeError of this stage."""

    EMPTY = "empty"  # no bytes at all, or a report without a record
    HEADER = "header"  # too short for its ZCL header, or a reserved frame type
    COMMAND = "command"  # neither a report nor a read response
    CLUSTER = "cluster"  # a cluster we do not use
    ENDPOINT = "endpoint"  # a cluster we use, on an endpoint that has no meaning
    ATTRIBUTE = "attribute"  # none of its attributes is one we use
    ANSWER = "answer"  # the same in a read response: an interview asked, not we
    TYPE = "type"  # a ZCL type of unknown size, or one that cannot be this value
    VALUE = "value"  # a number that the attribute cannot have, such as state 7
    TRUNCATED = "truncated"  # the first record is cut short
    STRUCTURE = "structure"  # a 0xFF01 / 0x00F7 structure without a single item
    UNSUPPORTED_ATTRIBUTE = "unsupported_attribute"  # every record read was refused


# Nothing is wrong with these: a request within zigpy waits for them.
ASKED_BY_OTHERS = frozenset({DecodeReason.COMMAND, DecodeReason.ANSWER})
