"""Which months a source speaks about, country by country, and which between them it does not."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from app.statements import sql
from data_pipelines.edition import Edition

Span = tuple[str, str]
"""First and last month, both included, as YYYY-MM."""


def spoken(edition: Edition) -> dict[str, dict[str, list[Span]]]:
    """Return the months that each source speaks about, by source and ISO alpha-3, runs that meet made one."""
    rows = edition.fetch(sql("data_coverage"))
    return {
        str(source): {str(iso3): joined(own[["first", "last"]].values.tolist()) for iso3, own in of.groupby("iso3")}
        for source, of in rows.groupby("source")
    }


def joined(spans: Sequence[Sequence[str]]) -> list[Span]:
    """Return spans in order of time, those that overlap or follow each other without a gap made one."""
    found: list[list[np.datetime64]] = []
    for first, last in sorted((np.datetime64(a, "M"), np.datetime64(b, "M")) for a, b in spans):
        if found and first <= found[-1][1] + 1:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return [(str(first), str(last)) for first, last in found]


def gaps(spans: Sequence[Span]) -> list[Span]:
    """Return the months between spans that are in order and do not touch."""
    return [(str(np.datetime64(a[1], "M") + 1), str(np.datetime64(b[0], "M") - 1)) for a, b in pairwise(spans)]


def gap_sentences(told: Mapping[str, Sequence[Span]], names: Mapping[str, str]) -> list[str]:
    """Return in sentences, country by country, which months a source speaks about and what it leaves out.

    Parameters
    ----------
    told
        Spans by ISO alpha-3; empty for a source that is not about months.
    names
        Of every mapped country, by ISO alpha-3.
    """
    if not told:
        return []
    absent = [name for iso3, name in names.items() if iso3 not in told]
    lines = [_sentence(names.get(iso3, iso3), spans) for iso3, spans in told.items()]
    return [*lines, *([f"Nothing about {', '.join(absent)}."] if absent else [])]


def _sentence(name: str, spans: Sequence[Span]) -> str:
    missing = [first if first == last else f"{first} to {last}" for first, last in gaps(spans)]
    without = f"nothing about {', '.join(missing)}" if missing else "no month between is missing"
    return f"{name}: {spans[0][0]} to {spans[-1][1]}; {without}."
