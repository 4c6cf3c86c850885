"""The families of channels, commands and policies."""

from collector.model.decision import RuleState
from collector.model.quantity import CHANNELS
from collector.model.status import RelayStatus
from collector.sinks.family import Family, Series, one

_LABELS = {channel: (channel,) for channel in CHANNELS}


def _channel_power(status: RelayStatus) -> Series:
    parts = status.channel_power
    return [(_LABELS[each], parts[each].watts) for each in CHANNELS if each in parts]


def _channel_estimated(status: RelayStatus) -> Series:
    parts = status.channel_power
    return [
        (_LABELS[each], parts[each].estimated) for each in CHANNELS if each in parts
    ]


def _contact_fault(status: RelayStatus) -> Series:
    faults = status.contact_fault
    return [(_LABELS[each], faults[each]) for each in CHANNELS if each in faults]


def _policy_state(status: RelayStatus) -> Series:
    return [((rule, each.state), 1) for rule, each in status.rules.items()]


def _policy_margin(status: RelayStatus) -> Series:
    return [
        ((rule,), each.margin)
        for rule, each in status.rules.items()
        if each.margin is not None
    ]


# The keys of both counters are the label values: words, in the order of the labels.
def _commands(status: RelayStatus) -> Series:
    return tuple(status.commands.items())


def _actions(status: RelayStatus) -> Series:
    return tuple(status.actions.items())


CONTROL: tuple[Family, ...] = (
    Family(
        name="zigbee_relay_channel_power_watts",
        kind="gauge",
        unit="watts",
        documentation="Active power of a channel: exact with one channel on, else an "
        "estimate from the steps at switching; AnalogInput 0x000C/0x0055, tag 152 and "
        "OnOff 0x0006/0x0000.",
        labels=("channel",),
        series=_channel_power,
    ),
    Family(
        name="zigbee_relay_channel_power_estimated",
        kind="gauge",
        documentation="1 while a channel's power is an estimate, as with both channels "
        "on; OnOff 0x0006/0x0000.",
        labels=("channel",),
        series=_channel_estimated,
    ),
    Family(
        name="zigbee_relay_unattributed_power_watts",
        kind="gauge",
        unit="watts",
        documentation="Active power that no channel is known to take; AnalogInput "
        "0x000C/0x0055, tag 152.",
        series=lambda s: one(s.unattributed_watts),
    ),
    Family(
        name="zigbee_relay_contact_fault",
        kind="gauge",
        documentation="1 while a contact that is reported open carries power; OnOff "
        "0x0006/0x0000, AnalogInput 0x000C/0x0055.",
        labels=("channel",),
        series=_contact_fault,
    ),
    Family(
        name="zigbee_relay_power_outage_memory_enabled",
        kind="gauge",
        documentation="1 if the contacts are to be restored after an outage, as last "
        "written; Basic 0x0000/0xFFF0.",
        series=lambda s: one(s.outage_memory),
    ),
    Family(
        name="zigbee_relay_commands",
        kind="counter",
        documentation="Commands to a channel by who wanted them and how they ended.",
        labels=("channel", "origin", "outcome"),
        series=_commands,
    ),
    Family(
        name="zigbee_relay_policy_state",
        kind="gauge",
        documentation="1 for the state that a policy is in for this relay, 0 for the "
        "others.",
        labels=("rule", "state"),
        states=tuple(RuleState),
        series=_policy_state,
    ),
    Family(
        name="zigbee_relay_policy_margin_ratio",
        kind="gauge",
        unit="ratio",
        documentation="How far a policy is from acting: 1 at rest, 0 at its limit, "
        "negative beyond.",
        labels=("rule",),
        series=_policy_margin,
    ),
    Family(
        name="zigbee_relay_policy_actions",
        kind="counter",
        documentation="What policies did, or would have done, and how it ended; an alarm "
        "counts as failed, one of the whole relay with an empty channel.",
        labels=("rule", "channel", "action", "outcome", "mode"),
        series=_actions,
    ),
)
