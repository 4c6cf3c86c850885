"""One relay's reports in the order in which they come, for attribution and faults."""

from collector.policy.attribution import Attribution
from collector.policy.contact_fault import ContactFault

Told = tuple[float, str, float | bool | None]
# (s, "power" | "l1" | "l2", W | on | None: not known)


class Metered:
    """An attribution and a contact fault that are told the same."""

    def __init__(self, **loads: float) -> None:
        self.attribution = Attribution()
        self.attribution.load({"loads": loads})
        self.fault = ContactFault(self.attribution)
        self.mono = 0.0
        self.wanted: list[float] = []  # when a read of the power was asked for

    def tell(self, *reports: Told) -> "Metered":
        """Let these reports come."""
        for mono, what, value in reports:
            self.mono = mono
            if what != "power":
                on = None if value is None else bool(value)
                self.attribution.contact(what, on, mono)
                self.fault.contact(what, on, mono)
            elif value is None:
                self.attribution.power_unknown(mono)
            else:
                self.attribution.power(value, mono)
                if self.fault.power(value, mono):
                    self.wanted.append(mono)
        return self

    def every(self, seconds: float, watts: float, *, until: float) -> "Metered":
        """Let the power be read again and again."""
        while self.mono + seconds <= until:
            self.tell((self.mono + seconds, "power", watts))
        return self

    @classmethod
    def side_by_side(cls, l1: float, l2: float) -> "Metered":
        """Both on for half a minute at 0 s, each measured as it was switched on."""
        return cls().tell(
            (-120, "l1", False),
            (-120, "l2", False),
            (-119, "power", 0.1),
            (-90, "l1", True),
            (-87, "power", l1),
            (-60, "power", l1),
            (-30, "l2", True),
            (-27, "power", l1 + l2),
            (0, "power", l1 + l2),
        )

    @property
    def loads(self) -> dict[str, float]:
        """The remembered loads, W, to a tenth."""
        return {key: round(load, 1) for key, load in self.attribution.loads.items()}

    @property
    def parts(self) -> dict[str, tuple[float, bool]]:
        """(W, estimated) of each channel of which something is known."""
        parts, _ = self.attribution.split(self.mono)
        return {
            channel: (round(part.watts, 3), part.estimated)
            for channel, part in parts.items()
        }

    @property
    def rest(self) -> float | None:
        """The W that are nobody's."""
        _, rest = self.attribution.split(self.mono)
        return None if rest is None else round(rest, 3)

    @property
    def faults(self) -> set[str]:
        """The channels whose contact is at fault."""
        return {channel for channel, bad in self.fault.faults.items() if bad}
