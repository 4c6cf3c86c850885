"""A radio that writes down what a relay sends."""

from collector.simulator.device import Device


class RadioLog:
    """Stands where the air is."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, int, bytes]] = []
        self.announced: list[int | None] = []

    def transmit(
        self, device: Device, endpoint: int, cluster: int, data: bytes
    ) -> None:
        del device
        self.frames.append((endpoint, cluster, data))

    def rejoined(self, device: Device, new_nwk: int | None) -> None:
        del device
        self.announced.append(new_nwk)

    def left(self, device: Device) -> None:
        device.has_left()

    def of(self, cluster: int) -> list[bytes]:
        """Return the frames of a cluster."""
        return [data for _, its, data in self.frames if its == cluster]
