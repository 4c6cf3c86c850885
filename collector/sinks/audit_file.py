"""JSON lines on disk: whole ones, in files of bounded size; blocking, one thread at a time.

RotatingFileHandler was no help: it hides what fails, knows no fdatasync and no mode, and
goes on behind a line that broke off.
"""

import os
import stat
from pathlib import Path
from typing import Final

FILE_BYTES: Final = 10 * 1024 * 1024  # about 15,000 decisions
FILES: Final = 10  # the one that is written, and nine older ones

_OWNER_ONLY: Final = 0o600
_FOLDER: Final = 0o700
_OPEN: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class AuditFile:
    """`NAME`, and `NAME.1` to `NAME.9` before it, the oldest last."""

    def __init__(
        self, path: Path, *, file_bytes: int = FILE_BYTES, files: int = FILES
    ) -> None:
        self.path = path
        self._file_bytes = file_bytes
        self._files = files

    def append(self, lines: bytes) -> None:
        """Bring whole lines to disk, all or none; OSError where that is not possible.

        The file is opened anew each time: whoever moves it away or empties it is
        obeyed, and a disk that failed is asked again.
        """
        self._make_folder()
        descriptor = self._open()
        try:
            size = os.fstat(descriptor).st_size
            if size and size + len(lines) > self._file_bytes:
                os.close(descriptor)
                descriptor = -1
                self._rotate()
                descriptor = self._open()
                size = os.fstat(descriptor).st_size
            _write(descriptor, _fresh_line(descriptor, size) + lines, size)
            os.fdatasync(descriptor)
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        if not size:
            self._sync_folder()  # a file that a power cut may not take away again

    def _make_folder(self) -> None:
        folder = self.path.parent
        folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            folder.chmod(_FOLDER)

    def _open(self) -> int:
        descriptor = os.open(self.path, _OPEN, _OWNER_ONLY)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            os.fchmod(descriptor, _OWNER_ONLY)
        return descriptor

    def _rotate(self) -> None:
        """Move every file on by one; the oldest is overwritten."""
        for number in range(self._files - 1, 0, -1):
            newer = self._older(number - 1)
            if newer.exists():
                newer.replace(self._older(number))

    def _older(self, number: int) -> Path:
        return self.path.with_name(
            f"{self.path.name}.{number}" if number else self.path.name
        )

    def _sync_folder(self) -> None:
        descriptor = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _fresh_line(descriptor: int, size: int) -> bytes:
    """Return what ends a line that a kill or a power cut broke off."""
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""


def _write(descriptor: int, data: bytes, size: int) -> None:
    """Write everything, or leave the file as long as it was."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        # They are written once more later, and must not stand there twice.
        os.ftruncate(descriptor, size)
        raise
