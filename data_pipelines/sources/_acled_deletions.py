"""ACLED's list of deleted events, without which an event that was withdrawn would stand in old files for ever."""

from data_pipelines._source import Parsed, Raw
from data_pipelines.readers.contract import take
from data_pipelines.readers.rows import Rows, refuse_all, sift, staged, twins
from data_pipelines.sources._acled_layout import DELETED, moments


def parse_deletions(source: str, raw: Raw, rows: Rows) -> Parsed:
    """Return what a file of deleted events holds; it speaks for no country's incidents.

    Raises
    ------
    FileRefused
        The file lacks columns, or none of its rows can be read.
    """
    taken = take(raw.path, rows.frame, DELETED)
    ids, days = taken.cells["id"], moments(taken.cells["deleted"])
    twin_rule, copies = twins(rows.frame, ids)
    nameless = ("id", "it has no event_id_cnty", ids.isna())
    timeless = ("deleted", "its deleted_timestamp is missing or no time", days.isna())
    fit, rejects = sift(rows, [nameless, timeless, twin_rule])
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "deleted events", rows, rejects)
    deletions = staged("deletions", {"source": source, "native_id": ids, "deleted_on": days})
    # A list of the last days only is another series, and takes the place of none that goes further back: two weekly
    # lists of one month, each of its own days, would be vintages of which the older counts no more.
    by_content = f"deletions from {days[keep].min():%Y-%m-%d}"
    return Parsed(
        series=f"ACLED {raw.asked or by_content}",
        rows_in=rows.rows_in,
        frames={"deletions": deletions[keep].reset_index(drop=True)},
        rejects=rows.rejects + rejects,
        repeated=int((fit & copies).sum()),
        notes=taken.notes,
        columns=taken.columns,
        published=days[keep].max().date(),
    )
