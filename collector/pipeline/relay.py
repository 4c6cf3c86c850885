"""Everything the line remembers of one relay."""

from collections.abc import Mapping
from dataclasses import replace

from collector.calibration.correction import gain_of
from collector.calibration.energy_counter import EnergyCounter
from collector.calibration.energy_state import EnergyState
from collector.calibration.stage import Calibrated, RelayCalibrator
from collector.model.clock import Now
from collector.model.frame import Frame
from collector.model.quantity import Quantity
from collector.model.reading import Reading, Reason, Rejection
from collector.model.settings import CorrectionSpec, RelaySettings, Tariff
from collector.model.status import (
    Availability,
    ChannelPower,
    EnergyStatus,
    RelayContext,
    RelayStatus,
)
from collector.pipeline.availability import Limits, judge
from collector.pipeline.facts import NO_FACTS, PolicyFacts

Key = tuple[Quantity, str | None]
_POWER: Key = (Quantity.POWER, None)
_NO_CORRECTION = CorrectionSpec()


class RelayRecord:
    """One relay: its stages, its last readings, its counters."""

    def __init__(self, settings: RelaySettings, tariff: Tariff | None) -> None:
        self.ieee = settings.ieee
        self.settings = settings
        self.joined = False  # False: only configured, never seen on the network
        self.availability: Availability | None = None  # None: nothing said yet
        self.calibrator = RelayCalibrator(settings.ieee, settings.corrections)
        self.energy = EnergyCounter(gain=self._energy_gain(), tariff=tariff)
        self._tariff = tariff
        self._committed = EnergyStatus()
        self._readings: dict[Key, Reading] = {}
        self.joins = 0  # since the start
        self._seen: Now | None = None
        self._seen_before: float | None = None  # Unix time, s: by an earlier process
        self._waiting_since: float | None = None  # mono, s: for the first frame
        self._lqi: int | None = None
        self._firmware: int | None = None
        self._outages: int | None = None
        self.saved: Mapping[str, object] = {}  # what is on disk, or need not be
        self.commit(self.document())

    def configure(self, settings: RelaySettings, tariff: Tariff | None) -> None:
        """Take new settings; they act from the next report on."""
        self.settings = settings
        if _currency(tariff) != _currency(self._tariff):
            # Sums of one currency are not worth anything in another.
            self.energy = EnergyCounter(replace(self.energy.state, cost={}))
        self._tariff = tariff
        self.calibrator.configure(settings.corrections)
        self.energy.configure(gain=self._energy_gain(), tariff=tariff)

    def restore(self, document: Mapping[str, object]) -> None:
        """Go on from what was committed by an earlier process."""
        energy = document.get("energy")
        state = EnergyState.from_json(energy if isinstance(energy, dict) else {})
        if document.get("currency") != _currency(self._tariff):
            state = replace(state, cost={})
        self.energy = EnergyCounter(
            state, gain=self._energy_gain(), tariff=self._tariff
        )
        self.calibrator = RelayCalibrator(
            self.ieee,
            self.settings.corrections,
            last_register_joules=state.register_joules,
        )
        self._firmware = _count(document.get("firmware"))
        self._outages = _count(document.get("outages"))
        self.commit(self.document())
        self.joined = True

    def document(self) -> dict[str, object]:
        """Return what outlives a restart, as plain JSON."""
        return {
            "energy": self.energy.state.to_json(),
            "firmware": self._firmware,
            "outages": self._outages,
            "currency": _currency(self._tariff),
        }

    def commit(self, document: Mapping[str, object]) -> None:
        """Show the counters of this document from now on: they are safe on disk."""
        self.saved = document
        energy, currency = document["energy"], document["currency"]
        state = EnergyState.from_json(energy if isinstance(energy, dict) else {})
        self._committed = EnergyStatus(
            total_joules=state.total_joules,
            register_resets=state.resets,
            gaps=state.gaps,
            cost=dict(state.cost),
            currency=currency if isinstance(currency, str) else None,
        )

    def seen_before(self, unix_seconds: float) -> None:
        """An earlier process heard the relay then, as zigbee.db remembers."""
        self._seen_before = unix_seconds

    def see(self, frame: Frame, now: Now) -> None:
        """A frame came, whatever it holds."""
        self.joined = True
        self._seen = now
        if frame.lqi is not None:
            self._lqi = frame.lqi

    def take(
        self, calibrated: Calibrated, now: Now
    ) -> tuple[tuple[Reading, ...], tuple[Rejection, ...]]:
        """Feed the counter, keep the readings; return what was believed and what not."""
        readings, rejected = calibrated.readings, calibrated.rejected
        if calibrated.register_joules is not None:
            reason = self.energy.on_register(calibrated.register_joules, now)
            if reason is not None:
                self.calibrator.count(Quantity.ENERGY, reason)
                rejected = (*rejected, self._refuse_register(reason, calibrated, now))
                readings = tuple(
                    each for each in readings if each.quantity is not Quantity.ENERGY
                )
        if calibrated.power_watts is not None:
            self.energy.on_power(calibrated.power_watts, now)
        elif calibrated.power_not_measured:
            self.energy.on_power(None, now)
            self._withdraw_zero()
        for reading in readings:
            self._readings[reading.quantity, reading.channel] = reading
        self._keep_counts(readings)
        return readings, rejected

    def tick(self, now: Now, limit: Limits) -> Availability | None:
        """Let time pass; return the availability if it has changed."""
        self.settle(now, limit)
        return self._judge(now, limit)

    def settle(self, now: Now, limit: Limits) -> None:
        """Integrate up to `now`, but not on a power that is too old."""
        self.energy.hold(limit.power)
        power = self._readings.get(_POWER)
        if power is not None and now.mono - power.mono > limit.power:
            self.energy.on_power(None, now)
        else:
            self.energy.tick(now)

    def forget_contact(self, channel: str) -> None:
        """A command was given up: nobody knows the contact until it is read."""
        self._readings.pop((Quantity.STATE, channel), None)

    def status(
        self, now: Now, limit: Limits, facts: PolicyFacts = NO_FACTS
    ) -> RelayStatus:
        """Return a snapshot without what is too old."""
        availability = self._availability(now, limit)
        gone = availability is Availability.GONE
        return RelayStatus(
            ieee=self.ieee,
            name=self.settings.name,
            channel_names=self.settings.channel_names,
            availability=availability,
            last_seen=self._seen.wall.timestamp() if self._seen else self._seen_before,
            joins=self.joins,
            lqi=None if gone else self._lqi,
            values={
                key: reading.value
                for key, reading in self._readings.items()
                if now.mono - reading.mono <= _limit(key[0], limit)
                and not (gone and key[0] is Quantity.INTERLOCK)
            },
            measured_at={
                key: reading.at.timestamp() for key, reading in self._readings.items()
            },
            firmware=self._firmware,
            outages=self._outages,
            meter_asleep=None if gone else self._asleep(),
            energy=self._committed if self.joined else None,
            rejected=dict(self.calibrator.rejected),
            channel_power=facts.channel_power,
            unattributed_watts=facts.unattributed_watts,
            contact_fault={} if gone else facts.contact_fault,
            outage_memory=facts.outage_memory,
            rules=facts.rules,
            commands=facts.commands,
            actions=facts.actions,
        )

    def context(self, channel_power: Mapping[str, ChannelPower]) -> RelayContext:
        """Return what stands beside a frame in a point; cheap, for every report."""
        return RelayContext(
            name=self.settings.name,
            channel_names=self.settings.channel_names,
            firmware=self._firmware,
            lqi=self._lqi,
            energy_joules=self._committed.total_joules,
            register_resets=self._committed.register_resets,
            channel_power=channel_power,
        )

    def _withdraw_zero(self) -> None:
        """The meter sleeps: a 0 W that came just before was its sleep, too."""
        power = self._readings.get(_POWER)
        if power is not None and power.value == 0.0:
            del self._readings[_POWER]

    def _asleep(self) -> bool | None:
        """U = 0, or a register that stands still while power flows."""
        return self.energy.frozen or self.calibrator.meter_asleep

    def _availability(self, now: Now, limit: Limits) -> Availability:
        power = self._readings.get(_POWER)
        return judge(
            now.mono,
            self._seen.mono if self._seen else None,
            power.mono if power else None,
            limit,
        )

    def _judge(self, now: Now, limit: Limits) -> Availability | None:
        availability = self._availability(now, limit)
        if availability is self.availability:
            return None
        if self._seen is None:
            if self._waiting_since is None:
                self._waiting_since = now.mono
            if now.mono - self._waiting_since <= limit.seen:
                return None  # silence since the start is not yet news
        self.availability = availability
        return availability

    def _keep_counts(self, readings: tuple[Reading, ...]) -> None:
        for reading in readings:
            if reading.quantity is Quantity.FIRMWARE:
                self._firmware = int(reading.value)
            elif reading.quantity is Quantity.OUTAGES:
                self._outages = int(reading.value)

    def _refuse_register(
        self, reason: Reason, calibrated: Calibrated, now: Now
    ) -> Rejection:
        return Rejection(
            ieee=self.ieee,
            channel=None,
            quantity=Quantity.ENERGY,
            reason=reason,
            value=calibrated.register_joules or 0.0,
            at=now.wall,
            mono=now.mono,
        )

    def _energy_gain(self) -> float:
        spec = self.settings.corrections.get(Quantity.ENERGY, _NO_CORRECTION)
        return gain_of(spec)


def _limit(quantity: Quantity, limit: Limits) -> float:
    if quantity is Quantity.POWER:
        return limit.power
    if quantity is Quantity.STATE:
        return limit.state
    if quantity is Quantity.INTERLOCK:  # read once; leaves with its relay
        return float("inf")
    return limit.report


def _currency(tariff: Tariff | None) -> str | None:
    return tariff.currency if tariff else None


def _count(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None
