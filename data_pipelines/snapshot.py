"""Snapshots: raw files as received, with a receipt, never changed and never overwritten."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from data_pipelines._source import Parsed, Raw, source
from data_pipelines.profiles import IDS, Ids, ids, profile
from data_pipelines.sandbox import parse_all
from data_pipelines.workspace import Workspace, sha256_of, sync_folder, write_atomically
from geo.errors import FileRefused, UsageError

ISO3 = re.compile(r"[A-Z]{3}")
MOST_QUARANTINED = 0.01
RECEIPT, RECORDS = "receipt.json", "records.npy"
SYNTHETIC = "XDM"
"""The demo country, which is invented; no edition holds it together with a real one."""


@dataclass(frozen=True)
class Receipt:
    """What is known of one raw file: where it is from, its hash, when it was known, and what it was found to hold.

    Attributes
    ----------
    known_at
        Day it was known: as given, else the file's own date, else the day of receipt.
    known_time
        Time of receipt, where that is when it was known; empty where a day was given.
    url
        Where it was fetched from, without any key; empty for a local file.
    asked
        What was asked for, as in `_source.Fetched`; empty for a local file.
    profile
        What it holds, as `profiles.Profile`; empty in receipts of Forewatch 0.2 and before.
    """

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
    known_time: str = ""
    url: str = ""
    asked: str = ""
    profile: dict[str, Any] = field(default_factory=dict)


def add(
    workspace: Workspace,
    source_id: str,
    path: Path,
    iso3: str | None,
    known_at: date | None,
    *,
    url: str = "",
    asked: str = "",
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
        The day it was known; None for the file's own date, or else the time of receipt.
    url
        Where it was fetched from, without any key; empty for a local file.
    asked
        What was asked for, as in `_source.Fetched`; empty for a local file.

    Returns
    -------
    Receipt
        Its notes also say which file is read, where several of its series were known on one day.

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
    now = datetime.now(UTC)
    if known_at is not None and known_at > now.date():
        raise UsageError(
            f"{path.name} cannot be known at {known_at}, which is in the future; give the day it was known."
        )
    digest = sha256_of(path)
    (parsed,) = parse_all([(source_id, Raw(path, "", iso3, known_at or now.date(), asked))], workers=1)
    refuse_broken(path.name, parsed)
    day, time = _known(known_at, parsed.published, now)
    receipt = Receipt(
        snapshot=f"{source_id}/{day}_{digest[:12]}",
        source=source_id,
        series=parsed.series,
        file=_file_name(path),
        sha256=digest,
        bytes=path.stat().st_size,
        known_at=day,
        received_at=now.isoformat(timespec="microseconds"),
        iso3=iso3,
        licence=chosen.licence,
        rows_in=parsed.rows_in,
        quarantined=len(parsed.rejects),
        notes=(*parsed.notes, *_not_come(parsed.published, now)),
        known_time=time,
        url=url,
        asked=asked,
        profile=asdict(profile(parsed)),
    )
    kept = _keep(workspace, path, receipt, ids(parsed))
    return replace(kept, notes=(*kept.notes, *_tie(workspace, kept)))


def _not_come(published: date | None, now: datetime) -> tuple[str, ...]:
    late = published is not None and published > now.date()
    return (f"Its own date, {published}, has not come yet, so the time of receipt stands for it.",) if late else ()


def _file_name(path: Path) -> str:
    """Return the name a file is kept under, beside its receipt and its records."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", path.name)[-120:]
    return f"raw_{name}" if name in {RECEIPT, RECORDS} else name


def _known(given: date | None, published: date | None, now: datetime) -> tuple[str, str]:
    """Return the day a file was known and, where that is when it was received, the time; a day to come is no date."""
    day = given or published
    if day is None or day > now.date():
        return now.date().isoformat(), now.isoformat(timespec="microseconds")
    return day.isoformat(), ""


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


def _keep(workspace: Workspace, path: Path, receipt: Receipt, records: Ids) -> Receipt:
    folder = workspace.snapshots / receipt.snapshot
    if (folder / RECEIPT).exists():
        kept = read(folder)
        if kept.iso3 != receipt.iso3:
            raise UsageError(
                f"{path.name} was added for {kept.iso3 or 'no one country'}; delete {folder} to add it for "
                f"{receipt.iso3 or 'no one country'}."
            )
        return kept
    write(workspace, path, receipt, records)
    return receipt


def write(workspace: Workspace, path: Path, receipt: Receipt, records: Ids) -> None:
    """Copy a file to the folder of its new snapshot, with its receipt and its records; whole, or not at all.

    Raises
    ------
    FileRefused
        It is not the file that the receipt is of.
    """
    folder = workspace.snapshots / receipt.snapshot
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".receiving-") as temporary:
        inner = Path(temporary) / "snapshot"
        inner.mkdir()
        shutil.copyfile(path, inner / receipt.file)
        if sha256_of(inner / receipt.file) != receipt.sha256:
            raise FileRefused(f"{path.name} changed while it was read; try again when nothing writes to it.")
        np.save(inner / RECORDS, records, allow_pickle=False)
        for name in (receipt.file, RECORDS):
            (inner / name).chmod(0o444)
        write_atomically(inner / RECEIPT, asdict(receipt))
        inner.rename(folder)
    sync_folder(folder.parent)


def _tie(workspace: Workspace, receipt: Receipt) -> tuple[str, ...]:
    """Say which snapshot is read of those of one series that were known on one day; nothing where there is one."""
    own = (receipt.source, receipt.series, receipt.known_at)
    tied = sorted((r for r in _receipts(workspace) if (r.source, r.series, r.known_at) == own), key=_order)
    if len(tied) < 2:
        return ()
    (*_, before, chosen), reasons = (
        tied,
        ("was received last", "reaches furthest", "has most rows", "has the greatest sha256"),
    )
    why = next(reason for reason, a, b in zip(reasons, _order(before)[1:], _order(chosen)[1:], strict=True) if a != b)
    which = f"{len(tied)} snapshots of {receipt.source} '{receipt.series}' known on {receipt.known_at}"
    folder = workspace.snapshots / chosen.snapshot
    return (f"Of the {which}, builds read {chosen.snapshot}, which {why}; delete {folder} where that is wrong.",)


def read(folder: Path) -> Receipt:
    """Return the receipt of a snapshot's folder."""
    try:
        document: dict[str, Any] = json.loads((folder / RECEIPT).read_text())
        return Receipt(**{**document, "notes": tuple(document["notes"])})
    except (ValueError, TypeError, KeyError):
        raise FileRefused(f"The receipt in {folder} is damaged; delete that folder and add its file again.") from None


def _receipts(workspace: Workspace) -> Iterator[Receipt]:
    return (read(path.parent) for path in workspace.snapshots.glob(f"*/*/{RECEIPT}"))


def _order(receipt: Receipt) -> tuple[str, str, str, int, str]:
    """Return what orders the vintages of a series: the day, then, for those received without one, the time.

    Where that is the same, the content decides and not the order of receipt: its last day, its rows, its hash.
    """
    return receipt.known_at, receipt.known_time, *_content(receipt)


def _content(receipt: Receipt) -> tuple[str, int, str]:
    return receipt.profile.get("last", ""), receipt.rows_in, receipt.sha256


def vintages(workspace: Workspace, as_known_on: date) -> list[list[Receipt]]:
    """Return the snapshots of each series known on a day, oldest first; the series by the age of their newest.

    Neither order depends on the order of receipt, but where the day a file was known is that of its receipt.
    """
    series: dict[tuple[str, str], list[Receipt]] = {}
    for receipt in sorted(_receipts(workspace), key=_order):
        if receipt.known_at <= as_known_on.isoformat():
            series.setdefault((receipt.source, receipt.series), []).append(receipt)
    return sorted(series.values(), key=lambda found: (found[-1].known_at, found[-1].source, _content(found[-1])))


def newest(workspace: Workspace, as_known_on: date) -> list[Receipt]:
    """Return the snapshots a build reads: of each series the newest known on a day, oldest first."""
    return [found[-1] for found in vintages(workspace, as_known_on)]


def records(workspace: Workspace, receipt: Receipt) -> Ids:
    """Return the records of a snapshot in its order, as `profiles.IDS`; empty where its receipt has no profile."""
    path = workspace.snapshots / receipt.snapshot / RECORDS
    if not receipt.profile:
        return np.empty(0, IDS)
    try:
        found: Ids = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise FileRefused(f"{path} is damaged; delete its folder and add its file again.") from None
    return found


def file_of(workspace: Workspace, receipt: Receipt) -> Path:
    """Return the raw file of a snapshot, once it has been seen to be the one that was received."""
    path = workspace.snapshots / receipt.snapshot / receipt.file
    if not path.is_file() or sha256_of(path) != receipt.sha256:
        raise FileRefused(
            f"{path} is not the file that was received; delete its folder and add the file again from its provider."
        )
    return path
