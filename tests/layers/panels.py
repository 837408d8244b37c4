"""Small panels made in code, by hand and at random."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from layers._layer import layers
from layers._panel import Incidents, Near, Panel, Reported, Shares, SiteShares, Stocks

FAMILIES = ("incidents", "other_incidents", "other_counts", "displacement", "sites", "population")
KINDS = ("state_based", "non_state", "one_sided", "attack_on_health")
FIRST_MONTH = np.datetime64("2020-01", "M")
GRAIN = 2**30
OURS = (
    "incident_intensity",
    "civilian_harm",
    "displacement_arrivals",
    "displacement_pressure",
    "site_threat",
    "population_exposure",
    "priority",
    "source_agreement",
    "clusters",
    "change",
    "spillover",
    "hot_spots",
    "emerging_hot_spots",
)


@dataclass(frozen=True)
class Record:
    """One invented incident; `parts` are (unit, month, share), `near` are (unit, month, site kind, expected sites)."""

    parts: tuple = ()
    kind: str = "state_based"
    deaths: float = 0.0
    deaths_low: float = np.nan
    deaths_high: float = np.nan
    near: tuple = ()
    near_chance: float = 1.0
    provider_rank: int = 0


@dataclass(frozen=True)
class Figure:
    """One invented displacement figure."""

    unit: int
    day: str
    persons: float
    share: float = 1.0
    round_key: str = "Tracking|BA|1"
    area: str = "XDM01"


@dataclass(frozen=True)
class World:
    """What a panel is made from."""

    units: int = 1
    months: int = 24
    records: tuple = ()
    figures: tuple = ()
    counts: tuple = ()
    area_km2: tuple = ()
    persons: tuple = ()
    n_sites: tuple = ()
    exposed: object = None
    uncovered: dict = field(default_factory=dict)


def panel(world: World) -> Panel:
    """Return the panel of a world; unless told otherwise units have 1,000 km2, 100,000 persons, and all is covered."""
    shape = (world.units, world.months)
    ids = np.array([f"XDM{n:02d}" for n in range(world.units)], object)
    covered = {family: np.ones(shape, bool) for family in FAMILIES}
    for family, (units, months) in world.uncovered.items():
        covered[family][units, months] = False
    return Panel(
        unit="adm2",
        ids=ids,
        names=ids,
        iso3=np.array(["XDM"] * (world.units - world.units // 3) + ["XDN"] * (world.units // 3), object),
        area_km2=np.array(world.area_km2 or (1000.0,) * world.units),
        persons=np.array(world.persons or (100_000.0,) * world.units),
        periods=np.arange(FIRST_MONTH, FIRST_MONTH + world.months),
        incidents=_incidents(world.records),
        shares=_shares([(n, u, m, "", s) for n, r in enumerate(world.records) for u, m, s in r.parts]),
        site_shares=_site_shares(world.records),
        n_sites=np.array(world.n_sites or (20,) * world.units),
        stocks=_stocks(world.figures),
        reported=_reported(world.counts),
        exposed=np.zeros((*shape, 3)) if world.exposed is None else world.exposed,
        neighbours=_neighbours(world.units),
        near=_near(world.units),
        covered=covered,
    )


def _neighbours(units: int) -> sparse.csr_array:
    """Units stand in a row, each touching the next."""
    apart = np.abs(np.subtract.outer(np.arange(units), np.arange(units)))
    return sparse.csr_array((apart == 1).astype(float))


def _near(units: int) -> Near:
    """Units are 40 km wide, so that the last but one is 40 km away."""
    unit, other = np.nonzero(~np.eye(units, dtype=bool))
    dist_m = 40_000.0 * (np.abs(unit - other) - 1)
    keep = dist_m <= 200_000
    return Near(unit[keep], other[keep], dist_m[keep])


def _incidents(records) -> Incidents:
    first = [min((m for _, m, *_ in (*r.parts, *r.near)), default=0) for r in records]
    return Incidents(
        id=np.array([f"invented:{n:03d}" for n in range(len(records))], object),
        source=np.array(["invented"] * len(records), object),
        kind=np.array([r.kind for r in records], object),
        date=(FIRST_MONTH + np.array(first, int)).astype("datetime64[D]"),
        deaths_civilians=np.array([r.deaths for r in records], float),
        deaths_civilians_low=np.array([r.deaths_low for r in records], float),
        deaths_civilians_high=np.array([r.deaths_high for r in records], float),
        provider_rank=np.array([r.provider_rank for r in records], np.int64),
    )


def _shares(rows) -> Shares:
    record, unit, period, kind, share = zip(*rows, strict=True) if rows else ((),) * 5
    return Shares(
        record=np.array(record, np.int64),
        unit=np.array(unit, np.int64),
        period=np.array(period, np.int64),
        share=np.array(share, float),
        kind=np.array(kind, object),
    )


def _site_shares(records) -> SiteShares:
    of = _shares([(n, u, m, k, s) for n, r in enumerate(records) for u, m, k, s in r.near])
    return SiteShares(**vars(of), chance=np.array([records[n].near_chance for n in of.record], float))


def _stocks(figures) -> Stocks:
    return Stocks(
        id=np.array([f"figure:{n:03d}" for n in range(len(figures))], object),
        source=np.array(["invented"] * len(figures), object),
        day=np.array([f.day for f in figures], "datetime64[D]"),
        unit=np.array([f.unit for f in figures], np.int64),
        persons=np.array([f.persons for f in figures], float),
        share=np.array([f.share for f in figures], float),
        round_key=np.array([f.round_key for f in figures], object),
        series=np.array([f"{f.round_key.rpartition('|')[0]}|{f.area}" for f in figures], object),
    )


def _reported(counts) -> Reported:
    unit, period, events = zip(*counts, strict=True) if counts else ((),) * 3
    return Reported(
        id=np.array([f"count:{n:03d}" for n in range(len(counts))], object),
        source=np.array(["counting"] * len(counts), object),
        unit=np.array(unit, np.int64),
        period=np.array(period, np.int64),
        events=np.array(events, float),
    )


def shuffled(of: Panel, seed: int) -> Panel:
    """Return the same panel with its shares, site shares and figures in another order."""
    rng = np.random.default_rng(seed)

    def mixed(columns):
        order = rng.permutation(len(columns.unit))
        return replace(columns, **{name: column[order] for name, column in vars(columns).items()})

    names = ("shares", "site_shares", "stocks", "reported")
    return replace(of, **{name: mixed(getattr(of, name)) for name in names})


def renumbered(of: Panel, seed: int) -> Panel:
    """Return the same panel with its incidents in another order, which shares point into."""
    order = np.random.default_rng(seed).permutation(len(of.incidents.id))
    incidents = replace(of.incidents, **{name: column[order] for name, column in vars(of.incidents).items()})
    place = np.argsort(order)
    shares, site_shares = (replace(each, record=place[each.record]) for each in (of.shares, of.site_shares))
    return replace(of, incidents=incidents, shares=shares, site_shares=site_shares)


def measured(of: Panel, overrides: dict | None = None, names: Iterable[str] = OURS) -> dict:
    """Return the Values of our layers, or of some, by id."""
    found: dict = {}
    for name in names:
        found[name] = layers()[name].compute(of, layers()[name].params((overrides or {}).get(name)), found)
    return found


def explained(of: Panel, name: str, unit: int, period: int, inputs: dict | None = None) -> list:
    """Return the rows behind one value."""
    return layers()[name].explain(of, layers()[name].params(), inputs or {}, unit, period)


@st.composite
def parted(draw, units, months):
    """Draw the parts of one record: one to all units, one to four months in a row, exact parts of 1."""
    where = draw(st.lists(st.integers(0, units - 1), min_size=1, unique=True))
    first = draw(st.integers(0, months - 1))
    when = range(first, min(first + draw(st.integers(1, 4)), months))
    cells = [(u, m) for u in where for m in when]
    weights = draw(st.lists(st.integers(1, 1000), min_size=len(cells), max_size=len(cells)))
    grains = [weight * GRAIN // sum(weights) for weight in weights]
    grains[0] += GRAIN - sum(grains)
    return tuple((u, m, grain / GRAIN) for (u, m), grain in zip(cells, grains, strict=True))


@st.composite
def records(draw, units, months):
    """Draw one incident, with deaths that may be unknown and sites that may be near."""
    low, best, high = sorted(draw(st.lists(st.integers(0, 300), min_size=3, max_size=3)))
    known = draw(st.booleans())
    near = draw(
        st.lists(
            st.tuples(
                st.integers(0, units - 1),
                st.integers(0, months - 1),
                st.sampled_from(("health", "worship")),
                st.sampled_from((0.125, 0.7, 1.0, 3.0)),
            ),
            max_size=3,
            unique_by=lambda row: row[:3],
        )
    )
    return Record(
        parts=draw(parted(units, months)),
        kind=draw(st.sampled_from(KINDS)),
        deaths=float(best) if known else np.nan,
        deaths_low=float(low) if known else np.nan,
        deaths_high=float(high) if draw(st.booleans()) else np.nan,
        near=tuple(near),
        near_chance=draw(st.sampled_from((0.25, 1.0))),
        provider_rank=draw(st.integers(0, 1)),
    )


@st.composite
def figures(draw, units):
    """Draw one displacement figure."""
    operation = draw(st.sampled_from(("Tracking|BA", "Tracking|SA", "Flood|BA")))
    month = draw(st.sampled_from((-2, 1, 2, 12, 25)))
    day = (FIRST_MONTH + month).astype("datetime64[D]") + draw(st.integers(0, 27))
    return Figure(
        unit=draw(st.integers(0, units - 1)),
        day=str(day),
        persons=float(draw(st.integers(0, 90_000))),
        share=draw(st.sampled_from((1.0, 0.5, 0.125))),
        round_key=f"{operation}|{month}",
        area=draw(st.sampled_from(("XDM01", "XDM02"))),
    )


@st.composite
def worlds(draw):
    """Draw a world with gaps in what is covered and known."""
    units, months = draw(st.integers(1, 3)), draw(st.integers(1, 26))
    exposed = np.sort(
        np.array(draw(st.lists(st.integers(0, 120_000), min_size=3 * units * months, max_size=3 * units * months)))
        .reshape(units, months, 3)
        .astype(float)
    )[:, :, [1, 0, 2]]
    gap = (slice(0, draw(st.integers(0, units))), slice(0, draw(st.integers(0, months))))
    return World(
        units=units,
        months=months,
        records=tuple(draw(st.lists(records(units, months), max_size=6))),
        figures=tuple(draw(st.lists(figures(units), max_size=6))),
        area_km2=tuple(draw(st.lists(st.floats(0.1, 50_000), min_size=units, max_size=units))),
        persons=tuple(draw(st.lists(st.sampled_from((np.nan, 0.0, 40.0, 250_000.0)), min_size=units, max_size=units))),
        counts=tuple(
            draw(
                st.lists(
                    st.tuples(st.integers(0, units - 1), st.integers(0, months - 1), st.integers(1, 30)), max_size=4
                )
            )
        ),
        exposed=exposed,
        uncovered={draw(st.sampled_from(FAMILIES)): gap},
    )
