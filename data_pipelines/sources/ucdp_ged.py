"""UCDP Georeferenced Event Dataset: events of organised violence with at least one death.

One event has one row, whether it comes from HDX, the web explorer, the yearly release, a candidate release (some have
no header) or as GeoJSON; they differ in column names, date order and number format only.
"""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.readers import fields
from data_pipelines.readers.contract import Taken, take
from data_pipelines.readers.rows import Rows, Rule, refuse_all, sift, staged, twins
from data_pipelines.readers.text import read_rows
from data_pipelines.sources._ged_fetch import HOSTS, KEYS, fetch
from data_pipelines.sources._ged_layout import CODES, FIELDS, HEADER, KINDS, KNOWN, NAMES, SIDES, SUPPORTS, TOTALS
from data_pipelines.sources._ged_release import COUNTRY, read_release
from data_pipelines.sources._ged_totals import read_again, totals
from geo.errors import FileRefused
from geo.grids import COLUMNS as CELLS_PER_ROW

ID = "ucdp_ged"
SLACK_DEG = 0.001
"""Between latitude and longitude and the same place in geom_wkt; UCDP's own rounding stays below 0.000001."""
_ACLED = "event_id_cnty"
_WANTED = (_ACLED, *(name for names in NAMES.values() for name in names))
_MAX_DEATHS = 2_000_000_000
_NUMBERS = ("id", *CODES, *SIDES, *TOTALS, "priogrid_gid", "country_id")


def parse(raw: Raw) -> Parsed:
    """Read one file of GED events; see `data_pipelines._source.Source`.

    Events whose low, best and high do not enclose each other keep their best, get an interval that holds all three,
    and are marked repaired; the totals of low and high are those of the widened intervals.

    Raises
    ------
    FileRefused
        The file is ACLED's, lacks columns, is of another country than it was added for, or no event can be read.
    """
    with ThreadPoolExecutor(1) as beside:
        again = beside.submit(read_again, raw.path)  # it takes as long as all the rest, and another core
        rows = read_rows(raw.path, HEADER, wanted=_WANTED)
        return _parsed(raw, rows, _taken(raw.path, rows), again)


def _parsed(raw: Raw, rows: Rows, taken: Taken, again: Future[pd.DataFrame | None]) -> Parsed:
    """Return what the file holds, while it is read a second time for its totals."""
    cells = taken.cells
    numbers = {name: fields.whole(cells[name]).values for name in _NUMBERS}
    days = {name: fields.dates(cells[name], month_first=True).values for name in ("date_start", "date_end")}
    places = fields.coordinates(cells["latitude"], cells["longitude"])
    twin_rule, copies = twins(rows.frame, numbers["id"], rows.whole)
    rules = [*_number_rules(numbers), *_day_rules(days), *_place_rules(cells, numbers, places)]
    fit, rejects = sift(rows, [*rules, twin_rule])
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "events", rows, rejects)
    frame = _incidents(cells, numbers, days, places).loc[keep].reset_index(drop=True)
    release = read_release(raw, rows.frame, cells.loc[keep, COUNTRY], numbers["country_id"][keep], frame)
    return Parsed(
        series=release.series,
        rows_in=rows.rows_in,
        frames={"incidents": frame},
        rejects=rows.rejects + rejects,
        repeated=int((fit & copies).sum()),
        totals=totals(raw.path, rows, again.result(), keep),
        covers=release.covers,
        notes=(*taken.notes, *_notes(frame)),
        columns=taken.columns,
        scope="GED",
    )


def _notes(frame: pd.DataFrame) -> tuple[str, ...]:
    """Say how many intervals were widened."""
    number = int(frame["is_repaired"].sum())
    return (f"{number} events had low, best and high out of order; their interval was widened.",) if number else ()


def _taken(path: Path, rows: Rows) -> Taken:
    """Return the columns under their contract."""
    if fields.column(rows.frame, _ACLED) is not None:
        raise FileRefused(
            f"The file '{path.name}' holds ACLED events (its column {_ACLED} says so), though HDX names such "
            "files like UCDP's; get the UCDP file."
        )
    return take(path, rows.frame, FIELDS, KNOWN, rows.whole)


def _number_rules(numbers: Mapping[str, pd.Series]) -> list[Rule]:
    """Return rules for the id, the codes and the deaths."""
    codes = [
        (name, f"its {name} is not {words}", ~numbers[name].between(first, last).fillna(False))
        for name, (first, last, words) in CODES.items()
    ]
    counted = [numbers[name].between(0, _MAX_DEATHS).fillna(False) for name in (*SIDES, *TOTALS)]
    reason = "a number of deaths is missing, negative or not a whole number"
    return [
        ("id", "its id is missing or not a whole number", numbers["id"].isna()),
        *codes,
        ("deaths", reason, ~np.logical_and.reduce(counted)),
    ]


def _day_rules(days: Mapping[str, pd.Series]) -> list[Rule]:
    """Return rules for the first and last day."""
    start, end = days["date_start"], days["date_end"]
    return [
        ("date", "its date_start or date_end is missing or not a day", start.isna() | end.isna()),
        ("date_order", "it ends before it starts", end < start),
    ]


def _place_rules(cells: pd.DataFrame, numbers: Mapping[str, pd.Series], places: fields.Positions) -> list[Rule]:
    """Return rules for the position; one event of GED 23.1 has the latitude's sign lost in geom_wkt."""
    same = "POINT (" + cells["longitude"] + " " + cells["latitude"] + ")" == cells["geom_wkt"]
    drawn = fields.points(cells["geom_wkt"].mask(same.fillna(False)))  # nearly all are the same text, read already
    gid = numbers["priogrid_gid"].to_numpy(dtype=np.float64, na_value=np.nan) - 1
    centre_lat, centre_lon = gid // CELLS_PER_ROW / 2 - 89.75, gid % CELLS_PER_ROW / 2 - 179.75
    apart = [
        _apart(places.latitude, drawn.latitude, SLACK_DEG),
        _apart(places.longitude, drawn.longitude, SLACK_DEG),
        _apart(places.latitude, centre_lat, 0.25 + SLACK_DEG),
        _apart(places.longitude, centre_lon, 0.25 + SLACK_DEG),
    ]
    reason = "its latitude and longitude are not where its geom_wkt or priogrid_gid are"
    return [
        ("coordinates", "its latitude or longitude is out of range", places.bad),
        ("coordinates_disagree", reason, np.logical_or.reduce(apart)),
    ]


def _apart(a: np.ndarray, b: np.ndarray, slack_deg: float) -> np.ndarray:
    """Tell where two columns of degrees are both given and further apart than the slack."""
    return np.asarray(np.abs(a - b) > slack_deg)


def _incidents(
    cells: pd.DataFrame, numbers: Mapping[str, pd.Series], days: Mapping[str, pd.Series], places: fields.Positions
) -> pd.DataFrame:
    """Return rows of `incidents`, of which those that broke a rule are to be left out."""
    native = numbers["id"].astype("str")
    low = _lesser(numbers["low"], _lesser(numbers["best"], numbers["high"]))
    high = _greater(numbers["high"], _greater(numbers["best"], numbers["low"]))
    fewest, most = _civilians(numbers, low, high)
    return staged(
        "incidents",
        {
            "incident_id": f"{ID}:" + native,
            "source": ID,
            "native_id": native,
            **days,
            "longitude": places.longitude,
            "latitude": places.latitude,
            "support": numbers["where_prec"].map(SUPPORTS).astype("str"),
            "kind": numbers["type_of_violence"].map(KINDS).astype("str"),
            "actor_a": cells["side_a"],
            "actor_b": cells["side_b"],
            **{name: numbers[name] for name in SIDES},
            "deaths_best": numbers["best"],
            "deaths_low": low,
            "deaths_high": high,
            "deaths_civilians_low": fewest,
            "deaths_civilians_high": most,
            "is_aggregate": (numbers["event_clarity"] == 2).fillna(False).astype(bool),
            "is_repaired": (low.lt(numbers["low"]) | high.gt(numbers["high"])).fillna(False).astype(bool),
            "country": cells["country"],
            "place": cells["where_coordinates"],
        },
    )


def _civilians(numbers: Mapping[str, pd.Series], low: pd.Series, high: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the fewest and most civilians killed that a record allows.

    The victims of one-sided violence are civilians by definition, so the event's own interval holds for them; elsewhere
    those of unknown side may have been civilians or not.
    """
    civilians = numbers["deaths_civilians"]
    elsewhere = numbers["type_of_violence"].ne(3).fillna(True)
    fewest = civilians.where(elsewhere, _lesser(low, civilians))
    most = (civilians + numbers["deaths_unknown"]).where(elsewhere, _greater(high, civilians))
    return fewest, most


def _lesser(a: pd.Series, b: pd.Series) -> pd.Series:
    return a.where(a.le(b).fillna(False), b)


def _greater(a: pd.Series, b: pd.Series) -> pd.Series:
    return a.where(a.ge(b).fillna(False), b)


SOURCE = Source(
    id=ID,
    title="UCDP Georeferenced Event Dataset (GED)",
    provider="Uppsala Conflict Data Program, Uppsala University",
    url="https://ucdp.uu.se/downloads/",
    licence="CC BY 4.0",
    terms="May be shared and adapted with citation of the dataset and its version.",
    citation=(
        "Sundberg, R. and Melander, E. (2013) Introducing the UCDP Georeferenced Event Dataset. Journal of Peace "
        "Research 50(4), 523-532; with the version's own article as UCDP names it."
    ),
    cadence_days=365,
    tables=("incidents",),
    parse=parse,
    fetch=fetch,
    fields=FIELDS,
    known=KNOWN,
    hosts=HOSTS,
    keys=KEYS,
    caveats=(
        "Holds events with at least one death, by an organised actor; violence without deaths is not in it.",
        "Sudan includes South Sudan before July 2011; the West Bank and Gaza stand under Israel.",
        "Deaths are what sources report and document: low, best and high are coders' estimates, often too low.",
        "Candidate releases are preliminary; the yearly release replaces them.",
    ),
)
