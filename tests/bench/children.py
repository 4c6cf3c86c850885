"""The processes of a benchmark, and what they cost: everything outside of them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

QUIET_SECONDS = 0.004  # of CPU in each of
QUIET_LOOKS = 4  # looks, each after
LOOK_SECONDS = 0.15
STOP_SECONDS = 10.0


class Child:
    """One process, and the CPU time and the memory that it takes."""

    def __init__(self, module: str, *options: str, log: Path) -> None:
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._log = log
        # clock_getcpuclockid(3): the CPU time of all threads of a process, in ns where
        # psutil's cpu_times() counts hundredths of a second.
        self._clock = (~self._process.pid << 3) | 2

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far, s."""
        return time.clock_gettime(self._clock)

    @property
    def resident_mib(self) -> float:
        """Resident memory, MiB."""
        return float(psutil.Process(self._process.pid).memory_info().rss / 2**20)

    @property
    def kept_waiting_seconds(self) -> float:
        """How long its main thread could have run, but other work did, s."""
        text = Path(f"/proc/{self._process.pid}/schedstat").read_text()
        return int(text.split()[1]) / 1e9

    def say(self, command: object) -> None:
        """Send one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Wait for one line; RuntimeError where the process has ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the benchmark died: {self.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._log.read_text()[-2000:]

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def settle(self) -> None:
        """Wait until it has nothing left to do."""
        looks = 0
        while looks < QUIET_LOOKS:
            before = self.cpu_seconds
            time.sleep(LOOK_SECONDS)
            looks = looks + 1 if self.cpu_seconds - before < QUIET_SECONDS else 0

    def stop(self) -> None:
        """End it in good order; kill it where it does not listen."""
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


class Air(Child):
    """A coordinator with its relays."""

    def __init__(self, folder: Path, relays: int, stamps: Path | None = None) -> None:
        super().__init__(
            "tests.bench.air",
            str(relays),
            str(stamps or ""),
            log=folder / "air.log",
        )
        self.port = int(self.hear()["port"])

    def flood(self, rate: float, count: int) -> float:
        """Send reports; return how many seconds it took."""
        self.say([rate, count])
        return self.flooded()

    def flooded(self) -> float:
        """Wait for the end of a flood; RuntimeError where a frame was not sent."""
        answer = self.hear()
        if answer["lost"]:
            raise RuntimeError(f"the simulator gave up {answer['lost']} write(s)")
        return float(answer["seconds"])


class PlainZigpy(Child):
    """zigpy-znp with listeners that do nothing."""

    def __init__(self, folder: Path, port: int, relays: int) -> None:
        database = folder / "plain.db"
        super().__init__(
            "tests.bench.plain_zigpy",
            str(port),
            str(database),
            str(relays),
            log=folder / "plain.log",
        )
        self.hear()

    def received(self) -> int:
        """Return how many frames its listener has had."""
        self.say("count")
        return int(self.hear()["messages"])


@contextmanager
def stopped_at_the_end(*children: Child) -> Iterator[None]:
    """Stop these, the last first, whatever happens."""
    try:
        yield
    finally:
        for child in reversed(children):
            child.stop()
