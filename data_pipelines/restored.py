"""Files that a provider gives out again in place of newer ones: what it took back is read no more.

Who restores a file restores its date with it, and by that date builds would go on reading the one that was taken back.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from data_pipelines.snapshot import Receipt, file_of, newest, records, write
from data_pipelines.workspace import Workspace


def follow(workspace: Workspace, held: Iterable[Receipt], given: Container[str]) -> Mapping[str, Receipt]:
    """Keep files as known from now on that a provider restored in a run in which nothing failed.

    Parameters
    ----------
    workspace
        Where the snapshots are.
    held
        Those of which the provider gave out the very files again. What is older than the newest and comes for the first
        time may be a stale copy, and is no file that was restored until it comes again.
    given
        The sha256 of all files of the run. A newer one of a series that is among them was not taken back: some
        providers list the file of the year before as well.

    Returns
    -------
    Mapping
        Snapshot -> receipt of the new snapshot of the same file, which has a note; empty where none was restored.

    Raises
    ------
    FileRefused
        A snapshot's file is not the one that was received.
    """
    read = {(each.source, each.series): each for each in newest(workspace, datetime.now(UTC).date())}
    newer = {each.snapshot: (each, read[each.source, each.series]) for each in held}
    return {
        name: _keep_again(workspace, each, last) for name, (each, last) in newer.items() if last.sha256 not in given
    }


def _keep_again(workspace: Workspace, receipt: Receipt, taken_back: Receipt) -> Receipt:
    """Keep a snapshot's file once more; what was known before today does not change."""
    now = datetime.now(UTC)
    time, digest = now.isoformat(timespec="microseconds"), receipt.sha256[:12]
    name = f"{receipt.source}/{now:%Y-%m-%d}_{digest}"
    if (workspace.snapshots / name).exists():
        name = f"{receipt.source}/{now:%Y-%m-%dT%H%M%S.%f}_{digest}"
    again = replace(
        receipt,
        snapshot=name,
        known_at=now.date().isoformat(),
        known_time=time,
        received_at=time,
        notes=(*receipt.notes, f"Its provider gives it out in place of {taken_back.snapshot}, which it took back."),
    )
    write(workspace, file_of(workspace, receipt), again, records(workspace, receipt))
    return again
