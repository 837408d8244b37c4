"""Population as HDX HAPI gives it, for the sources that read it: persons by area, year, sex and age."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from data_pipelines._source import Field, Parsed, Raw
from data_pipelines.readers.contract import take
from data_pipelines.readers.fields import dates, whole
from data_pipelines.readers.rows import Rows, Rule, sift
from data_pipelines.readers.text import plain_records
from data_pipelines.sources import _hapi
from geo.errors import FileRefused

FIELDS = (
    *_hapi.PLACE,
    Field("gender", ("gender",), "code", "f, m or all"),
    Field("age_range", ("age_range",), "code", "years of age such as 0-4 or 80+, or all", "years"),
    Field("persons", ("population",), "whole", "resident persons, projected from a census", "persons"),
)
KNOWN = (*_hapi.KNOWN, "min_age", "max_age")
_SEXES = ("f", "m", "all")
_AGES = r"all|[0-9]+-[0-9]+|[0-9]+\+"
_GROUP_COLUMNS = ["area_id", "level", "year", "sex", "age_range", "persons"]
_COLUMNS = ["area_id", "level", "year", "persons"]


def read(raw: Raw, rows: Rows) -> Parsed:
    """Return records for all sexes and ages as rows of `population`, the others as rows of `population_groups`.

    Records that the provider marks as wrong, or whose area has no P-code, are quarantined. Sums over sexes that differ
    from the provider's own are noted, never repaired. The totals are `persons_resident` by level, sex and age.

    Raises
    ------
    FileRefused
        The file is not this product, or of another country than `raw.iso3`.
    """
    taken = take(raw.path, rows.frame, FIELDS, KNOWN)
    places = _hapi.places(taken.cells)
    people = _people(taken.cells, places)
    copies = rows.frame.duplicated().to_numpy()
    fit, rejects = sift(rows, _rules(taken.cells, people, places, copies))
    keep = fit & ~copies
    kept = people[keep].astype({"year": "int64", "persons": "int64"}).reset_index(drop=True)
    is_whole = (kept["sex"] == "all") & (kept["age_range"] == "all")
    return Parsed(
        series=_series(raw, taken.cells["location_code"]),
        rows_in=rows.rows_in,
        frames={
            "population": kept.loc[is_whole, _COLUMNS].reset_index(drop=True),
            "population_groups": kept.loc[~is_whole, _GROUP_COLUMNS].reset_index(drop=True),
        },
        rejects=[*rows.rejects, *_hapi.in_its_words(rejects, rows, taken.cells["error"])],
        repeated=int((fit & copies).sum()),
        totals=_totals(raw.path, dict(zip(rows.lines[keep].tolist(), kept["level"], strict=True))),
        notes=(*taken.notes, *_hapi.warned(taken.cells), *_notes(kept)),
        columns=taken.columns,
    )


def _series(raw: Raw, countries: pd.Series) -> str:
    """Return the file's country, or ``world`` where it holds several."""
    found = sorted(countries.dropna().unique())
    if raw.iso3 and found != [raw.iso3]:
        raise FileRefused(
            f"The file '{raw.path.name}' holds the population of {', '.join(found) or 'no country'}, not of {raw.iso3} "
            "alone; add it without --iso3, or with that of its country."
        )
    return found[0] if len(found) == 1 else "world"


def _people(cells: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Return all records with the columns of the tables, good or not."""
    return pd.DataFrame(
        {
            "area_id": places["area_id"],
            "level": places["level"],
            "year": dates(cells["reference_period_start"]).values.dt.year,
            "sex": cells["gender"],
            "age_range": cells["age_range"],
            "persons": whole(cells["persons"]).values,
        }
    )


def _rules(cells: pd.DataFrame, people: pd.DataFrame, places: pd.DataFrame, copies: np.ndarray) -> list[Rule]:
    persons, key = people["persons"], ["area_id", "year", "sex", "age_range"]
    is_right = cells["error"].isna()
    is_again = people.loc[is_right, key].duplicated().reindex(people.index, fill_value=False)
    is_unmatched = (places["named"] > places["level"]) | places["is_level_wrong"]
    return [
        ("provider_error", "the provider marks it as wrong", ~is_right),
        ("pcode", "its area has no P-code", is_unmatched | people["area_id"].isna()),
        (
            "persons",
            "its population is not a whole number of 0 or more",
            persons.isna() | persons.lt(0).fillna(value=True),
        ),
        ("sex", "its gender is not f, m or all", ~people["sex"].isin(_SEXES)),
        (
            "age_range",
            "its age range cannot be read",
            ~people["age_range"].str.fullmatch(_AGES).fillna(value=False).astype(bool),
        ),
        ("year", "its reference period has no start that can be read", people["year"].isna()),
        ("duplicate", "another row has its area, year, sex and age", is_again & ~copies),
    ]


def _totals(path: Path, level_of_line: dict[int, int]) -> pd.DataFrame:
    """Add up the accepted records from the raw text, by level, sex and age."""
    total: Counter[str] = Counter()
    for line, cells in plain_records(path):
        if line in level_of_line:
            key = f"{level_of_line[line]}|{cells['gender'].strip()}|{cells['agerange'].strip()}"
            total[key] += int(cells["population"].strip().partition(".")[0])
    return pd.DataFrame({"measure": "persons_resident", "key": list(total), "total": list(total.values())})


def _notes(people: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence on women and men that do not add up to all."""
    by_sex = people.pivot_table(index=["area_id", "year", "age_range"], columns="sex", values="persons", aggfunc="sum")
    if not set(_SEXES) <= set(by_sex.columns):
        return ()
    gap = (by_sex["f"] + by_sex["m"] - by_sex["all"]).dropna()
    wrong = gap[gap != 0]
    if wrong.empty:
        return ()
    sentence = (
        f"In {len(wrong):,} of {len(gap):,} groups women and men do not add up to all, by up to "
        f"{wrong.abs().max():,.0f} persons; the figures are kept as given."
    )
    return (sentence,)
