"""Snapshots: raw files as received, with a receipt, never changed and never overwritten."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from data_pipelines._source import Parsed, Raw, source
from data_pipelines.sandbox import parse_all
from data_pipelines.workspace import Workspace, sha256_of, sync_folder, write_atomically
from geo.errors import FileRefused, UsageError

ISO3 = re.compile(r"[A-Z]{3}")
MOST_QUARANTINED = 0.01
SYNTHETIC = "XDM"
"""The demo country, which is invented; no edition holds it together with a real one."""


@dataclass(frozen=True)
class Receipt:
    """What is known of one raw file: where it is from, its hash, when it was known, and what it was found to hold."""

    snapshot: str
    source: str
    series: str
    file: str
    sha256: str
    bytes: int
    known_at: str
    received_at: str
    iso3: str | None
    licence: str
    rows_in: int
    quarantined: int
    notes: tuple[str, ...] = ()
    url: str = ""


def add(
    workspace: Workspace, source_id: str, path: Path, iso3: str | None, known_at: date | None, *, url: str = ""
) -> Receipt:
    """Take a file as a snapshot of a source; the same file added twice is one snapshot.

    Parameters
    ----------
    workspace, source_id
        Where to, and whose it is.
    path
        The file; it is copied.
    iso3
        The one country it is about, where somebody says so.
    known_at
        The day it was known.
    url
        Where it was fetched from, without any key; empty for a local file.

    Raises
    ------
    UsageError
        Unknown source, missing file, a country code that is not ISO alpha-3, or another than the file was added for.
    FileRefused
        The file is not what the source expects, or more than 1 % of its rows break the contract.
    """
    chosen = source(source_id)
    if not path.is_file():
        raise UsageError(f"There is no file {path}; give the path of a file from {chosen.provider}.")
    if iso3 is not None and not ISO3.fullmatch(iso3):
        raise UsageError(f"'{iso3}' is not an ISO 3166 alpha-3 code; use three capitals, such as SDN.")
    _refuse_mixture(workspace, iso3)
    today = datetime.now(UTC)
    day = known_at or today.date()
    if day > today.date():
        raise UsageError(f"{path.name} cannot be known at {day}, which is in the future; give the day it was known.")
    digest = sha256_of(path)
    snapshot = f"{source_id}/{day}_{digest[:12]}"
    (parsed,) = parse_all([(source_id, Raw(path, snapshot, iso3, day))], workers=1)
    refuse_broken(path.name, parsed)
    receipt = Receipt(
        snapshot=snapshot,
        source=source_id,
        series=parsed.series,
        file=re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[-120:],
        sha256=digest,
        bytes=path.stat().st_size,
        known_at=day.isoformat(),
        received_at=today.isoformat(timespec="microseconds"),
        iso3=iso3,
        licence=chosen.licence,
        rows_in=parsed.rows_in,
        quarantined=len(parsed.rejects),
        notes=parsed.notes,
        url=url,
    )
    return _keep(workspace, path, receipt)


def _refuse_mixture(workspace: Workspace, iso3: str | None) -> None:
    held = {r.iso3 for r in _receipts(workspace)} - {None}
    if iso3 and held and (iso3 == SYNTHETIC) != (SYNTHETIC in held):
        raise UsageError(
            f"{workspace.root} holds {', '.join(sorted(map(str, held)))}, and the invented country {SYNTHETIC} is kept "
            f"apart from real ones; give {iso3} a workspace of its own with --workspace."
        )


def refuse_broken(name: str, parsed: Parsed) -> None:
    """Refuse a file of which more than 1 % of the rows break the contract, or that holds none at all."""
    broken = len(parsed.rejects)
    if parsed.rows_in == 0:
        raise FileRefused(f"{name} holds no rows; check that the whole file was received and get it again.")
    if broken > MOST_QUARANTINED * parsed.rows_in:
        first = parsed.rejects[0]
        raise FileRefused(
            f"{name}: {broken:,} of {parsed.rows_in:,} rows break the contract (more than 1 %), the first at line "
            f"{first.line}: {first.reason}; mend or get the file again."
        )


def _keep(workspace: Workspace, path: Path, receipt: Receipt) -> Receipt:
    folder = workspace.snapshots / receipt.snapshot
    if (folder / "receipt.json").exists():
        kept = read(folder)
        if kept.iso3 != receipt.iso3:
            raise UsageError(
                f"{path.name} was added for {kept.iso3 or 'no one country'}; delete {folder} to add it for "
                f"{receipt.iso3 or 'no one country'}."
            )
        return kept
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".receiving-") as temporary:
        inner = Path(temporary) / "snapshot"
        inner.mkdir()
        shutil.copyfile(path, inner / receipt.file)
        if sha256_of(inner / receipt.file) != receipt.sha256:
            raise FileRefused(f"{path.name} changed while it was read; try again when nothing writes to it.")
        (inner / receipt.file).chmod(0o444)
        write_atomically(inner / "receipt.json", asdict(receipt))
        inner.rename(folder)
    sync_folder(folder.parent)
    return receipt


def read(folder: Path) -> Receipt:
    """Return the receipt of a snapshot's folder."""
    try:
        document: dict[str, Any] = json.loads((folder / "receipt.json").read_text())
        return Receipt(**{**document, "notes": tuple(document["notes"])})
    except (ValueError, TypeError, KeyError):
        raise FileRefused(f"The receipt in {folder} is damaged; delete that folder and add its file again.") from None


def _receipts(workspace: Workspace) -> Iterator[Receipt]:
    return (read(path.parent) for path in workspace.snapshots.glob("*/*/receipt.json"))


def newest(workspace: Workspace, as_known_on: date) -> list[Receipt]:
    """Return the snapshots a build reads: of each series the newest known on a day, oldest first.

    The order does not depend on the order of receipt, but where one series came twice for the same day.
    """
    found = sorted(_receipts(workspace), key=lambda r: (r.known_at, r.received_at, r.snapshot))
    series = {(r.source, r.series): r for r in found if r.known_at <= as_known_on.isoformat()}
    return sorted(series.values(), key=lambda r: (r.known_at, r.snapshot))


def file_of(workspace: Workspace, receipt: Receipt) -> Path:
    """Return the raw file of a snapshot, once it has been seen to be the one that was received."""
    path = workspace.snapshots / receipt.snapshot / receipt.file
    if not path.is_file() or sha256_of(path) != receipt.sha256:
        raise FileRefused(
            f"{path} is not the file that was received; delete its folder and add the file again from its provider."
        )
    return path
