"""One process for each data folder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from collector.model.errors import ConfigError

_NAME = "lock"


class DataDirLock:
    """Holds `data_dir/lock` while the context lasts; the kernel frees it at any end.

    Entering raises ConfigError, naming the holder, when another process has it.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._file: int | None = None

    def __enter__(self) -> "DataDirLock":
        path = self._data_dir / _NAME
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._error(f"the lock cannot be made: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = _pid(file)
            os.close(file)
            raise self._error(
                f"already in use by process {'unknown' if pid is None else pid}; "
                "stop it or choose another data_dir"
            ) from None
        except OSError as error:
            os.close(file)
            raise self._error(f"cannot be locked: {error.strerror}") from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            # The file stays: removing it would let two processes lock two files.
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def _error(self, sentence: str) -> ConfigError:
        return ConfigError(str(self._data_dir), [f"data_dir: {sentence}"])


def _pid(file: int) -> int | None:
    text = os.pread(file, 32, 0).strip()
    return int(text) if text.isdigit() else None
