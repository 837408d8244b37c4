"""One facility mapped twice: as a node, and as the outline that it lies in."""

import numpy as np
import pandas as pd
import shapely

from data_pipelines.readers.geometries import Geometries, is_area

_TYPE_TAGS = ("amenity", "healthcare", "building", "historic", "tourism", "site_class")


def names_of_one(
    shapes: Geometries, native: pd.Series, cells: pd.DataFrame, kind: pd.Series, name: pd.Series
) -> tuple[np.ndarray, pd.Series]:
    """Tell nodes that stand for the outline around them.

    They do where both are of one kind, and bear the same name, or at most one of them a name and both the same tag.

    Parameters
    ----------
    shapes, native, cells, kind, name
        Outlines in degrees, ids, tags, kinds and names of the objects, one for one.

    Returns
    -------
    tuple
        A mask of these nodes; and the names, where an outline without one has that of its node.
    """
    is_node = np.zeros(len(shapes), dtype=bool)
    outlines = np.flatnonzero(is_area(shapes))
    points = np.flatnonzero(native.str.startswith("node/").fillna(value=False).astype(bool))
    around, inside = shapely.STRtree(shapes[points]).query(shapes[outlines], predicate="contains")
    pairs = pd.DataFrame({"outline": outlines[around], "node": points[inside]})
    pairs = pairs[_are_one(pairs, cells, kind, name)]
    is_node[pairs["node"]] = True
    lent = pairs.assign(name=name.iloc[pairs["node"]].to_numpy()).dropna().drop_duplicates("outline")
    return is_node, name.fillna(lent.set_index("outline")["name"])


def _are_one(pairs: pd.DataFrame, cells: pd.DataFrame, kind: pd.Series, name: pd.Series) -> np.ndarray:
    """Return which pairs are one facility."""
    told = pd.DataFrame(
        {"kind": kind, "name": name.str.casefold(), "tag": cells[list(_TYPE_TAGS)].bfill(axis=1).iloc[:, 0]}
    )
    a, b = (told.iloc[pairs[side]].reset_index(drop=True) for side in ("outline", "node"))
    nameless = a["name"].isna() | b["name"].isna()
    same = (a["name"] == b["name"]) | (nameless & (a["tag"] == b["tag"]))
    return np.asarray((a["kind"] == b["kind"]) & same, dtype=bool)
