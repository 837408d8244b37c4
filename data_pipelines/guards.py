"""Guards: a snapshot that differs from the vintages of its series before it, as no honest revision does, stops a build.

Each guard compares what two or more files were found to hold, and knows nothing of their source. Where a difference is
right, a line of `forewatch.toml` with a reason and a name lets it pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_pipelines._source import Field
from data_pipelines.profiles import Ids, Profile, code_of
from data_pipelines.readers.fields import normalised

LOOK_BACK = 8
"""Vintages that are compared with."""
SLACK_ROWS = 5
"""Rows that may always come or go: a tenth of a file of 20 events is 2, which any revision takes."""
MOST_LOST = 0.10
"""Share of its rows that a file may lose: revisions of UCDP and COD-AB stay below 0.03, a cut file is anywhere."""
MOST_LOST_OF_COUNTRY = 0.20
"""Share of one country's rows that may be lost: a country is smaller than its file, and is recoded as a whole."""
MOST_TIMES, MOST_WON = 3, 1_000
"""A file may hold so many times the rows of any vintage and so many more, as a war begins; beyond, pages came twice."""
MOST_REMOVED = 0.10
"""Share of the vintage before whose records may be gone."""
LAST_RECORDS = 10
"""A file that ends in so many new records goes on after those that were withdrawn, and was not cut before them."""
DAYS_BACK = timedelta(7)
"""The newest day may go back so far: of the newest events some are withdrawn."""
DAYS_MOVED = timedelta(31)
"""The first day may move so far, or forward with the newest in a product that shows the last months only."""
MOST_SHARE = 0.10
"""By how much the share of missing values or of a code may leave the range of the vintages before."""
MOST_WITHDRAWN = 0.50
"""Share of other files' records of a country that one file may withdraw: a yearly release drops or renames many of the
candidates of its year, a sample of events would take nearly all."""
_KINDS = {"whole": "number", "number": "number", "day": "day"}


class Vintage(NamedTuple):
    """One snapshot of a series: its id, its profile, and its records in the file's order."""

    snapshot: str
    profile: Profile
    records: Ids


@dataclass(frozen=True)
class Violation:
    """What a guard found, and what it allows; both in words that follow 'it holds' and 'where'."""

    guard: str
    found: str
    limit: str


_Finding = tuple[str, str] | None


def violations(now: Vintage, before: Sequence[Vintage], contract: Sequence[Field] = ()) -> list[Violation]:
    """Return what the guards find in a snapshot.

    Parameters
    ----------
    now
        The snapshot.
    before
        The vintages of its series before it, oldest first; the last `LOOK_BACK` are compared with. Without any, nothing
        is found.
    contract
        The columns its source reads; where none are given, every column counts.
    """
    if not before:
        return []
    seen = before[-LOOK_BACK:]
    found = {name: guard(now, seen) for name, guard in _COMPARED.items()}
    found["columns"] = _columns(now.profile, seen[-1].profile, contract)
    return [Violation(name, *finding) for name, finding in found.items() if finding]


def beginning(now: Vintage, other: Vintage) -> list[Violation]:
    """Return a violation where a snapshot is the beginning of an older one of another series, and no more than that.

    The series of a file added by hand is told from its content, so that a cut one may come as the first of another.
    """
    n, m = len(now.records), len(other.records)
    if not 0 < n < m or not np.array_equal(now.records["id"], other.records["id"][:n]):
        return []
    return [
        Violation(
            "tail_removed",
            f"the first {n:,} of the {m:,} records of {other.snapshot}",
            "to end there is the mark of a file that was cut",
        )
    ]


def withdrawals(now: Vintage, older: Vintage) -> list[Violation]:
    """Return a violation where a snapshot withdraws too many records of an older one of another series.

    It withdraws, of a country that it holds and of the days it speaks for, what it does not hold; see `removals`.
    """
    if not now.profile.scope or now.profile.scope != older.profile.scope or not now.profile.covers:
        return []
    first, last = (np.datetime64(day, "D").astype(int) for day in now.profile.covers)
    named = {code_of(country): country for country in now.profile.countries}
    known = np.isin(older.records["country"], list(named))
    awaited = older.records[known & (older.records["day"] >= first) & (older.records["day"] <= last)]
    gone = ~np.isin(awaited["id"], now.records["id"])
    days = f"from {now.profile.covers[0]} to {now.profile.covers[1]}"
    everywhere = [("all its countries", np.ones(len(awaited), bool))]
    for name, own in [*everywhere, *((name, awaited["country"] == code) for code, name in named.items())]:
        held, removed = int(own.sum()), int(gone[own].sum())
        most = int(MOST_WITHDRAWN * held) + SLACK_ROWS
        if removed > most:
            found = f"only {held - removed:,} of the {held:,} records that {older.snapshot} has in {name} {days}"
            return [Violation("withdrawn", found, f"at most {most:,} may be withdrawn")]
    return []


def added_columns(now: Profile, before: Profile) -> list[str]:
    """Return the columns of a file that the vintage before it did not have, in order."""
    return [name for name in now.columns if name not in before.columns] if before.columns else []


def _rows(now: Vintage, before: Sequence[Vintage]) -> _Finding:
    held = [vintage.profile.rows for vintage in before]
    least = _fewest(min(held), MOST_LOST)
    most = MOST_TIMES * max(held) + MOST_WON
    if now.profile.rows < least:
        return f"{now.profile.rows:,} rows", f"the vintages before allow no fewer than {least:,}"
    if now.profile.rows > most:
        return f"{now.profile.rows:,} rows", f"the vintages before allow no more than {most:,}"
    return None


def _fewest(rows: int, most_lost: float) -> int:
    return int(rows - most_lost * rows) - SLACK_ROWS


def _country_rows(now: Vintage, before: Sequence[Vintage]) -> _Finding:
    for country in before[-1].profile.countries:
        held = [v.profile.countries[country] for v in before if country in v.profile.countries]
        least, rows = _fewest(min(held), MOST_LOST_OF_COUNTRY), now.profile.countries.get(country, 0)
        if rows < least:
            return f"{rows:,} rows of {country}", f"the vintages before allow no fewer than {least:,}"
    return None


def _ids_removed(now: Vintage, before: Sequence[Vintage]) -> _Finding:
    awaited, gone = _gone(now, before[-1])
    most = int(MOST_REMOVED * awaited) + SLACK_ROWS
    removed = int(gone.sum())
    if removed <= most:
        return None
    found = f"none of {removed:,} of the {awaited:,} records of {before[-1].snapshot} that should still be in it"
    return found, f"at most {most:,} may be gone"


def _tail_removed(now: Vintage, before: Sequence[Vintage]) -> _Finding:
    awaited, gone = _gone(now, before[-1])
    removed = int(gone.sum())
    if not 0 < removed < awaited or not gone[-removed:].all() or _goes_on(now, before[-1]):
        return None
    found = f"all records of {before[-1].snapshot} but {_last(removed)}"
    return found, "to lose the end alone is the mark of a file that was cut"


def _goes_on(now: Vintage, before: Vintage) -> bool:
    """Tell whether a file ends in records that were not there before, which no file does that was cut among older."""
    return not np.isin(now.records["id"][-LAST_RECORDS:], before.records["id"]).any()


def _last(number: int) -> str:
    return "the very last one" if number == 1 else f"the very last {number:,}"


def _gone(now: Vintage, before: Vintage) -> tuple[int, NDArray[np.bool_]]:
    """Return how many of the records before are awaited, and which of these, in their order, are gone.

    Where the first day moved forward with the newest, those that ended before it are not awaited.
    """
    awaited = before.records
    if _rolled(now.profile, before.profile):
        first = np.datetime64(now.profile.first, "D").astype(int)
        awaited = awaited[awaited["day"] >= first]
    return len(awaited), ~np.isin(awaited["id"], now.records["id"])


def _rolled(now: Profile, before: Profile) -> bool:
    """Tell whether a product shows the last days only: its first day moved on, and its newest day as far.

    Of a file that was cut from the newest day back the first day moves alone.
    """
    if not (now.first and before.first):
        return False
    dropped, gained = _day(now.first) - _day(before.first), _day(now.last) - _day(before.last)
    return gained > timedelta(0) and timedelta(0) < dropped <= gained + DAYS_BACK


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _dates(now: Vintage, before: Sequence[Vintage]) -> _Finding:
    new, old = now.profile, before[-1].profile
    if not (new.first and old.first):
        return None
    if _day(new.last) < _day(old.last) - DAYS_BACK:
        return f"nothing after {new.last}", f"{before[-1].snapshot} reaches {old.last}"
    if abs(_day(new.first) - _day(old.first)) > DAYS_MOVED and not _rolled(new, old):
        return f"records from {new.first} on", f"{before[-1].snapshot} begins on {old.first}"
    return None


def _nulls(now: Vintage, before: Sequence[Vintage]) -> _Finding:
    seen = [vintage.profile.nulls for vintage in before]
    return _share_moved(now.profile.nulls, seen, _smallest(now, before), "no value in")


def _codes(now: Vintage, before: Sequence[Vintage]) -> _Finding:
    seen = [_flat(vintage.profile.codes) for vintage in before]
    return _share_moved(_flat(now.profile.codes), seen, _smallest(now, before), "the code")


def _smallest(now: Vintage, before: Sequence[Vintage]) -> int:
    return min(vintage.profile.rows for vintage in (now, *before))


def _flat(codes: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {f"{column} {code}": share for column, shares in codes.items() for code, share in shares.items()}


def _share_moved(now: Mapping[str, float], seen: Sequence[Mapping[str, float]], rows: int, what: str) -> _Finding:
    slack = MOST_SHARE + SLACK_ROWS / max(rows, 1)
    for name in dict.fromkeys([*seen[-1], *now]):
        shares = [each.get(name, 0.0) for each in seen]
        low, high = min(shares) - slack, max(shares) + slack
        if not low <= now.get(name, 0.0) <= high:
            allowed = f"the vintages before allow {max(low, 0):.0%} to {min(high, 1):.0%}"
            return f"{what} {name} in {now.get(name, 0.0):.0%} of rows", allowed
    return None


def _columns(now: Profile, before: Profile, contract: Sequence[Field]) -> _Finding:
    new, old = _kinds(now, contract), _kinds(before, contract)
    removed = [name for name in old if name not in new]
    if new and removed:
        return f"no column {', '.join(removed)}", "the vintage before has it"
    for name, kind in new.items():
        was = _KINDS.get(old.get(name, ""))
        if was and kind != "empty" and _KINDS.get(kind) != was:
            return f"{kind} in the column {name}", f"the vintage before has values of kind '{old[name]}'"
    return None


def _kinds(profile: Profile, contract: Sequence[Field]) -> dict[str, str]:
    """Return what the columns of a file look like, by the id of the field where a contract names them."""
    if not contract:
        return dict(profile.columns)
    known = {normalised(name): each.id for each in contract for name in each.names}
    return {known[normalised(n)]: kind for n, kind in profile.columns.items() if normalised(n) in known}


_COMPARED: Mapping[str, Callable[[Vintage, Sequence[Vintage]], _Finding]] = {
    "rows": _rows,
    "country_rows": _country_rows,
    "ids_removed": _ids_removed,
    "tail_removed": _tail_removed,
    "dates": _dates,
    "nulls": _nulls,
    "codes": _codes,
}
GUARDS = (*_COMPARED, "columns", "withdrawn")
"""Ids of the guards, as overrides name them."""
