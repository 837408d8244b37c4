"""What every theme of HDX's Humanitarian API has: a place given by codes and names, and the provider's own verdict."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd

from data_pipelines._source import Field, Reject
from data_pipelines.readers.fields import numbers
from data_pipelines.readers.rows import Rows

UNSPECIFIED = "XXX"
"""Ends the codes of rows that stand for a whole province or country, such as SD15-XXX."""
PLACE = (
    Field("location_code", ("location_code",), "code", "country, ISO 3166 alpha-3"),
    Field("admin1_code", ("admin1_code",), "code", "P-code of the province; none or XXX for the whole country"),
    Field("admin2_code", ("admin2_code",), "code", "P-code of the district; none or XXX for the whole province"),
    Field(
        *("provider_admin1_name", ("provider_admin1_name",), "text"),
        meaning="the first provider's name of the province, also where it was matched to no code",
        required=False,
    ),
    Field(
        *("provider_admin2_name", ("provider_admin2_name",), "text"),
        meaning="the first provider's name of the district, also where it was matched to no code",
        required=False,
    ),
    Field("admin_level", ("admin_level",), "whole", "admin level, where the file says it", required=False),
    Field("reference_period_start", ("reference_period_start",), "day", "first day that the record is about"),
    Field(
        "warning", ("warning",), "text", "what HDX changed in the record, such as the length of a code", required=False
    ),
    Field(
        "error", ("error",), "text", "what HDX found wrong with the record, which is then not counted", required=False
    ),
)
KNOWN = (
    *("location_ref", "location_name", "has_hrp", "in_gho", "admin1_ref", "admin1_name", "admin2_ref", "admin2_name"),
    *("reference_period_end", "dataset_hdx_id", "resource_hdx_id"),
)


def places(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the place of each record.

    Parameters
    ----------
    cells
        The columns of `PLACE`.

    Returns
    -------
    pandas.DataFrame
        ``level`` is the finest for which a code is given and ``area_id`` that code (ISO alpha-3 at level 0);
        ``named`` is the finest level that is named or coded, so a place that was not matched has ``named > level``: its
        record is about a part of the area, and taken for all of it would count twice. ``place`` is the name at that
        level, and ``is_level_wrong`` tells that the file's own level is neither.
    """
    is_coarse = {n: _is_unspecified(cells[f"admin{n}_code"]) for n in (1, 2)}
    level = np.where(~is_coarse[2], 2, np.where(~is_coarse[1], 1, 0))
    names = {n: cells[f"provider_admin{n}_name"] for n in (1, 2)}
    named = np.maximum(level, np.where(names[2].notna(), 2, np.where(names[1].notna(), 1, 0)))
    codes = cells["admin2_code"].where(level == 2, cells["admin1_code"].where(level == 1, cells["location_code"]))
    stated, is_stated = numbers(cells["admin_level"]), cells["admin_level"].notna().to_numpy()
    return pd.DataFrame(
        {
            "area_id": codes,
            "level": level,
            "named": named,
            "place": names[2].where(named == 2, names[1].where(named == 1)),
            "is_level_wrong": is_stated & (stated != level) & (stated != named),
        },
        index=cells.index,
    )


def _is_unspecified(code: pd.Series) -> pd.Series:
    return code.isna() | code.str.endswith(UNSPECIFIED).fillna(value=False).astype(bool)


def in_its_words(rejects: Sequence[Reject], rows: Rows, error: pd.Series) -> list[Reject]:
    """Return rejects in which those of the rule ``provider_error`` have what the provider found wrong for a reason."""
    words = dict(zip(rows.lines.tolist(), error, strict=True))
    return [_in_its_words(each, words) if each.rule == "provider_error" else each for each in rejects]


def _in_its_words(reject: Reject, words: dict[int, str]) -> Reject:
    said = textwrap.shorten(words[reject.line], 200, placeholder=" ...")
    return reject._replace(reason=f"its provider marks it as wrong: {said}")


def warned(cells: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence on the records that HDX changed, with its commonest words; none where there are none."""
    warnings = cells["warning"].dropna()
    if warnings.empty:
        return ()
    kind, number = next(
        iter(warnings.str.extract(r"^(\D+?)(?: \S*\d|$)", expand=False).value_counts().items()), ("", 0)
    )
    example = f", most of them '{kind}' ({number:,})" if number else ""
    return (f"{len(warnings):,} records bear a warning of their provider{example}; they are kept.",)
