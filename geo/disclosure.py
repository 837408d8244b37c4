"""What may leave the house: small counts, spreadsheet formulas, decimals of coordinates."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import UsageError

COORDINATE_DECIMALS: Mapping[int, int] = MappingProxyType({0: 2, 1: 5, 2: 7})
"""Decimals of degrees by tier: 0 public (about 1 km), 1 restricted (1 m), 2 confidential (1 cm)."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def suppress_small(counts: ArrayLike, k: int) -> NDArray[np.bool_]:
    """Return True where a count is small enough to point at somebody: above 0 and below k.

    Parameters
    ----------
    counts
        Persons, sites or incidents, of any shape; NaN is never suppressed.
    k
        Smallest count that may be shown, 1 or more. Zero may always be shown.

    Returns
    -------
    suppressed
        Shaped as `counts`. Totals that give a suppressed count away by subtraction are the caller's to withhold.

    Raises
    ------
    UsageError
        When k is below 1.
    """
    if k < 1:
        raise UsageError(f"Counts cannot be suppressed below {k}; give a threshold k of 1 or more.")
    counts = np.asarray(counts)
    return np.asarray((counts > 0) & (counts < k))


def formula_safe(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    Parameters
    ----------
    text
        One cell of a CSV file or workbook; empty stays empty.

    Returns
    -------
    text
        With a single quote before it when it begins with = + - @ | % (in any width, behind blanks or not), a tab or a
        line end, and is no plain number. The list is OWASP's for CSV injection, with the | and % of old DDE commands.
    """
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])
    suspect = text.startswith(("\t", "\r", "\n")) or first.startswith(("=", "+", "-", "@", "|", "%"))
    return f"'{text}" if suspect and not _NUMBER.fullmatch(text) else text
