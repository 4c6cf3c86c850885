"""The process under test: `collector run` as anybody starts it."""

import http.client
import re
import socket
import time
from pathlib import Path

from tests.bench.children import Child

READY_SECONDS = 90.0
READ = (  # at the start, and how often per relay
    (b"zigbee_relay_power_watts", 1),
    (b"zigbee_relay_switch_state", 2),
    (b"zigbee_relay_interlock_enabled", 1),
)
PROMETHEUS = {  # what a Prometheus 2.x asks for
    "Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    "Accept-Encoding": "gzip",
}
# Names, corrections and a tariff, as in a house. During a flood nothing is due to be
# read; reads are put off between the floods, too, or the idle time that is subtracted
# would hold work that the flood's time does not.
# What is read once, at the start, is over before anything is measured.
CONFIG = """\
data_dir: {folder}/data
timezone: Europe/Berlin
radio: {{path: "socket://127.0.0.1:{radio}", form_network: true}}
web: {{listen: "127.0.0.1:{web}"}}
polling: {{power_seconds: 100000, state_seconds: 100000, reads_per_second: 20}}
tariff:
  currency: EUR
  periods:
    - {{name: day, price_per_kwh: 0.31}}
    - {{name: night, price_per_kwh: 0.22, hours: "22:00-06:00"}}
relays:
"""
GAIN, OFFSET_WATTS = 1.02, -0.3
RELAY = """\
  - ieee: "00:15:8d:00:03:a0:00:{number:02x}"
    name: relay {number}
    calibration:
      power: {{gain: {gain}, offset_w: {offset}}}
      voltage: {{points: [[230.0, 231.2], [240.0, 241.0]]}}
"""


class Service(Child):
    """The whole service on a coordinator, its relays interviewed."""

    MODULE = "collector"

    def __init__(
        self,
        folder: Path,
        radio: int,
        relays: int,
        stamps: Path | None = None,
        more: str = "",
    ) -> None:
        """`stamps`: where the moment of each frame goes; `more`: of the configuration."""
        self._port = _free_port()
        config = folder / "collector.yaml"
        config.write_text(
            CONFIG.format(folder=folder, radio=radio, web=self._port)
            + "".join(
                RELAY.format(number=number, gain=GAIN, offset=OFFSET_WATTS)
                for number in range(relays)
            )
            + more
        )
        timed = [str(stamps)] if stamps else []
        super().__init__(
            "tests.bench.timed_service" if stamps else self.MODULE,
            *timed,
            "run",
            "--config",
            str(config),
            log=folder / "service.log",
        )
        self._wait_for(relays)

    def scrape(self, **headers: str) -> bytes:
        """Return what /metrics says; OSError where nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("GET", "/metrics", headers=headers)
            return connection.getresponse().read()
        finally:
            connection.close()

    def frames(self) -> dict[str, int]:
        """Return how many frames came, by what became of them."""
        return self.counted("zigbee_collector_frames_total")

    def counted(self, name: str) -> dict[str, int]:
        """Return the samples of a counter, by the values of their labels."""
        found = re.findall(
            rf"^{name}{{(.+)}} (\S+)$", self.scrape().decode(), re.MULTILINE
        )
        return {
            " ".join(re.findall(r'="(\w+)"', labels)): int(float(value))
            for labels, value in found
        }

    def _wait_for(self, relays: int) -> None:
        """Wait until every relay has been interviewed and has answered what is read."""
        deadline = time.monotonic() + READY_SECONDS
        while self.running and time.monotonic() < deadline:
            try:
                text = self.scrape()
            except OSError:
                text = b""
            if all(text.count(b"\n%b{" % name) >= relays * n for name, n in READ):
                return
            time.sleep(0.2)
        words = self.last_words()
        self.stop()
        raise RuntimeError(f"the service has not found its {relays} relays: {words}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
