"""Why a coordinator could not be opened, in one sentence that says what to do."""

import errno
import socket

from zigpy.exceptions import (
    CorruptDatabase,
    NetworkNotFormed,
    NetworkSettingsInconsistent,
    TransientConnectionError,
)

_BY_ERRNO = {
    errno.ENOENT: "does not exist; plug the stick in or correct radio.path",
    errno.ENODEV: "does not exist; plug the stick in or correct radio.path",
    errno.EACCES: "may not be opened; add this user to the group of the device",
    errno.EPERM: "may not be opened; add this user to the group of the device",
    errno.EBUSY: "is in use by another program; stop that program",
    errno.ENOTTY: "is not a serial port; correct radio.path",
    errno.EISDIR: "is a folder; correct radio.path",
    errno.ECONNREFUSED: "refuses the connection; is the bridge running on that port?",
    errno.EHOSTUNREACH: "cannot be reached; check the network and radio.path",
    errno.ENETUNREACH: "cannot be reached; check the network and radio.path",
    errno.ETIMEDOUT: "does not answer; check the network and radio.path",
}


_BY_TYPE: dict[type[BaseException], str] = {
    socket.gaierror: "has a host that nobody knows; correct radio.path",
    NetworkNotFormed: (
        "has no Zigbee network; set radio.form_network: true to make one, "
        "or restore a backup"
    ),
    NetworkSettingsInconsistent: "has another network than the database of data_dir",
    CorruptDatabase: (
        "cannot be opened while zigbee.db is inconsistent; move that file away, or put "
        "a copy from data_dir/backups in its place"
    ),
    TimeoutError: "does not answer as a Z-Stack coordinator",
}


def explain(error: BaseException) -> str:
    """Return what is wrong with the coordinator, to be read after its path."""
    for kind, sentence in _BY_TYPE.items():
        if isinstance(error, kind):
            return sentence
    if isinstance(error, TransientConnectionError) and error.__cause__ is not None:
        return explain(error.__cause__)
    if isinstance(error, PermissionError) and error.errno is None:
        return _BY_ERRNO[errno.EBUSY]  # zigpy's word for a locked port
    if isinstance(error, OSError):
        return _explain_os_error(error)
    return f"failed: {type(error).__name__}: {error}".rstrip(": ")


def _explain_os_error(error: OSError) -> str:
    known = _BY_ERRNO.get(error.errno or 0)
    if known is not None:
        return known
    if "lock" in str(error).lower():
        return _BY_ERRNO[errno.EBUSY]
    if isinstance(error, ConnectionError):
        return "closed the connection"
    return f"failed: {error.strerror or type(error).__name__}"
