"""What tells that a file has changed, without reading it."""

from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[Path, int | None, int | None, int | None]


def stamp_of(file: Path) -> Stamp:
    """Return the file's times and inode: another content, owner or mode is a change."""
    try:
        status = file.stat()
    except OSError:
        return file, None, None, None
    return file, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
