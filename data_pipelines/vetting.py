"""Guards at work: every snapshot of a build is held against the vintages before it, and overrides are heeded."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple

from data_pipelines import guards
from data_pipelines._source import source
from data_pipelines.guards import LOOK_BACK, Vintage, Violation
from data_pipelines.profiles import Profile
from data_pipelines.settings import FILE, Override
from data_pipelines.snapshot import Receipt, records
from data_pipelines.workspace import Workspace
from geo.errors import CheckFailed

Series = Sequence[Sequence[Receipt]]


class Rules(NamedTuple):
    """Where the snapshots are, what may pass, and the day of knowledge, on which an override must still hold."""

    workspace: Workspace
    overrides: Sequence[Override]
    day: date


def vet(rules: Rules, series: Series) -> list[dict[str, Any]]:
    """Hold the newest snapshot of each series against the vintages before it, and return what overrides let pass.

    A vintage that did not pass when it came is not compared with, else a broken file would excuse the next.

    Parameters
    ----------
    rules
        What may pass.
    series
        As `snapshot.vintages` returns it; receipts without a profile are not compared.

    Returns
    -------
    list of dict
        snapshot, guard, found, limit and override, for the manifest; empty where no guard found anything.

    Raises
    ------
    CheckFailed
        Where a guard finds what no override is for; it names every such guard of that file, and what to write.
    """
    passed: list[dict[str, Any]] = []
    older: list[Receipt] = []
    for *earlier, now in series:
        if now.profile:
            broken = _found(rules, now, _trusted(rules, earlier, series), series)
            passed += _pass(rules, now, [*broken, *_withdrawals(rules, now, older)])
            older.append(now)
    return passed


def added_columns(series: Series) -> dict[str, str]:
    """Return a sentence, by snapshot, where a file has columns that the vintage of its series before had not."""
    said = {}
    for found in (each for each in series if len(each) > 1 and each[-1].profile and each[-2].profile):
        added = guards.added_columns(_profile(found[-1]), _profile(found[-2]))
        if added:
            said[found[-1].snapshot] = f"It has columns that {found[-2].snapshot} had not: {', '.join(added)}."
    return said


def _trusted(rules: Rules, earlier: Sequence[Receipt], series: Series) -> list[Vintage]:
    """Return the last vintages that guards, or overrides of their day, let pass; a file that came twice counts once."""
    distinct = [r for r, last in zip(earlier, [None, *earlier], strict=False) if not last or last.sha256 != r.sha256]
    trusted: list[Vintage] = []
    for receipt in [r for r in distinct if r.profile][-2 * LOOK_BACK :]:
        broken, day = _found(rules, receipt, trusted, series), date.fromisoformat(receipt.known_at)
        if all(_override(rules, receipt, each.guard, day) for each in broken):
            trusted.append(_vintage(rules, receipt))
    return trusted


def _found(rules: Rules, receipt: Receipt, trusted: Sequence[Vintage], series: Series) -> list[Violation]:
    now = _vintage(rules, receipt)
    if trusted:
        return guards.violations(now, trusted, source(receipt.source).fields)
    others = (_vintage(rules, other) for other in _others(receipt, series))
    return next((broken for other in others if (broken := guards.beginning(now, other))), [])


def _withdrawals(rules: Rules, receipt: Receipt, older: Sequence[Receipt]) -> list[Violation]:
    """Return what a snapshot does to the first of the older ones of its source of which it withdraws too much."""
    now = _vintage(rules, receipt)
    others = (_vintage(rules, each) for each in older if each.source == receipt.source)
    return next((broken for other in others if (broken := guards.withdrawals(now, other))), [])


def _others(receipt: Receipt, series: Series) -> Iterator[Receipt]:
    """Yield, of each other series of a snapshot's source, the newest that was known when it came."""
    for found in series:
        known = [r for r in found if r.known_at <= receipt.known_at and r.profile]
        if known and (found[0].source, found[0].series) != (receipt.source, receipt.series):
            yield from known[-1:] if known[-1].source == receipt.source else ()


def _vintage(rules: Rules, receipt: Receipt) -> Vintage:
    return Vintage(receipt.snapshot, _profile(receipt), records(rules.workspace, receipt))


def _profile(receipt: Receipt) -> Profile:
    return Profile(**receipt.profile)


def _override(rules: Rules, receipt: Receipt, guard: str, day: date) -> Override | None:
    return next(
        (
            each
            for each in rules.overrides
            if each.guard == guard
            and (each.snapshot == receipt.snapshot or each.source == receipt.source)
            and (each.until is None or each.until >= day)
        ),
        None,
    )


def _pass(rules: Rules, receipt: Receipt, found: Sequence[Violation]) -> list[dict[str, Any]]:
    let = [(each, _override(rules, receipt, each.guard, rules.day)) for each in found]
    stopped = [each for each, override in let if override is None]
    if stopped:
        raise CheckFailed(_sentence(rules, receipt, stopped))
    return [
        {"snapshot": receipt.snapshot, **asdict(each), "override": asdict(override)}
        for each, override in let
        if override is not None
    ]


def _sentence(rules: Rules, receipt: Receipt, stopped: Sequence[Violation]) -> str:
    home = rules.workspace
    found = "; ".join(f"{each.found}, where {each.limit} (guard {each.guard})" for each in stopped)
    named = " and ".join(f'guard = "{guard}"' for guard in dict.fromkeys(each.guard for each in stopped))
    return (
        f"{receipt.file} (snapshot {receipt.snapshot}, known on {receipt.known_at}) differs too much from what came "
        f"before: it holds {found}; nothing was published and the edition before stays current; delete "
        f"{home.snapshots / receipt.snapshot} and get the file again, or, where the change is right, write so into "
        f'{home.root / FILE}: [[overrides]] with {named}, snapshot = "{receipt.snapshot}", reason = "..." and '
        'by = "...".'
    )
