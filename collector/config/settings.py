"""The checked file in the words of the core."""

from collector.config.calibration import Options
from collector.config.policy_settings import CronEdge, policy_settings
from collector.config.relay import BOTH_WAYS, Channel, Relay
from collector.config.schema import Config
from collector.model.quantity import CHANNELS, Quantity
from collector.model.settings import (
    CorrectionSpec,
    LineSettings,
    PollingSettings,
    RelaySettings,
    StalenessSettings,
    Tariff,
    TariffPeriod,
)


def line_settings(config: Config, cron: CronEdge | None = None) -> LineSettings:
    """Return everything the pipeline needs of a configuration.

    `cron` makes the edges of a schedule's cron lines: `collector.scheduler.cron_edge`,
    which this floor cannot see. Raises ValueError where it is needed and missing.
    """
    polling, staleness = config.polling, config.staleness
    return LineSettings(
        relays={relay.ieee: relay_settings(relay) for relay in config.relays},
        polling=PollingSettings(
            power_seconds=polling.power_seconds,
            state_seconds=polling.state_seconds,
            reads_per_second=polling.reads_per_second,
            in_flight=polling.in_flight,
        ),
        staleness=StalenessSettings(
            power_seconds=staleness.power_seconds,
            report_seconds=staleness.report_seconds,
            state_seconds=staleness.state_seconds,
        ),
        availability_seconds=config.availability.timeout_seconds,
        tariff=_tariff(config),
        timezone=config.zone,
        policies=policy_settings(config, cron),
    )


def relay_settings(relay: Relay) -> RelaySettings:
    """Return what the core needs of one relay."""
    channels: dict[str, Channel] = {
        channel: getattr(relay.channels, channel) for channel in CHANNELS
    }
    return RelaySettings(
        ieee=relay.ieee,
        name=relay.shown_name,
        channel_names={key: each.name for key, each in channels.items() if each.name},
        corrections=_corrections(relay),
        rated_watts={
            key: each.rated_power_w
            for key, each in channels.items()
            if each.rated_power_w is not None
        },
        protected=frozenset(key for key, each in channels.items() if each.protected),
        interlock=relay.interlock,
        power_outage_memory=relay.power_outage_memory,
    )


def _corrections(relay: Relay) -> dict[Quantity, CorrectionSpec]:
    """Return the corrections that a person gave, in either language."""
    corrections: dict[Quantity, CorrectionSpec] = {}
    for name, option in BOTH_WAYS.items():
        quantity = Quantity(name)
        ours = getattr(relay.calibration, name)
        if ours is not None:
            corrections[quantity] = CorrectionSpec(
                gain=1.0 if ours.gain is None else ours.gain,
                offset=getattr(ours, "offset", 0.0),
                points=getattr(ours, "points", None) or (),
            )
        elif (given := _given(relay.options, option)) is not None:
            corrections[quantity] = (
                CorrectionSpec(shift=given)
                if quantity is Quantity.TEMPERATURE
                else CorrectionSpec(percent=given)
            )
    return corrections


def _given(options: Options, name: str) -> float | None:
    value: float | None = getattr(options, name)
    return value


def _tariff(config: Config) -> Tariff | None:
    if config.tariff is None:
        return None
    periods = []
    for period in config.tariff.periods:
        start, end = period.window or (None, None)
        periods.append(
            TariffPeriod(
                name=period.name,
                price_per_kwh=period.price_per_kwh,
                start=start,
                end=end,
            )
        )
    return Tariff(
        currency=config.tariff.currency, periods=tuple(periods), timezone=config.zone
    )
