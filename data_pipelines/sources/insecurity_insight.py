"""Insecurity Insight: attacks on health care, education, camps for displaced people, and aid workers.

Records are precise to 25 km at best, so none is ever placed more finely than that. What happened in words may name
victims and families; it is not taken in. Records of sexual violence are refused as a file.
"""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data_pipelines._source import Fetched, Parsed, Raw, Source
from data_pipelines.readers import fields
from data_pipelines.readers.contract import take
from data_pipelines.readers.rows import Rule, refuse_all, sift, staged, twins
from data_pipelines.readers.text import read_rows
from data_pipelines.sources._hdx import HOSTS, fetch_dataset
from data_pipelines.sources._insight_columns import FIELDS, KNOWN, SEXUAL_VIOLENCE, THEMES, Theme
from geo.errors import FileRefused

if TYPE_CHECKING:
    from data_pipelines.fetching.web import Web

ID = "insecurity_insight"
SUPPORTS = {"1": "near", "2": "near", "3": "adm2", "4": "adm1", "5": "region", "6": "country", "7": "water"}
"""Geo Precision, UCDP's scale; the file's best class is 25 km, so 1 is taken for no more than that."""
_CENSORED = "censored by HDX"
_MAX_DEATHS = 1_000_000


def parse(raw: Raw) -> Parsed:
    """Read one workbook (or its CSV) of incidents; see `data_pipelines._source.Source`.

    Raises
    ------
    FileRefused
        The file is none of the four data sets, lacks columns, or none of its rows can be read.
    """
    rows = read_rows(raw.path)
    theme = _theme(raw.path, rows.frame)
    taken = take(raw.path, rows.frame, (*FIELDS, *theme.fields), KNOWN)
    cells = taken.cells
    killed = _killed(rows.frame, theme)
    ids, days = fields.whole(cells["id"]).values, fields.dates(cells["date"]).values
    places = fields.coordinates(cells["latitude"], cells["longitude"])
    twin_rule, copies = twins(rows.frame, ids)
    fit, rejects = sift(rows, [*_rules(cells, ids, days), *_number_rules(places, killed), twin_rule])
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "incidents", rows, rejects)
    incidents = _incidents(theme, cells, killed.sum(axis=1, min_count=1), places).assign(
        incident_id=f"{ID}:" + ids.astype("str"), native_id=ids.astype("str"), date_start=days, date_end=days
    )
    covered = _covered(days[keep])
    countries = sorted(iso3 for iso3 in cells["iso3"][keep].dropna().unique() if re.fullmatch("[A-Z]{3}", iso3))
    # A file of the current year only is another series than the one that begins years ago.
    by_content = f"{countries[0] if len(countries) == 1 else 'world'} from {covered[0].year}"
    return Parsed(
        series=f"{theme.name} {raw.asked or by_content}",
        rows_in=rows.rows_in,
        frames={"incidents": incidents[keep].reset_index(drop=True)},
        rejects=rows.rejects + rejects,
        repeated=int((fit & copies).sum()),
        totals=_totals(cells[keep], rows.frame[keep], theme),
        covers=dict.fromkeys(countries, covered),
        notes=taken.notes,
        columns=taken.columns,
        scope=theme.name,
    )


def _theme(path: Path, frame: pd.DataFrame) -> Theme:
    """Tell which data set a file is."""
    if any(fields.column(frame, name) is not None for name in SEXUAL_VIOLENCE):
        raise FileRefused(
            f"The file '{path.name}' holds single records of sexual violence, which are not taken in; use the "
            "provider's published totals."
        )
    for theme in THEMES:
        if fields.column(frame, *theme.killed) is not None:
            return theme
    names = ", ".join(name for theme in THEMES for name in theme.killed)
    raise FileRefused(f"The file '{path.name}' has none of the columns {names}; get it from Insecurity Insight on HDX.")


def _killed(frame: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    """Return the columns of deaths as whole numbers, -1 where one cannot be read."""
    texts = [text for name in theme.killed if (text := fields.column(frame, name)) is not None]
    typed = [fields.whole(text) for text in texts]
    return pd.concat([each.values.mask(each.bad, -1) for each in typed], axis=1)


def _rules(cells: pd.DataFrame, ids: pd.Series, days: pd.Series) -> list[Rule]:
    """Return rules for id, day and precision."""
    precision = cells["precision"]
    is_known = precision.isna() | precision.str.match(r"\([1-7]\)") | precision.str.startswith(_CENSORED)
    return [
        ("id", "its SiND id is missing or not a whole number", ids.isna()),
        ("date", "its Date is missing or not a day", days.isna()),
        ("geo_precision", "its Geo Precision is not one of (1) to (7)", ~is_known),
    ]


def _number_rules(places: fields.Positions, killed: pd.DataFrame) -> list[Rule]:
    """Return rules for position and deaths."""
    is_counted = killed.isna() | killed.apply(lambda number: number.between(0, _MAX_DEATHS))
    return [
        ("coordinates", "its latitude or longitude is out of range", places.bad),
        ("deaths", "a number of killed is negative or not a whole number", ~is_counted.fillna(False).all(axis=1)),
    ]


def _supports(precision: pd.Series, places: fields.Positions) -> pd.Series:
    """Return how exactly each place is known.

    A record without precision is known to its province if it has a position, as that is the finest its other columns
    name, and else to its country; so is one that HDX censored.
    """
    coded = precision.str.extract(r"^\(([1-7])\)", expand=False).map(SUPPORTS)
    unsaid = np.where(np.isnan(places.latitude) | precision.notna(), "country", "adm1")
    return coded.astype("str").fillna(pd.Series(unsaid, index=coded.index, dtype="str"))


def _incidents(theme: Theme, cells: pd.DataFrame, killed: pd.Series, places: fields.Positions) -> pd.DataFrame:
    """Return rows of `incidents` without ids and days; the provider counts its own victims only and gives no range."""
    is_censored = cells["precision"].str.startswith(_CENSORED).fillna(False).to_numpy(dtype=bool)
    nobody = pd.Series(pd.NA, index=cells.index, dtype="Int64")
    deaths = ("deaths_best", "deaths_low", "deaths_high", *("deaths_civilians" + end for end in ("", "_low", "_high")))
    return staged(
        "incidents",
        {
            **dict.fromkeys(("incident_id", "native_id", "date_start", "date_end")),
            "source": ID,
            "longitude": np.where(is_censored, np.nan, places.longitude),
            "latitude": np.where(is_censored, np.nan, places.latitude),
            "support": _supports(cells["precision"], places),
            "kind": theme.kind,
            "actor_a": cells["actor"].fillna(cells["actor_type"]),
            "actor_b": pd.Series(np.nan, index=cells.index, dtype="str"),
            **dict.fromkeys(("deaths_a", "deaths_b", "deaths_unknown"), nobody),
            **dict.fromkeys(deaths, killed),
            "is_aggregate": False,
            "is_repaired": False,
            "country": cells["country"],
            "place": cells["adm1"],
        },
    )


def _totals(cells: pd.DataFrame, frame: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    """Return incidents and civilians killed by ``year|kind``, added up from the text in plain whole numbers."""
    groups = [f"{day[:4]}|{theme.kind}" for day in cells["date"]]
    sums = Counter(("incidents", group) for group in groups)
    for name in theme.killed:
        killed = fields.column(frame, name)
        for group, number in zip(groups, () if killed is None else killed.fillna("0"), strict=False):
            sums["deaths_civilians", group] += int(number.partition(".")[0])
    rows = [(measure, key, total) for (measure, key), total in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["measure", "key", "total"])


def _covered(days: pd.Series) -> tuple[date, date]:
    """Return the first day of the first month and the last of the last."""
    first, last = days.min(), days.max()
    return date(first.year, first.month, 1), date(last.year, last.month, monthrange(last.year, last.month)[1])


def fetch(web: "Web", folder: Path, iso3: str | None, since: date | None) -> Iterator[Fetched]:  # noqa: ARG001
    """Yield the world's file of each theme with all its years; the provider hands out no smaller ones of all themes."""
    from data_pipelines.fetching.web import attempt  # noqa: PLC0415 - httpx takes 0.1 s to import

    for theme in THEMES:
        with attempt(web, theme.name):
            for fetched in fetch_dataset(web, folder, theme.dataset, theme.is_file, None):
                yield fetched._replace(asked="world")


SOURCE = Source(
    id=ID,
    title="Insecurity Insight: attacks on health care, education, camps and aid",
    provider="Insecurity Insight, for the Safeguarding Health in Conflict Coalition among others",
    url="https://data.humdata.org/organization/insecurity-insight",
    licence="CC BY-SA 4.0 (files of before 2025: CC BY)",
    terms="May be shared and adapted with credit to Insecurity Insight, under the same licence.",
    citation="Insecurity Insight, incident data by theme, Geneva, Switzerland; with the file's own version.",
    cadence_days=90,
    tables=("incidents",),
    parse=parse,
    fetch=fetch,
    caveats=(
        "Precise to 25 km at best; never to be set against a single facility.",
        "Deaths are those of health workers, educators and students, camp residents or aid workers only.",
        "Not representative nor complete: what open sources and partner agencies reported.",
        "An incident in two themes has one id and is counted once.",
        "Aid workers who died in captivity are counted among the killed.",
    ),
    fields=(*FIELDS, *(field for theme in THEMES for field in theme.fields)),
    known=KNOWN,
    hosts=HOSTS,
)
