"""A layer's formula, meanings and literature, taken apart so that they can be set as people read them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dash import html

from app.pages._tables import Cell
from app.pages._words import STATUS_WORDS

DOI = re.compile(r"doi:(10\.\d{4,}/[^\s;,]*[^\s;,.)])")
EQUATION = re.compile(r"[\w(), ]{1,60} = ")
BAND, COUNT = re.compile(r"(?i)(low|high)\b"), re.compile(r"n\b")
CLAUSE_END = re.compile(r"(?:;|(?<!\.)\.(?= [A-Za-z])|:(?= [\w()]{1,30} = )) (?![^(]*\))")
NAME = re.compile(r"\b([a-z]+(?:_[a-z0-9]+)+)\b")
WORK_END = re.compile(r"; (?![^(]*\))")
MEANING = re.compile(rf"(?:^|(?<=\. ))(\d|{'|'.join(words for words in STATUS_WORDS.values() if words != 'Value')}): ")
INDEX = re.compile(r"\b([A-Za-z])_([a-z]{1,2})\b")
POWER = re.compile(r"\^(?=[\w(])")
SIGNS = (("-/+", "−/+"), ("<=", "≤"), (">=", "≥"), ("km2", "km²"), ("(-", "(−"), (" - ", " − "), (" %", "\u00a0%"))
TIMES = re.compile(r"(?<=[\w)′]) x (?=[\w(√])(?!is\b|are\b)")
PRIME = re.compile(r"\bt'")


class Formula(NamedTuple):
    """A formula in clauses: how the value comes about, how its low and high do, what n counts, and what is beside."""

    value: tuple[str, ...]
    band: tuple[str, ...]
    records: tuple[str, ...]
    beside: tuple[str, ...]


class Meaning(NamedTuple):
    """What one look of a unit without a positive value means: its words, such as `0` or `No data`, and why it is so."""

    words: str
    reason: str


def formula_of(text: str) -> Formula:
    """Return a formula's clauses; one that follows on low and high or on n, in the same sentence, belongs with them."""
    found: dict[str, list[str]] = {"value": [], "band": [], "records": [], "beside": []}
    now = "value"
    for clause in CLAUSE_END.split(text.strip().removesuffix(".")):
        now = _kind(clause, now)
        found[now].append(clause)
    return Formula(*(tuple(clauses) for clauses in found.values()))


def _kind(clause: str, before: str) -> str:
    if BAND.match(clause):
        return "band"
    if COUNT.match(clause):
        return "records"
    return "beside" if before != "value" and clause[:1].isupper() else before


def is_equation(clause: str) -> bool:
    """Return whether a clause of a formula says what something is equal to, rather than tells about it."""
    return EQUATION.match(clause) is not None


def meanings_of(text: str) -> tuple[list[Meaning], str]:
    """Return what a layer says that 0 and each status mean, and whatever else it says before or instead."""
    start, *rest = MEANING.split(text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return [Meaning(words, _capital(reason.strip())) for words, reason in pairs], start.strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def typeset(text: str) -> list[Cell]:
    """Return a formula with the signs of print in place of those of a keyboard, powers set high and indices low."""
    for typed, printed in SIGNS:
        text = text.replace(typed, printed)
    return list(_powers(TIMES.sub(" × ", PRIME.sub("t′", text)).replace("`", "")))


def with_names(text: str) -> list[Cell]:
    """Return a sentence with the names of parameters and layers in it as code."""
    pieces = NAME.split(text.replace("`", "").replace(" %", "\u00a0%"))
    return [html.Code(broken(piece)) if place % 2 else piece for place, piece in enumerate(pieces)]


def broken(name: str) -> list[Cell]:
    """Return a name such as `half_life_months`, which may be broken behind its underlines where there is no room."""
    *parts, last = name.split("_")
    return [*(cell for part in parts for cell in (f"{part}_", html.Wbr())), last]


def _powers(text: str) -> Iterator[Cell]:
    while found := POWER.search(text):
        end = _end_of_power(text, found.end())
        yield from _indices(text[: found.start()])
        yield html.Sup(_bare(text[found.end() : end]))
        text = text[end:]
    yield from _indices(text)


def _indices(text: str) -> Iterator[Cell]:
    """Yield a text with what `w_ij` calls ij set low."""
    last = 0
    for found in INDEX.finditer(text):
        yield text[last : found.end(1)]
        yield html.Sub(found[2])
        last = found.end()
    yield text[last:]


def _end_of_power(text: str, start: int) -> int:
    """Return where a power ends: behind the bracket that closes it, or behind its last letter or digit."""
    if text[start] != "(":
        return next((at for at in range(start, len(text)) if not (text[at].isalnum() or text[at] == "_")), len(text))
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return len(text)


def _bare(power: str) -> str:
    return power.removeprefix("(").removesuffix(")") if power.startswith("(") else power


def cited(reference: str) -> list[list[Cell]]:
    """Return the works that a reference names, each with its DOI as a link."""
    return [list(_with_links(work)) for work in WORK_END.split(reference)]


def _with_links(work: str) -> Iterator[Cell]:
    for place, piece in enumerate(DOI.split(work)):
        if place % 2:
            yield html.A(f"doi:{piece}", href=f"https://doi.org/{piece}", rel="noopener noreferrer", target="_blank")
        else:
            yield piece
