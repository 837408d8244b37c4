"""Files that a provider gives out again in place of newer ones: what it took back is read no more.

Who restores a file restores its date with it, and by that date builds would go on reading the one that was taken back.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from data_pipelines.snapshot import Receipt, file_of, newest, records, write
from data_pipelines.workspace import Workspace


def follow(workspace: Workspace, received: Sequence[Receipt]) -> list[Receipt]:
    """Return the snapshots of one complete run, those that were restored as known from now on.

    Parameters
    ----------
    workspace
        Where they are.
    received
        All that a provider gave out in the run. A newer file of a series that is among them was not taken back: some
        providers list the file of the year before as well.

    Returns
    -------
    list of Receipt
        One for each, in order; that of a new snapshot, with a note, where the file was restored.

    Raises
    ------
    FileRefused
        A snapshot's file is not the one that was received.
    """
    read = {(each.source, each.series): each for each in newest(workspace, datetime.now(UTC).date())}
    given = {each.sha256 for each in received}
    newer = [read[each.source, each.series] for each in received]
    return [
        each if last.sha256 in given else _keep_again(workspace, each, last)
        for each, last in zip(received, newer, strict=True)
    ]


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
