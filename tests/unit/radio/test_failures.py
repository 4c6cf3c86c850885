"""Why a coordinator could not be opened, as a sentence that says what to do."""

import errno
import os

import pytest
from zigpy.exceptions import NetworkNotFormed, TransientConnectionError

from collector.radio.failures import explain


def caused(error: Exception) -> Exception:
    wrapped = TransientConnectionError()
    wrapped.__cause__ = error
    return wrapped


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file"), "does not exist; plug"),
        (PermissionError(errno.EACCES, "Permission denied"), "add this user to"),
        (PermissionError("The serial port is locked"), "in use by another program"),
        (OSError(errno.EBUSY, "busy"), "in use by another program"),
        (OSError(errno.ENOTTY, "not a tty"), "is not a serial port"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "refuses the connection"),
        (caused(ConnectionRefusedError(errno.ECONNREFUSED, "refused")), "refuses"),
        (OSError(errno.EHOSTUNREACH, "no route"), "cannot be reached"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "closed the connection"),
        (OSError("Could not lock the port"), "in use by another program"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "Input/output error"),
        (TimeoutError(), "does not answer as a Z-Stack coordinator"),
        (NetworkNotFormed(), "radio.form_network: true"),
        (RuntimeError("what nobody thought of"), "what nobody thought of"),
        (OSError(), "OSError"),
        (ValueError(), "ValueError"),
    ],
)  # fmt: skip
def test_a_failure_says_what_is_wrong_and_what_to_do(
    error: Exception, words: str
) -> None:
    assert words in explain(error)
    assert "\n" not in explain(error)
