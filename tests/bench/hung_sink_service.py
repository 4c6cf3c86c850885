"""`collector` with a sink that hangs: the audit's first write to disk never ends.

python -m tests.bench.hung_sink_service run --config FILE
"""

import threading

from collector.cli import main
from collector.sinks.audit_file import AuditFile


def _hang(self: AuditFile, lines: bytes) -> None:
    del self, lines
    threading.Event().wait()


if __name__ == "__main__":
    AuditFile.append = _hang  # type: ignore[method-assign]  # the point of this module
    main()
