"""What a layer is computed from: the records that bear on one kind of unit, as shares over unit and month."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Incidents:
    """Incidents as columns of equal length, in order of incident_id; missing deaths are NaN.

    `provider_rank` is 0 for records that layers count, and 1 for those of another provider, which stand beside.
    """

    id: Texts
    source: Texts
    kind: Texts
    date: NDArray[np.datetime64]
    deaths_civilians: Floats
    deaths_civilians_low: Floats
    deaths_civilians_high: Floats
    provider_rank: Ints


@dataclass(frozen=True)
class Shares:
    """Parts of records over units and months, as coordinates of equal length.

    `record` points into the panel's incidents, `unit` into its units, `period` into its periods;
    `share` is in (0, 1]; for protected sites it is the number expected near the incident, and may exceed 1.
    `kind` is empty but for protected sites.
    """

    record: Ints
    unit: Ints
    period: Ints
    share: Floats
    kind: Texts


@dataclass(frozen=True)
class SiteShares(Shares):
    """Expected protected sites near incidents, by unit of the sites.

    `chance` is the same for all parts of an incident in a unit: near all it is expected to be near / chance with this
    chance, and else near none, it has the mean and the variance of the true number; 1 where its place is exact.
    """

    chance: Floats


@dataclass(frozen=True)
class Stocks:
    """Displacement figures already shared out over units, as columns of equal length.

    `day` is the day reported for; `round_key` names operation, assessment and round, and is the same for all
    figures of one round, also those of units where the round found nobody. `series` names operation, assessment and the
    area reported for: its figures in two rounds count the same people in the same place.
    """

    id: Texts
    source: Texts
    day: NDArray[np.datetime64]
    unit: Ints
    persons: Floats
    share: Floats
    round_key: Texts
    series: Texts


@dataclass(frozen=True)
class Reported:
    """Events of organised violence as another provider counted them itself, as columns of equal length.

    One entry per count, unit and month, with its events; there are none for cells, nor where that provider's incidents
    are known one by one.
    """

    id: Texts
    source: Texts
    unit: Ints
    period: Ints
    events: Floats


@dataclass(frozen=True)
class Near:
    """Ordered pairs of different units no further apart than 200 km, as columns, in order of unit and other.

    `dist_m` is the shortest distance between the two on the ellipsoid, 0 where they touch; of cells as whole squares.
    """

    unit: Ints
    other: Ints
    dist_m: Floats


@dataclass(frozen=True)
class Panel:
    """Everything a layer may know about one kind of unit.

    Attributes
    ----------
    unit
        Kind of unit: adm1, adm2 or cell.
    ids, names, iso3
        One per unit, in order of id; the country it lies in.
    area_km2, persons
        One per unit; persons is NaN where unknown.
    periods
        Months without a gap, datetime64[M].
    incidents, shares
        Incidents that lie in these units and their parts.
    site_shares
        Expected protected sites near an incident, by unit of the sites and kind of site.
    n_sites
        Protected sites per unit.
    stocks
        Displacement figures over units.
    reported
        What another provider of incidents counted in these units.
    exposed
        Units x months x (best, low, high): persons near an incident, each counted once.
    neighbours
        Units x units: 1 where two touch, in an edge or a corner; a unit is not its own neighbour.
    near
        Units near each other, also of different countries. Both are empty in the panel of one unit alone.
    covered
        Family ("incidents", "other_incidents", "other_counts", "displacement", "sites", "population") -> units x
        months, True where a source speaks.
    """

    unit: str
    ids: Texts
    names: Texts
    iso3: Texts
    area_km2: Floats
    persons: Floats
    periods: NDArray[np.datetime64]
    incidents: Incidents
    shares: Shares
    site_shares: SiteShares
    n_sites: Ints
    stocks: Stocks
    reported: Reported
    exposed: Floats
    neighbours: sparse.csr_array
    near: Near
    covered: dict[str, Bools]

    @property
    def shape(self) -> tuple[int, int]:
        """Units x months."""
        return len(self.ids), len(self.periods)
