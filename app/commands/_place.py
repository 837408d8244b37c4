"""The file that a command is told to write: refused before any work is done, and written whole or not at all."""

import os
from pathlib import Path

from geo.errors import UsageError


def check_place(path: Path) -> None:
    """Refuse a place where no file can be written, before any work is done for it."""
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}; make it first or choose another place.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file that could be replaced; name another.")


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
