"""What was received and could not be believed: kept to be looked at, never loaded."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from data_pipelines.fetching.keys import holds_key, scrub_bytes
from data_pipelines.workspace import sha256_of, write_atomically

MOST_KEPT, MOST_BYTES = 50, 2_000_000_000
"""Per source, the newest always: a provider that sends another broken file each night must not fill the disk."""


def keep_file(root: Path, source: str, path: Path, url: str, reason: str, keys: set[str]) -> Path:
    """Keep a refused file under `refused/` of a workspace with the reason, and return its folder; see `keep_bytes`."""
    if holds_key(path, keys):
        return keep_bytes(root, source, path.read_bytes(), path.name, url, reason, keys)
    folder = _folder(root, source, sha256_of(path))
    if not (folder / "reason.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / path.name)
        _explain(folder / path.name, source, url, reason, blanked=False)
    return folder


def keep_bytes(root: Path, source: str, content: bytes, name: str, url: str, reason: str, keys: set[str]) -> Path:
    """Keep a refused answer and return its folder; one that was kept before is not kept twice.

    Parameters
    ----------
    root
        The workspace.
    source
        Id of the source.
    content, name
        The answer, and the name of the file to keep it in. A key that the provider echoed is blanked.
    url
        Where it came from, without any key.
    reason
        One sentence.
    keys
        All keys that this run has used.
    """
    folder = _folder(root, source, hashlib.sha256(content).hexdigest())
    if not (folder / "reason.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        blanked = scrub_bytes(content, keys)
        (folder / name).write_bytes(blanked)
        _explain(folder / name, source, url, reason, blanked=blanked != content)
    return folder


def _folder(root: Path, source: str, sha256: str) -> Path:
    """Return the folder of one content: the one it already has, or one named for now."""
    kept = sorted((root / "refused" / source).glob(f"*_{sha256[:12]}"))
    return kept[0] if kept else root / "refused" / source / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}_{sha256[:12]}"


def _explain(path: Path, source: str, url: str, reason: str, *, blanked: bool) -> None:
    document = {
        "source": source,
        "url": url,
        "reason": reason,
        "received_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "file": path.name,
        "bytes": path.stat().st_size,
        "sha256": sha256_of(path),
        "key_blanked": blanked,
    }
    write_atomically(path.with_name("reason.json"), document)
    _thin_out(path.parent.parent)


def _thin_out(folder: Path) -> None:
    """Drop the oldest evidence of a source."""
    newest, *older = sorted(folder.iterdir(), reverse=True)
    held = _bytes(newest)
    for number, old in enumerate(older, start=2):
        held += _bytes(old)
        if number > MOST_KEPT or held > MOST_BYTES:
            shutil.rmtree(old)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
