"""The demo's population as HDX HAPI's CSV gives it: the same people at three levels, by sex and by age."""

import csv
import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data_pipelines.demo.country import Country
from data_pipelines.demo.names import ISO3

_COLUMNS = {
    "location_code": "#country+code",
    "has_hrp": "#meta+has_hrp",
    "in_gho": "#meta+in_gho",
    "provider_admin1_name": "#adm1+name+provider",
    "provider_admin2_name": "#adm2+name+provider",
    "admin1_code": "#adm1+code",
    "admin1_name": "#adm1+name",
    "admin2_code": "#adm2+code",
    "admin2_name": "#adm2+name",
    "gender": "#gender+code",
    "age_range": "#age+range",
    "min_age": "#age+min",
    "max_age": "#age+max",
    "population": "#population",
    "reference_period_start": "#date+start",
    "reference_period_end": "#date+end",
}
_AGES = [(f"{low}-{low + 4}", str(low), str(low + 4)) for low in range(0, 80, 5)] + [("80+", "80", "None")]
_AGE_SHARES = 0.83 ** np.arange(len(_AGES)) / (0.83 ** np.arange(len(_AGES))).sum()
_UNKNOWN = "UNSPECIFIED"


def census(persons: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return whole persons by district, sex (f, m) and age, shape (districts, 2, 17).

    Counted people differ by some percent from those the population grid has, as real ones do.
    """
    counted = np.round(persons * np.exp(0.04 * rng.standard_normal(len(persons)))).astype(int)
    women = np.round(counted * (0.49 + 0.02 * rng.random(len(counted)))).astype(int)
    return np.stack([rng.multinomial(women, _AGE_SHARES), rng.multinomial(counted - women, _AGE_SHARES)], axis=1)


def to_csv(country: Country, counted: NDArray[np.int64]) -> str:
    """Return the file's text: country, provinces, then districts, each by sex and age with all their sums."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerow(_COLUMNS.values())
    writer.writerows(_area(["", "", f"{ISO3}-XXX", _UNKNOWN, f"{ISO3}-XXX-XXX", _UNKNOWN], counted.sum(axis=0)))
    for index, province in enumerate(country.provinces):
        names = [province.name, "", province.code, province.name, f"{province.code}-XXX", _UNKNOWN]
        writer.writerows(_area(names, counted[country.province_of == index].sum(axis=0)))
    for index, district in enumerate(country.districts):
        province = country.provinces[country.province_of[index]]
        names = [province.name, district.name, province.code, province.name, district.code, district.name]
        writer.writerows(_area(names, counted[index]))
    return out.getvalue()


def _area(names: list[str], counted: NDArray[np.int64]) -> Iterator[list[str]]:
    """Yield one area's 54 rows: all ages and each age, by sex."""
    sexes = {"f": counted[0], "m": counted[1], "all": counted.sum(axis=0)}
    for ages in (False, True):
        for sex, by_age in sexes.items():
            groups = zip(_AGES, by_age, strict=True) if ages else [(("all", "None", "None"), by_age.sum())]
            for age, persons in groups:
                yield [ISO3, "True", "True", *names, sex, *age, str(persons), "2024-01-01", "2024-12-31"]
