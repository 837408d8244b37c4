"""What the sources of boundaries have in common: which areas can be kept."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import shapely

from data_pipelines._source import Reject
from data_pipelines.readers.geometries import is_area
from data_pipelines.readers.rows import Rule, sift
from data_pipelines.readers.vector import Features


class Sifted(NamedTuple):
    """Areas of a file that can be kept, the rejected features, and how many repeat another exactly."""

    areas: pd.DataFrame
    rejects: list[Reject]
    repeated: int


def sift_areas(features: Features, areas: pd.DataFrame, code: str, own: Sequence[Rule] = ()) -> Sifted:
    """Tell areas that can be kept from those that cannot.

    Parameters
    ----------
    features
        As read.
    areas
        Rows of `areas`, one for each of them, good or not.
    code
        What the provider calls an area's id.
    own
        The source's own rules. That it is a polygon, has an id and a name, and no other area's id, is added.
    """
    copies = features.rows.frame.assign(wkb=shapely.to_wkb(features.geometries)).duplicated().to_numpy()
    rules: list[Rule] = [
        ("polygon", "it is not a polygon", ~is_area(features.geometries)),
        (code.replace("-", "").lower(), f"it has no {code}", areas["area_id"].isna()),
        ("name", "it has no name", areas["name"].isna()),
        *own,
        ("duplicate", f"another area of the file has its {code}", areas["area_id"].duplicated() & ~copies),
    ]
    keep, bad = sift(features.rows, rules)
    kept = areas[keep & ~copies].reset_index(drop=True)
    return Sifted(kept, [*features.rows.rejects, *bad], int((keep & copies).sum()))
