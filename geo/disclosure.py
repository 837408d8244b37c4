"""What may leave the house: text that no spreadsheet takes for a formula, and decimals of coordinates."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

COORDINATE_DECIMALS: Mapping[int, int] = MappingProxyType({0: 2, 1: 5, 2: 7})
"""Decimals of degrees by tier: 0 public (about 1 km), 1 restricted (1 m), 2 confidential (1 cm)."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


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
