"""COD-PS: the population figures that humanitarian operations of a country have agreed on, as HDX HAPI gives them."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.readers.fields import columns, dates, whole
from data_pipelines.readers.rows import Rule, sift
from data_pipelines.readers.text import plain_records, read_rows
from geo.errors import FileRefused

_REQUIRED = {
    name: [name]
    for name in (
        *("location_code", "admin1_code", "admin2_code", "gender", "age_range", "population"),
        "reference_period_start",
    )
}
_OPTIONAL = {name: [name] for name in ("provider_admin1_name", "provider_admin2_name", "admin_level", "error")}
_UNSPECIFIED = "XXX"
"""Ends the codes of rows that stand for a whole province or country, such as SD15-XXX."""
_SEXES = ("f", "m", "all")
_AGES = r"all|[0-9]+-[0-9]+|[0-9]+\+"
_GROUP_COLUMNS = ["area_id", "level", "year", "sex", "age_range", "persons"]
_COLUMNS = ["area_id", "level", "year", "persons"]


def parse(raw: Raw) -> Parsed:
    """Read HAPI's population file: rows for all sexes and ages into `population`, the others into `population_groups`.

    Rows that the provider marks as wrong, or whose area has no P-code, are quarantined. Sums over sexes that differ
    from the provider's own are noted, never repaired. The totals are `persons_resident` by level, sex and age.

    Raises
    ------
    FileRefused
        The file is not this product, or of another country than `raw.iso3`.
    """
    rows = read_rows(raw.path)
    text = columns(raw.path, rows.frame, _REQUIRED, _OPTIONAL)
    people = _people(text)
    copies = rows.frame.duplicated().to_numpy()
    keep, bad = sift(rows, _rules(text, people, copies))
    taken = keep & ~copies
    kept = people[taken].astype({"year": "int64", "persons": "int64"}).reset_index(drop=True)
    is_whole = (kept["sex"] == "all") & (kept["age_range"] == "all")
    return Parsed(
        series=_series(raw, text["location_code"]),
        rows_in=rows.rows_in,
        frames={
            "population": kept.loc[is_whole, _COLUMNS].reset_index(drop=True),
            "population_groups": kept.loc[~is_whole, _GROUP_COLUMNS].reset_index(drop=True),
        },
        rejects=[*rows.rejects, *bad],
        repeated=int((keep & copies).sum()),
        totals=_totals(raw.path, dict(zip(rows.lines[taken].tolist(), kept["level"], strict=True))),
        notes=_notes(kept),
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


def _people(text: pd.DataFrame) -> pd.DataFrame:
    """Return all records with the columns of the tables, good or not."""
    is_coarse = {n: _is_unspecified(text[f"admin{n}_code"]) for n in (1, 2)}
    level = np.where(~is_coarse[2], 2, np.where(~is_coarse[1], 1, 0))
    area_id = text["admin2_code"].where(level == 2, text["admin1_code"].where(level == 1, text["location_code"]))
    return pd.DataFrame(
        {
            "area_id": area_id,
            "level": level,
            "year": dates(text["reference_period_start"]).values.dt.year,
            "sex": text["gender"],
            "age_range": text["age_range"],
            "persons": whole(text["population"]).values,
        }
    )


def _is_unspecified(code: pd.Series) -> pd.Series:
    return code.isna() | code.str.endswith(_UNSPECIFIED).fillna(value=False).astype(bool)


def _rules(text: pd.DataFrame, people: pd.DataFrame, copies: np.ndarray) -> list[Rule]:
    level = people["level"]
    # A name without a code was not matched by the provider; taken for the whole country it would count twice.
    is_unmatched = (text["provider_admin1_name"].notna() & (level == 0)) | (
        text["provider_admin2_name"].notna() & (level == 1)
    )
    stated = whole(text["admin_level"]).values
    persons, key = people["persons"], ["area_id", "year", "sex", "age_range"]
    return [
        ("provider_error", "the provider marks it as wrong", text["error"].notna()),
        (
            "pcode",
            "its area has no P-code",
            is_unmatched | people["area_id"].isna() | stated.ne(level).fillna(value=False),
        ),
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
        ("duplicate", "another row has its area, year, sex and age", people[key].duplicated() & ~copies),
    ]


def _totals(path: Path, level_of_line: dict[int, int]) -> pd.DataFrame:
    """Add up the accepted records from the raw text, by level, sex and age."""
    total: Counter[str] = Counter()
    for line, cells in plain_records(path):
        if line in level_of_line:
            key = f"{level_of_line[line]}|{cells['gender'].strip()}|{cells['agerange'].strip()}"
            total[key] += int(float(cells["population"]))
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


SOURCE = Source(
    id="cod_ps",
    title="Common Operational Datasets: population statistics (HDX HAPI)",
    provider="OCHA, UNFPA and national statistical offices",
    url="https://data.humdata.org/organization/hdx-hapi",
    licence="CC BY 3.0 IGO",
    terms="Free to use with credit; each country's figures keep the terms of their own dataset on HDX.",
    citation="OCHA and UNFPA, Common Operational Datasets: population statistics (COD-PS), via HDX HAPI",
    cadence_days=365,
    tables=("population", "population_groups"),
    parse=parse,
    caveats=(
        "The same people stand in the rows of three admin levels, of sexes and of ages; they are never added up.",
        "Figures are projections from a census that may be decades old, and do not follow displacement.",
    ),
)
