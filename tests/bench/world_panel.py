"""A panel as large as the world: 65,000 cells x 420 months, 390,000 incidents and all else that layers need."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from layers._panel import Incidents, Near, Panel, Reported, Shares, SiteShares, Stocks

CELLS, MONTHS, INCIDENTS, OTHERS = 65_000, 420, 390_000, 40_000
FIGURES, ROUNDS = 60_000, 40
FIRST_MONTH = np.datetime64("1989-01", "M")
KINDS = np.array(["state_based", "non_state", "one_sided"], object)
# How precise places and days are: UCDP GED in the Central African Republic, 1991 to 2022.
SUPPORTS = {"exact": 0.66, "near": 0.20, "adm2": 0.08, "adm1": 0.06}
BLOCKS = {"near": (2, 2), "adm2": (2, 2), "adm1": (5, 6)}
SEVERAL_DAYS = 0.26
GRAINS = 2**26
SIDE_M, REACH_M = 55_600.0, 200_000.0
FAMILIES = ("incidents", "other_incidents", "other_counts", "displacement", "sites", "population")

Ints = NDArray[np.int64]


class Land(NamedTuple):
    """Cells of 0.5 degree that are land: row from the south, column from the west, and a table of their numbers."""

    row: Ints
    column: Ints
    number: Ints


class Groups(NamedTuple):
    """Blocks of cells that areas are made of: of each cell its block, and the cells of each block."""

    of: Ints
    start: Ints
    size: Ints
    members: Ints


def world_panel() -> Panel:
    """Return the panel, alike each time."""
    rng = np.random.default_rng(4)
    land = _land(rng)
    persons = np.round(rng.lognormal(9, 2, CELLS))
    hot = _hot(rng, land)
    incidents, first = _incidents(rng)
    shares = _shares(rng, land, persons, hot, first)
    exact = np.flatnonzero(np.bincount(shares.record, minlength=len(first)) == 1)
    near, shape = _near(land), (CELLS, MONTHS)
    gids = np.array([f"{gid:06d}" for gid in land.row * 720 + land.column + 1], object)
    return Panel(
        unit="cell",
        ids=gids,
        names=gids,
        iso3=_countries(rng, land),
        area_km2=3090 * np.cos(np.radians(land.row / 2 - 89.75)),
        persons=persons,
        periods=np.arange(FIRST_MONTH, FIRST_MONTH + MONTHS),
        incidents=incidents,
        shares=shares,
        site_shares=_site_shares(rng, shares, exact),
        n_sites=rng.poisson(20, CELLS),
        stocks=_stocks(rng, hot),
        reported=Reported(*(np.array([], kind) for kind in (object, object, np.int64, np.int64, float))),
        exposed=_exposed(rng, shares, exact, persons),
        neighbours=_touching(near),
        near=near,
        covered={family: np.ones(shape, bool) for family in FAMILIES},
    )


def _land(rng: np.random.Generator) -> Land:
    """Smoothed noise above that height which leaves as many cells as there are on land; rows 68 to 324 of 360."""
    height = ndimage.gaussian_filter(rng.standard_normal((256, 720)), 12, mode=("nearest", "wrap"))
    row, column = np.divmod(np.sort(np.argsort(height.ravel())[-CELLS:]), 720)
    number = np.full((360, 720), -1)
    number[row + 68, column] = np.arange(CELLS)
    return Land(row + 68, column, number)


def _countries(rng: np.random.Generator, land: Land) -> NDArray[np.object_]:
    """The nearest of 180 capitals, in cells."""
    seat = rng.choice(CELLS, 180, replace=False)
    far = (land.row[:, None] - land.row[seat]) ** 2 + (land.column[:, None] - land.column[seat]) ** 2
    names = np.array([f"X{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(180)], object)
    return names[np.argmin(far, axis=1)]


def _hot(rng: np.random.Generator, land: Land) -> Ints:
    """Where it happens, once per incident: in a quarter of the land, and there most of it in few cells."""
    unrest = ndimage.gaussian_filter(rng.standard_normal((360, 720)), 8, mode=("nearest", "wrap"))
    restless = np.argsort(unrest[land.row, land.column])[-CELLS // 4 :]
    weight = np.zeros(CELLS)
    weight[rng.choice(restless, 9_000, replace=False)] = rng.pareto(1.1, 9_000) + 0.05
    return rng.choice(CELLS, INCIDENTS + OTHERS, p=weight / weight.sum())


def _incidents(rng: np.random.Generator) -> tuple[Incidents, Ints]:
    """Return the incidents in order of id, and each one's first day, counted from the first of the first month."""
    total, last_day = INCIDENTS + OTHERS, int(MONTHS * 30.4)
    first = (last_day * rng.beta(2.2, 1, total)).astype(np.int64)
    best = np.floor(rng.pareto(1.3, total))
    found = Incidents(
        id=np.array([f"ucdp_ged:{n:07d}" for n in range(total)], object),
        source=np.repeat(np.array(["ucdp_ged", "acled"], object), (INCIDENTS, OTHERS)),
        kind=KINDS[rng.choice(3, total, p=(0.6, 0.15, 0.25))],
        date=FIRST_MONTH.astype("datetime64[D]") + first,
        deaths_civilians=best,
        deaths_civilians_low=np.floor(best * rng.uniform(0.5, 1, total)),
        deaths_civilians_high=np.ceil(best * rng.uniform(1, 2, total)),
        provider_rank=np.repeat([0, 1], (INCIDENTS, OTHERS)),
    )
    return found, first


def _groups(land: Land, block: tuple[int, int], shift: int) -> Groups:
    rows, columns = block
    _, of = np.unique((land.row + shift) // rows * 720 + (land.column + shift) // columns, return_inverse=True)
    size = np.bincount(of)
    return Groups(of, np.cumsum(size) - size, size, np.argsort(of, kind="stable"))


def _shares(rng: np.random.Generator, land: Land, persons: NDArray, hot: Ints, first: Ints) -> Shares:
    support = rng.choice(len(SUPPORTS), len(hot), p=list(SUPPORTS.values()))
    record, unit = [np.flatnonzero(support == 0)], [hot[support == 0]]
    for place, (name, block) in enumerate(BLOCKS.items(), 1):
        groups, mine = _groups(land, block, int(name == "near")), np.flatnonzero(support == place)
        size = groups.size[groups.of[hot[mine]]]
        step = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        record.append(np.repeat(mine, size))
        unit.append(groups.members[np.repeat(groups.start[groups.of[hot[mine]]], size) + step])
    where = np.concatenate(record), np.concatenate(unit)
    months, days = _months(rng, first)
    part = np.flatnonzero(days[where[0]].ravel() > 0)
    which, month = np.divmod(part, days.shape[1])
    who = where[0][which]
    weight = (persons[where[1]] + 1)[which] * days[who, month]
    share = _summing_to_one(who, weight)
    kept = share > 0
    period = months[who] + month
    return Shares(who[kept], where[1][which][kept], period[kept], share[kept], np.full(kept.sum(), "", object))


def _months(rng: np.random.Generator, first: Ints) -> tuple[Ints, Ints]:
    """Return the first month of each incident, and its days in that and the following months."""
    length = np.where(rng.random(len(first)) < SEVERAL_DAYS, np.minimum(1 + rng.pareto(0.9, len(first)), 180), 1)
    last = np.minimum(first + length.astype(np.int64) - 1, int(MONTHS * 30.4) - 1)
    month = np.arange(8)[None, :] + (first // 30.4).astype(np.int64)[:, None]
    overlap = np.minimum(last[:, None] + 1, np.ceil((month + 1) * 30.4)) - np.maximum(
        first[:, None], np.ceil(month * 30.4)
    )
    return month[:, 0], np.maximum(np.where(month < MONTHS, overlap, 0), 0).astype(np.int64)


def _summing_to_one(record: Ints, weight: NDArray) -> NDArray:
    """Return whole grains for each part, in proportion to its weight; what is left goes to the record's first part."""
    total = np.bincount(record, weight)
    grains = np.floor(weight / total[record] * GRAINS).astype(np.int64)
    first = np.unique(record, return_index=True)[1]
    grains[first] += GRAINS - np.bincount(record, grains).astype(np.int64)[record[first]]
    return grains / GRAINS


def _site_shares(rng: np.random.Generator, shares: Shares, exact: Ints) -> SiteShares:
    """One in three exact incidents is near a clinic or a school of its cell."""
    at = np.flatnonzero(np.isin(shares.record, exact[exact < INCIDENTS]) & (rng.random(len(shares.record)) < 1 / 3))
    kind = np.array(["health", "education"], object)[rng.integers(0, 2, len(at))]
    number = 1.0 + rng.poisson(1, len(at))
    return SiteShares(shares.record[at], shares.unit[at], shares.period[at], number, kind, np.ones(len(at)))


def _stocks(rng: np.random.Generator, hot: Ints) -> Stocks:
    """Areas of three cells each, reported in every round of their operation."""
    areas = FIGURES // ROUNDS
    unit = np.repeat(rng.choice(np.unique(hot), (areas, 3)), ROUNDS, axis=0).ravel()
    each = np.tile(np.repeat(np.arange(ROUNDS), 3), areas)
    area = np.repeat(np.arange(areas), 3 * ROUNDS)
    operation = np.array([f"Tracking {n}|BA" for n in range(30)], object)[area % 30]
    day = (FIRST_MONTH + MONTHS - 1 - 3 * (ROUNDS - 1 - each)).astype("datetime64[D]") + area % 28
    return Stocks(
        id=np.array([f"iom_dtm:{n:07d}" for n in area * ROUNDS + each], object),
        source=np.full(len(unit), "iom_dtm", object),
        day=day,
        unit=unit,
        persons=np.repeat(np.round(rng.lognormal(7, 1.5, areas * ROUNDS)), 3),
        share=np.tile([0.5, 0.375, 0.125], areas * ROUNDS),
        round_key=np.array([f"{name}|{n}" for name, n in zip(operation, each, strict=True)], object),
        series=np.array([f"{name}|A{n:05d}" for name, n in zip(operation, area, strict=True)], object),
    )


def _exposed(rng: np.random.Generator, shares: Shares, exact: Ints, persons: NDArray) -> NDArray:
    """A part of the residents, in the year after each exact incident; where nothing is written costs no memory."""
    found = np.zeros((CELLS, MONTHS, 3))
    at = np.flatnonzero(np.isin(shares.record, exact))
    some = rng.uniform(0.05, 0.9, len(at)) * persons[shares.unit[at]]
    for after in range(12):
        month = np.minimum(shares.period[at] + after, MONTHS - 1)
        found[shares.unit[at], month] = some[:, None] * (1, 0.8, 1.2)
    return found


def _near(land: Land) -> Near:
    """Return the cells within 200 km of each other, by the distance between their edges on a sphere."""
    columns = []
    for north in range(-4, 5):
        for east in range(-14, 15):
            row, column = land.row + north, (land.column + east) % 720
            other = land.number[np.clip(row, 0, 359), column]
            poleward = np.abs(np.minimum(np.abs(land.row - 179.5), np.abs(row - 179.5))) / 2
            wide_m = SIDE_M * max(abs(east) - 1, 0) * np.cos(np.radians(poleward))
            dist_m = np.hypot(SIDE_M * max(abs(north) - 1, 0), wide_m)
            there = np.flatnonzero((other >= 0) & (dist_m <= REACH_M) & ((north, east) != (0, 0)))
            columns.append((there, other[there], dist_m[there]))
    unit, other, dist_m = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((other, unit))
    return Near(unit[order], other[order], dist_m[order])


def _touching(near: Near) -> sparse.csr_array:
    at = near.dist_m == 0
    return sparse.csr_array((np.ones(at.sum()), (near.unit[at], near.other[at])), (CELLS, CELLS))
