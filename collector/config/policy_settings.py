"""Checked policies in the words of the core."""

from collections.abc import Callable
from datetime import time, tzinfo
from typing import Any, TypeAlias

from collector.config.parts import Parts
from collector.config.policies import (
    Budget,
    Demand,
    EnergyBudget,
    InverseTime,
    Policy,
    Schedule,
    Standby,
)
from collector.config.policy_base import LatchedPolicy, RelayPolicy
from collector.config.policy_parts import EVERY, Quiet, Restoring, Silent
from collector.config.schema import Config
from collector.config.tariff import minutes
from collector.config.threshold import Threshold
from collector.model.policy import (
    BudgetRule,
    ChannelKey,
    Curve,
    DemandRule,
    EnergyBudgetRule,
    Hours,
    InverseTimeRule,
    Limit,
    Mode,
    NextEdge,
    Period,
    PolicySettings,
    Restore,
    RestoreKind,
    RootSettings,
    Rule,
    ScheduleRule,
    StaleAction,
    StaleRule,
    StandbyRule,
    SwitchLimits,
    ThresholdRule,
)
from collector.model.quantity import Quantity

_JOULES_PER_KWH = 3.6e6

# What makes the edges of a cron line in a zone: `collector.scheduler.cron_edge`.
CronEdge: TypeAlias = Callable[[str, tzinfo], NextEdge]


def policy_settings(config: Config, cron: CronEdge | None = None) -> PolicySettings:
    """Return everything that the policy engine needs of a configuration.

    Raises ValueError where a schedule has cron lines and there is no `cron`.
    """
    translator = _Translator(config, cron)
    return PolicySettings(
        rules=tuple(translator.rule(policy) for policy in config.policies),
        limits=SwitchLimits(**config.limits.model_dump()),
        root=RootSettings(
            enforce=config.root.action == "enforce",
            current_a=config.root.current_a,
            power_w=config.root.power_w,
        ),
        monitor=config.mode == "monitor",
        nominal_volts=config.nominal_voltage_v,
    )


class _Translator:
    """Policies of one file to rules."""

    def __init__(self, config: Config, cron: CronEdge | None) -> None:
        self._parts: Parts = config.parts
        self._zone = config.zone
        self._cron = cron

    def rule(self, policy: Policy) -> Rule:
        """Return one policy as a rule."""
        words = self._words(policy)
        if isinstance(policy, Budget):
            return BudgetRule(
                **words,
                limit_w=policy.limit_w,
                limit_a=policy.limit_a,
                parent=policy.parent,
            )
        if isinstance(policy, Demand):
            return DemandRule(
                **words, limit_w=policy.limit_w, window_minutes=policy.window_minutes
            )
        return self._relay_rule(policy, words)

    def _relay_rule(
        self,
        policy: Threshold | InverseTime | Standby | Schedule | EnergyBudget,
        words: dict[str, Any],
    ) -> Rule:
        match policy:
            case Threshold():
                return _threshold(policy, words)
            case InverseTime():
                return InverseTimeRule(
                    **words,
                    rated_current_a=policy.rated_current_a,
                    curve=Curve(policy.curve),
                    tms=1.0 if policy.tms is None else policy.tms,
                )
            case Standby():
                return StandbyRule(
                    **words, below_w=policy.below, for_seconds=policy.for_seconds
                )
            case Schedule():
                return self._schedule(policy, words)
            case EnergyBudget():
                return EnergyBudgetRule(
                    **words,
                    per=Period(policy.per),
                    limit_joules=policy.limit_kwh * _JOULES_PER_KWH,
                )

    def _words(self, policy: Policy) -> dict[str, Any]:
        """Return what rules of several kinds have."""
        words: dict[str, Any] = {
            "name": policy.name,
            "policy_class": policy.policy_class,
            "mode": Mode(policy.mode),
            "when_stale": _stale(policy.when_stale),
        }
        if isinstance(policy, RelayPolicy):
            words["relays"] = self._addresses(policy.named)
            words["switch_off"] = policy.switch_off
        else:
            words["members"] = self._addresses(policy.members)
            words["shed"] = self._channels(policy.shed)
            words["last_resort"] = self._channels(policy.last_resort)
            words["min_shed_w"] = policy.min_shed_w
            words["shed_interval_seconds"] = policy.shed_interval_seconds
            words["restore_interval_seconds"] = policy.restore_interval_seconds
        if isinstance(policy, LatchedPolicy):
            words["grace_seconds"] = policy.grace_seconds
            words["restore"] = _restore(policy.restore)
        return words

    def _schedule(self, policy: Schedule, words: dict[str, Any]) -> ScheduleRule:
        if policy.cron is None:
            allowed = hours(policy.allowed) if policy.allowed is not None else None
            return ScheduleRule(**words, allowed=allowed)
        if self._cron is None:
            raise ValueError(
                f"policy {policy.name} has cron lines, and nobody to read them: "
                "hand in collector.scheduler.cron_edge"
            )
        return ScheduleRule(
            **words,
            next_on=self._cron(policy.cron.on, self._zone),
            next_off=self._cron(policy.cron.off, self._zone),
        )

    def _addresses(self, words: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return addresses; None for every relay, listed or not."""
        return None if words == (EVERY,) else tuple(map(self._address, words))

    def _channels(self, written: tuple[str, ...]) -> tuple[ChannelKey, ...]:
        split = [each.rpartition("/") for each in written]
        return tuple((self._address(word), channel) for word, _, channel in split)

    def _address(self, word: str) -> str:
        return self._parts.find(word) or word  # unknown ones were refused


def hours(written: str) -> Hours:
    """Return "HH:MM-HH:MM" as times of the local day."""
    start, end = minutes(written)
    return Hours(start=time(*divmod(start, 60)), end=time(*divmod(end, 60)))


def _threshold(policy: Threshold, words: dict[str, Any]) -> ThresholdRule:
    quiet = policy.quiet
    return ThresholdRule(
        **words,
        quantity=Quantity(policy.quantity),
        below=policy.side == "below",
        limit=_limit(policy),
        for_seconds=policy.for_seconds,
        instant=policy.instant_above,
        quiet=(hours(quiet.hours), _limit(quiet)) if quiet is not None else None,
    )


def _stale(written: str | Silent) -> StaleRule:
    if isinstance(written, Silent):
        return StaleRule(
            action=StaleAction.OFF, after_seconds=written.off_after_seconds
        )
    return StaleRule(action=StaleAction(written))


def _restore(written: str | Restoring) -> Restore:
    if not isinstance(written, Restoring):
        return Restore()
    after = written.after_seconds
    return Restore(
        kind=RestoreKind.WHEN_CLEAR if after is None else RestoreKind.AFTER,
        after_seconds=after or 0.0,
        at_most=written.at_most,
        within_seconds=written.within_seconds,
    )


def _limit(part: Threshold | Quiet) -> Limit:
    trip = part.above if part.above is not None else part.below or 0.0
    return Limit(trip=trip, clear=trip if part.clear is None else part.clear)
