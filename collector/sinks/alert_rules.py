"""Prometheus rules of the policies, whose limits are the configuration's own."""

import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from collector.model.policy import (
    ROOT,
    GroupRule,
    InverseTimeRule,
    Mode,
    PolicyClass,
    PolicySettings,
    RestoreKind,
    RootSettings,
    Rule,
    StaleAction,
    StaleRule,
    ThresholdRule,
)
from collector.policy.root import AT_ONCE, OVERLOAD_SECONDS
from collector.sinks.alert import CRITICAL, INFO, WARNING, Alert, Record, severity
from collector.sinks.alert_bound import SLACK_SECONDS, Bound, near_alert, over_alert
from collector.sinks.alert_limits import (
    PROTECTIVE_CURRENT,
    clear_of,
    limits_of,
    protective_current,
    state,
)
from collector.sinks.promql import (
    NEWS_MINUTES,
    RELAY,
    duration,
    literal,
    news,
    selector,
    spoken,
)

EVALUATE_SECONDS: Final = 15.0  # Prometheus' own 1 min is long for a load
# Some values come every 5 min: before, silence is only a start.
BLIND_SECONDS: Final = 300.0
RADIO_SECONDS: Final = 180.0

COMMANDS_FAILED: Final = f"channel:zigbee_relay_commands:increase{NEWS_MINUTES}m"
ACTIONS_FAILED: Final = f"rule:zigbee_relay_policy_actions:increase{NEWS_MINUTES}m"

_SILENCE: Final = {
    StaleAction.OFF: "switch off",
    StaleAction.KEEP: "keep everything as it is",
    StaleAction.ASSUME_OVERLOAD: "take it for an overload",
    StaleAction.ASSUME_RATED: "count the rated power of what was on last",
}
_HAS: Final = "The log and data_dir/audit/ have"
_CHANNEL: Final = f"{RELAY}/{{{{ $labels.channel }}}}"
_RADIO: Final = "zigbee_collector_radio_connected"
_ROOT_RULE: Final = Rule(
    name=ROOT,
    policy_class=PolicyClass.PROTECTION,
    when_stale=StaleRule(action=StaleAction.KEEP),
)


def alert_rules(settings: PolicySettings, *, runbook_url: str) -> dict[str, Any]:
    """Return a rule file as a plain document; without policies, the relays' own limits.

    All groups look at what the first one records, which is at most one evaluation old.
    """
    if settings.monitor:
        settings = _watching(settings)
    common: list[Alert | Record] = [
        protective_current(settings.nominal_volts),
        *_failures(),
        *_common(settings),
    ]
    groups = [
        _group("relays", None, common, runbook_url),
        _group(f"relay {ROOT}", ROOT, _root(settings.root), runbook_url),
    ]
    for rule in settings.rules:
        limits = limits_of(rule, settings.rules)
        rules = [*limits, *_acting(rule), _blind(rule)]
        groups.append(_group(f"policy {rule.name}", rule.name, rules, runbook_url))
    return {"groups": groups}


def _watching(settings: PolicySettings) -> PolicySettings:
    """Return what the service does in monitor mode: it judges, and switches nothing."""
    return replace(
        settings,
        rules=tuple(replace(rule, mode=Mode.MONITOR) for rule in settings.rules),
        root=replace(settings.root, enforce=False),
    )


def _group(
    name: str, rule: str | None, rules: Iterable[Alert | Record], runbook_url: str
) -> dict[str, Any]:
    return {
        "name": name,
        "interval": duration(EVALUATE_SECONDS),
        "rules": [
            each.document()
            if isinstance(each, Record)
            else each.document(rule, runbook_url)
            for each in rules
        ],
    }


def _failures() -> list[Record]:
    failed = selector(outcome=("failed", "refused", "unknown"))
    return [
        Record(name=name, expr=news(f"{counter}{failed}"))
        for name, counter in (
            (COMMANDS_FAILED, "zigbee_relay_commands_total"),
            (ACTIONS_FAILED, "zigbee_relay_policy_actions_total"),
        )
    ]


def _common(settings: PolicySettings) -> list[Alert]:
    """Return the alerts that are of no single policy."""
    protects = settings.root.enforce or any(
        severity(rule, CRITICAL, WARNING) == CRITICAL for rule in settings.rules
    )
    return [
        Alert(
            name="RelayPoliciesBlind",
            severity=CRITICAL if protects else WARNING,
            expr=f"{_RADIO} == 0 or absent({_RADIO})",
            seconds=RADIO_SECONDS,
            summary="the collector hears no relay: no policy sees or switches anything",
            description="The coordinator does not answer, or the collector is not "
            "scraped. /readyz and the collector's log say why.",
        ),
        Alert(
            name="RelayContactFault",
            severity=CRITICAL,
            expr="zigbee_relay_contact_fault == 1",
            summary=f"{_CHANNEL} carries power though it is off",
            description="Its contact may be welded: the collector cannot switch this "
            "load off. Cut its supply by hand and replace the relay.",
        ),
        *([] if settings.monitor else _acted()),
    ]


def _acted() -> list[Alert]:
    """Return the alerts of what any policy has done; monitor mode does nothing."""
    commands = f"{COMMANDS_FAILED}{selector(origin='policy')}"
    cut_offs = f"{ACTIONS_FAILED}{selector(action='off')}"
    alarms = f"{ACTIONS_FAILED}{selector(action='alarm', mode='enforce')}"
    return [
        Alert(
            name="RelayRestoreFailed",
            severity=WARNING,
            expr=f"{commands} unless on (ieee, channel) {cut_offs}",
            summary=f"{_CHANNEL} could not be switched on again",
            description="A policy wanted to give the channel back and its command was "
            f"{{{{ $labels.outcome }}}}, in the last {NEWS_MINUTES} minutes. "
            f"{_HAS} the command.",
        ),
        Alert(
            name="RelayPolicyAlarm",
            severity=WARNING,
            expr=f"{alarms} unless on (ieee, rule) {cut_offs}",
            summary=f"{{{{ $labels.rule }}}}: an alarm for {RELAY}",
            description="The policy needs a person: nothing is left to switch off, or a "
            "channel goes on and off, in the last "
            f"{NEWS_MINUTES} minutes. {_HAS} the sentence.",
        ),
    ]


def _root(root: RootSettings) -> list[Alert]:
    alerts: list[Alert] = []
    for quantity, vector, limit, unit in (
        ("power", "zigbee_relay_power_watts", root.power_w, " W"),
        ("current", PROTECTIVE_CURRENT, root.current_a, " A"),
    ):
        rating, far = (
            Bound(what=f"{quantity} of {RELAY}", vector=vector, limit=each, unit=unit)
            for each in (limit, AT_ONCE * limit)
        )
        over, labels = over_alert, {"quantity": quantity}
        alerts += [
            near_alert(rating, **labels),
            over(_ROOT_RULE, rating, OVERLOAD_SECONDS, **labels, stage="delayed"),
            over(_ROOT_RULE, far, 0.0, **labels, stage="instant"),
        ]
    if root.enforce:
        alerts += [_cut_off_failed(_ROOT_RULE), _latched(_ROOT_RULE)]
    return [*alerts, _blind(_ROOT_RULE)]


def _acting(rule: Rule) -> list[Alert]:
    """Return the alerts of what a policy does; a dry run does nothing."""
    if rule.mode is not Mode.ENFORCE:
        return []
    alerts = [_cut_off_failed(rule)]
    # The other kinds let go by themselves, or are meant to leave off what they cut.
    if isinstance(rule, ThresholdRule | InverseTimeRule):
        alerts.append(_overdue(rule))
    return alerts


def _overdue(rule: ThresholdRule | InverseTimeRule) -> Alert:
    """Return the alert that a latch waits for a person, and not for its time."""
    kind = rule.restore.kind
    if kind is RestoreKind.AFTER:
        return _latched(rule, seconds=rule.restore.after_seconds + SLACK_SECONDS)
    if kind is RestoreKind.WHEN_CLEAR and isinstance(rule, ThresholdRule):
        condition = f" and on (ieee) {clear_of(rule)}"
        return _latched(rule, condition, SLACK_SECONDS)
    return _latched(rule)


def _latched(rule: Rule, condition: str = "", seconds: float = 0.0) -> Alert:
    return Alert(
        name="RelayPolicyLatched",
        severity=severity(rule, WARNING, INFO),
        expr=state(rule, "latched") + condition,
        seconds=seconds,
        summary=f"{RELAY} stays off until a person resets the policy",
        description="When the cause is gone: `collector policy reset "
        f"{literal(shlex.quote(rule.name))}`. The reset switches nothing on.",
    )


def _cut_off_failed(rule: Rule) -> Alert:
    return Alert(
        name="RelayCutOffFailed",
        severity=severity(rule, CRITICAL, WARNING),
        expr=f"{ACTIONS_FAILED}{selector(rule=rule.name, action='off')}",
        summary=f"{_CHANNEL} could not be switched off",
        description="The command was {{ $labels.outcome }}, in the last "
        f"{NEWS_MINUTES} minutes: the load may still be on. Switch it off by hand. "
        f"{_HAS} the command.",
    )


def _blind(rule: Rule) -> Alert:
    return Alert(
        name="RelayPolicyBlind",
        severity=INFO if rule is _ROOT_RULE else severity(rule, WARNING, INFO),
        expr=state(rule, "stale"),
        seconds=BLIND_SECONDS,
        summary=f"{_subject(rule)} cannot be judged: its values are too old",
        description=f"Of silence the policy says: {_silence(rule.when_stale)}. Is the "
        "relay powered and in reach? zigbee_relay_last_seen_timestamp_seconds has "
        "its last frame.",
    )


def _subject(rule: Rule) -> str:
    return "a member" if isinstance(rule, GroupRule) else RELAY


def _silence(stale: StaleRule) -> str:
    words = _SILENCE[stale.action]
    after = stale.after_seconds
    return f"{words} after {spoken(after)}" if after > 0 else words
