"""What the sources of protected sites have in common: one frame, one set of rules, one account."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from data_pipelines._source import Parsed
from data_pipelines.readers.fields import Positions
from data_pipelines.readers.rows import Rows, Rule, sift


class Sites(NamedTuple):
    """One entry per row of a file: the provider's id, kind, name (missing where unknown) and degrees (NaN if none)."""

    native_id: pd.Series
    kind: pd.Series
    name: pd.Series
    longitude: np.ndarray
    latitude: np.ndarray


def note_on_places(what: str, places: Positions) -> list[str]:
    """Return a sentence on how many sites are kept without a place; none where all have one."""
    absent = int((np.isnan(places.longitude) & ~places.bad).sum())
    return (
        [f"{absent:,} of {len(places.bad):,} {what} have no coordinates and are kept without a place."]
        if absent
        else []
    )


def parsed_sites(
    source: str,
    series: str,
    rows: Rows,
    sites: Sites,
    rules: Sequence[Rule],
    notes: Sequence[str] = (),
    copies: np.ndarray | None = None,
    superseded: np.ndarray | None = None,
) -> Parsed:
    """Return what a file of sites holds.

    Parameters
    ----------
    source, series
        Ids.
    rows, sites
        The records as read, and what they say of sites, one for one.
    rules
        The source's own; that every site has an id and a kind, and no two the same id, is added.
    notes
        Sentences for the manifest.
    copies
        Mask of the rows that repeat an earlier one; by default those that say the same of a site as an earlier one.
    superseded
        Mask of further rows that another row of the file stands for.
    """
    frame = pd.DataFrame(
        {
            "site_id": source + ":" + sites.native_id,
            "source": pd.Series(source, index=sites.native_id.index, dtype="str"),
            "native_id": sites.native_id,
            "kind": sites.kind,
            "name": sites.name,
            "longitude": sites.longitude,
            "latitude": sites.latitude,
        }
    )
    again = frame.duplicated().to_numpy() if copies is None else copies
    again = again if superseded is None else again | superseded
    own: list[Rule] = [
        ("native_id", "it has no id of its provider", frame["native_id"].isna()),
        ("kind", "nothing in it tells a kind of protected site", frame["kind"].isna()),
        ("duplicate", "another site of the file has its id", frame["site_id"].duplicated() & ~again),
    ]
    keep, bad = sift(rows, [*rules, *own])
    return Parsed(
        series=series,
        rows_in=rows.rows_in,
        frames={"sites": frame[keep & ~again].reset_index(drop=True)},
        rejects=[*rows.rejects, *bad],
        repeated=int((keep & again).sum()),
        notes=tuple(notes),
    )
