"""A relay on the air: the relay itself, its clock, its cadence, and the hands on it."""

from collections.abc import Callable

from collector.model.clock import Clock
from collector.model.quantity import CHANNELS
from collector.simulator import identity, zcl, zdo
from collector.simulator.agenda import Agenda
from collector.simulator.clusters import RelayClusters
from collector.simulator.device import Device, Radio
from collector.simulator.loads import ConstantLoad, Load
from collector.simulator.relay import HAND, Relay

STRUCTURE_S = (120.0, 300.0)  # between two 0xFF01, seen on real relays
FIRST_STRUCTURE_S = (5.0, 10.0)  # after joining, booting or a new start
TIME_S = (55.0, 65.0)  # between two reads of genTime
_ALWAYS = 1 << 30


class SimulatedRelay(Device):
    """One relay of the simulated coordinator, and everything a test may do to it."""

    capability = identity.CAPABILITY
    node_descriptor = identity.NODE_DESCRIPTOR
    power_descriptor = identity.POWER_DESCRIPTOR

    def __init__(
        self, relay: Relay, seed: int, clock: Clock, agenda: Agenda, radio: Radio
    ) -> None:
        super().__init__(relay.ieee, f"{seed}/{relay.ieee.hex()}")
        self.powered = True
        self.reporting = True  # False: nothing is sent by itself (benchmarks)
        self.analog_loss = 0.0  # how often the report after a change is missing
        self.time_answers = 0  # genTime reads that the host has answered
        self.core = relay
        self._clusters = RelayClusters(relay)
        self._clock = clock
        self._agenda = agenda
        self._radio = radio
        relay.now = clock.now().mono

    # what a test or a scenario does -------------------------------------------------

    def press(self, channel: str) -> None:
        """Toggle a channel by hand at the wall."""
        core = self._sync()
        core.switch(_number(channel), not core.contacts[_number(channel)], HAND)
        self.flush()

    def set_state(self, channel: str, on: bool) -> None:
        """Close or open a contact without a word on the air."""
        core = self._sync()
        core.switch(_number(channel), on)
        core.outbox.clear()
        self.flush()

    def is_on(self, channel: str) -> bool:
        """Return whether the contact is closed."""
        return self.core.contacts[_number(channel)]

    def set_load(self, channel: str, watts: float, power_factor: float = 0.98) -> None:
        """Replace the channel's load by one that takes `watts` whenever it is on."""
        self.put_load(channel, ConstantLoad(watts, power_factor))

    def put_load(self, channel: str, load: Load) -> None:
        """Replace the channel's load by a load model."""
        self._sync().put_load(_number(channel), load)
        self.flush()

    def report_structure(self) -> None:
        """Send a 0xFF01 report now."""
        self._sync().report_structure()
        self.flush()

    def report_power(self) -> None:
        """Send an AnalogInput report now."""
        self._sync().report_power()
        self.flush()

    def report_state(self, channel: str) -> None:
        """Send an OnOff report now, though nothing has changed."""
        self._sync().report_state(_number(channel))
        self.flush()

    def reset_meter(self, kwh: float = 0.0) -> None:
        """Let the energy register fall to `kwh`."""
        self._sync().meter.joules = kwh * 3_600_000

    @property
    def meter_answers(self) -> bool:
        """False: U, I and P are 0 and the register stands still."""
        return self.core.meter.answers

    @meter_answers.setter
    def meter_answers(self, answers: bool) -> None:
        self._sync().meter.answers = answers

    @property
    def refuse_commands(self) -> int:
        """How many more commands get a default response "failure" (True: all)."""
        return self.core.refusals

    @refuse_commands.setter
    def refuse_commands(self, count: int) -> None:
        self.core.refusals = _ALWAYS if count is True else int(count)

    @property
    def refuse_writes(self) -> int:
        """How many more writes get the status "failure" (True: all)."""
        return self.core.write_refusals

    @refuse_writes.setter
    def refuse_writes(self, count: int) -> None:
        self.core.write_refusals = _ALWAYS if count is True else int(count)

    def stick(self, channel: str, stuck: bool = True) -> None:
        """Block a contact: commands succeed, and it does not move."""
        self.core.stuck[_number(channel)] = stuck

    def weld(self, channel: str, welded: bool = True) -> None:
        """Weld a contact: it reports that it opens, and its load goes on."""
        core, number = self._sync(), _number(channel)
        core.welded[number] = welded
        if not welded and not core.contacts[number]:
            core.open_load(number)
        self.flush()

    def rejoin(self, new_nwk: int | None = None) -> None:
        """Announce itself again, perhaps with another network address."""
        self._radio.rejoined(self, new_nwk)

    def leave(self) -> None:
        """Leave the network; the coordinator is told."""
        self._radio.left(self)

    def power_cut(self, seconds: float) -> None:
        """Take the mains away for `seconds`; then it boots and announces itself."""
        self._sync().lose_power()
        self.powered = False
        due = self._clock.now().mono + seconds
        self._agenda.put((self, "power"), due, self._boot)

    @property
    def watts(self) -> float:
        """The true power of both channels, W."""
        return self._sync().watts

    @property
    def kwh(self) -> float:
        """The energy register, kWh, as it would be sent now."""
        return self._sync().meter.kwh

    # the air -----------------------------------------------------------------------

    @property
    def reachable(self) -> bool:
        """Whether a frame to it would be acknowledged."""
        return self.powered and not self.silent

    def node(self) -> zdo.Node:
        """Return what it says of itself."""
        return zdo.Node(
            ieee=self.wire_ieee,
            nwk=self.nwk,
            node_descriptor=self.node_descriptor,
            power_descriptor=self.power_descriptor,
            endpoints=identity.RELAY_ENDPOINTS,
        )

    def answer(self, endpoint: int, cluster: int, data: bytes) -> bytes | None:
        """Return the answer to one ZCL frame; reports follow with `after_answer`."""
        self._sync()
        if endpoint not in identity.RELAY_ENDPOINTS:
            return None
        if cluster == identity.TIME and data[2:3] == bytes((zcl.READ_RESPONSE,)):
            self.time_answers += 1
        return zcl.answer(self._clusters, endpoint, cluster, data)

    def in_group(self, group: int) -> tuple[int, ...]:
        """Return the endpoints that belong to a group."""
        memberships = enumerate(self.core.groups, start=1)
        return tuple(endpoint for endpoint, its in memberships if group in its)

    def after_answer(self) -> None:
        """Send the reports that the last frame caused."""
        self.flush()

    def network_started(self) -> None:
        """Begin the cadence: soon a first 0xFF01, then the usual intervals."""
        self.core.nwk = self.nwk
        self._every("structure", FIRST_STRUCTURE_S, self._structure_due)
        self._every("time", TIME_S, self._time_due)
        self._plan()

    def has_left(self) -> None:
        """Forget the network and the interlock, as re-pairing does."""
        super().has_left()
        self.core.interlock = False
        for name in ("structure", "time"):
            self._agenda.cancel((self, name))

    def flush(self) -> None:
        """Send what waits to be sent, and plan what comes next."""
        frames, self.core.outbox = self.core.outbox, []
        if self.reachable:
            for endpoint, cluster, data in frames:
                self._radio.transmit(self, endpoint, cluster, data)
        self._plan()

    def _sync(self) -> Relay:
        """Let the relay live until now."""
        self.core.nwk = self.nwk
        self.core.advance(self._clock.now().mono)
        return self.core

    def _plan(self) -> None:
        """Put the next load change and the next AnalogInput on the agenda."""
        if self.core.next_change < float("inf"):
            self._agenda.put((self, "load"), self.core.next_change, self._load_due)
        else:
            self._agenda.cancel((self, "load"))
        if self.core.analog_due is not None and self.powered:
            self._agenda.put((self, "analog"), self.core.analog_due, self._analog_due)

    def _load_due(self) -> None:
        self._sync()
        self.flush()

    def _analog_due(self) -> None:
        core = self._sync()
        core.analog_due = None
        if self.powered and self.reporting:
            core.report_power()
            if self._random.random() < self.analog_loss:
                core.outbox.clear()
        self.flush()

    def _structure_due(self) -> None:
        if self.powered and self.reporting:
            self.report_structure()
        self._every("structure", STRUCTURE_S, self._structure_due)

    def _time_due(self) -> None:
        if self.powered and self.reporting:
            self._sync().ask_time()
            self.flush()
        self._every("time", TIME_S, self._time_due)

    def _every(
        self, name: str, between: tuple[float, float], action: Callable[[], None]
    ) -> None:
        due = self._clock.now().mono + self._random.uniform(*between)
        self._agenda.put((self, name), due, action)

    def _boot(self) -> None:
        self._sync().regain_power()
        self.powered = True
        self._radio.rejoined(self, None)
        self.flush()

    def dump(self) -> dict[str, object]:
        """Return what outlives a restart."""
        core = self._sync()
        return super().dump() | {
            "contacts": core.contacts,
            "interlock": core.interlock,
            "keeps_state": core.keeps_state,
            "inputs": list(core.inputs.values()),
            "outages": core.outages,
            "joules": core.meter.joules,
        }

    def load(self, state: dict[str, object]) -> None:
        """Take over what `dump` gave; raises ValueError or TypeError."""
        super().load(state)
        core = self._sync()
        joules, outages = state["joules"], state["outages"]
        contacts, inputs = state["contacts"], state["inputs"]
        if not (
            isinstance(joules, int | float)
            and isinstance(outages, int)
            and isinstance(contacts, list)
            and isinstance(inputs, list)
        ):
            raise TypeError("a relay's state has a wrong type")
        core.interlock = bool(state["interlock"])
        core.keeps_state = bool(state["keeps_state"])
        core.inputs = dict(zip((0xFF22, 0xFF23), inputs, strict=True))
        core.outages, core.meter.joules = outages, float(joules)
        for channel, on in zip(CHANNELS, contacts, strict=True):
            self.set_state(channel, bool(on))


def _number(channel: str) -> int:
    return CHANNELS.index(channel)
