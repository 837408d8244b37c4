"""Where everything of one installation lies: a folder with snapshots, editions and the pointer to the current one."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """The folders of one installation; nothing is created by looking."""

    root: Path

    @property
    def snapshots(self) -> Path:
        """Raw files as received, one folder per source."""
        return self.root / "snapshots"

    @property
    def editions(self) -> Path:
        """Finished builds, one folder per edition id."""
        return self.root / "editions"

    @property
    def replays(self) -> Path:
        """Editions as known on past days, built to be compared; none of them is ever current."""
        return self.root / "replays"

    @property
    def pointer(self) -> Path:
        """The file that names the current edition."""
        return self.root / "CURRENT.json"


def write_atomically(path: Path, document: object) -> None:
    """Write a JSON document so that a reader sees the old or the new one, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w") as file:
        json.dump(document, file, indent=1, sort_keys=True, default=str, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Return a file's sha256 as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
