"""The threads beside the event loop, which must not take a core from it."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

# Linux' scheduler (sched(7)) lets a thread that wakes up displace one of higher nice
# value at once; at the same one it may wait for the end of a time slice, 2-4 ms.
NICE: Final = 10
WORKERS: Final = 8  # one that hangs on a dead disk must not hold up the others


def background_threads() -> ThreadPoolExecutor:
    """Return threads for compressing, hashing and writing, which step back for the loop.

    With as many busy processes as cores a scrape's compression delayed a cut-off by
    up to 3 ms (tests/bench/cutoff.py).
    """
    return ThreadPoolExecutor(
        WORKERS, thread_name_prefix="background", initializer=_step_back
    )


def _step_back() -> None:
    if sys.platform == "linux":  # elsewhere a nice value is the whole process'
        with suppress(OSError):  # a container may forbid it: no worse than before
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
