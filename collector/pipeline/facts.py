"""What the policy stage adds to a relay's status."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.model.decision import RuleStatus
from collector.model.status import ActionKey, ChannelPower, CommandKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFacts:
    """Fields of RelayStatus of the same names."""

    channel_power: Mapping[str, ChannelPower] = field(default_factory=dict)
    unattributed_watts: float | None = None
    contact_fault: Mapping[str, bool] = field(default_factory=dict)
    outage_memory: bool | None = None
    rules: Mapping[str, RuleStatus] = field(default_factory=dict)
    commands: Mapping[CommandKey, int] = field(default_factory=dict)
    actions: Mapping[ActionKey, int] = field(default_factory=dict)


NO_FACTS = PolicyFacts()
