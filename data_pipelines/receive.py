"""From a provider to snapshots: what `forewatch fetch` does.

Files lie in `receiving/SOURCE` of the workspace until they are snapshots. What cannot be believed goes to
`refused/SOURCE` with the reason; a download that broke off stays, to go on from, for a week.
"""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from data_pipelines._source import Fetched, Source, source
from data_pipelines.fetching.keys import holds_key
from data_pipelines.fetching.limits import Budget, Patience
from data_pipelines.fetching.web import Web, attempt, open_web
from data_pipelines.restored import follow
from data_pipelines.snapshot import ISO3, Receipt, add
from data_pipelines.workspace import Workspace
from geo.errors import DataError, FileRefused, UsageError

_PARTS_KEPT_S = 7 * 86_400


class Received(NamedTuple):
    """One file that is a snapshot now; `is_new` is False where it already was."""

    receipt: Receipt
    is_new: bool


class Failed(NamedTuple):
    """What did not come, and why in one sentence."""

    what: str
    why: str


@dataclass(frozen=True)
class Outcome:
    """What came of asking a provider; where nothing failed, `received` is not empty."""

    received: list[Received] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)


def receive(
    root: Path,
    source_id: str,
    iso3: str | None,
    since: date | None,
    say: Callable[[str], None],
    *,
    patience: Patience | None = None,
    budget: Budget | None = None,
) -> Outcome:
    """Fetch a source's files and keep each as a snapshot; one that fails does not lose the others.

    Parameters
    ----------
    root
        The workspace.
    source_id
        Which source.
    iso3
        The one country to ask for; all if None.
    since
        The first day to ask for; the source's own choice if None.
    say
        Takes one line of progress.
    patience, budget
        How long to wait and what it may cost; the defaults of their classes if None.

    Raises
    ------
    UsageError
        Unknown source, one that cannot be fetched, a country code that is not ISO alpha-3, or a key that is not set.
    DataError
        Another process is fetching this source.
    """
    chosen = source(source_id)
    if chosen.fetch is None:
        raise UsageError(
            f"{chosen.title} cannot be fetched; get a file at {chosen.url} and use `forewatch add {source_id}`."
        )
    if iso3 is not None and not ISO3.fullmatch(iso3):
        raise UsageError(f"'{iso3}' is not an ISO 3166 alpha-3 code; use three capitals, such as SDN.")
    outcome = Outcome()
    with _folder(root, source_id) as folder, open_web(chosen, root, say, patience=patience, budget=budget) as web:
        try:
            for fetched in chosen.fetch(web, folder, iso3, since):
                with attempt(web, fetched.path.name):
                    outcome.received.append(_keep(web, Workspace(root), fetched))
        except DataError as error:
            web.failures.append((chosen.id, web.scrubbed(str(error))))
        if not web.failures:
            outcome.received[:] = _followed(Workspace(root), outcome.received)
        outcome.failed.extend(Failed(*failure) for failure in web.failures)
    if not outcome.received and not outcome.failed:
        outcome.failed.append(Failed(chosen.id, _nothing(chosen, iso3, since)))
    return outcome


def _keep(web: Web, home: Workspace, fetched: Fetched) -> Received:
    """Take a file as a snapshot, or keep it as evidence; either way it leaves the folder."""
    url, begun = web.scrubbed(fetched.url), datetime.now(UTC).isoformat(timespec="microseconds")
    known_at = fetched.known_at if fetched.known_at and fetched.known_at <= datetime.now(UTC).date() else None
    try:
        if holds_key(fetched.path, web.secrets):
            raise FileRefused(f"The file '{fetched.path.name}' repeats the key it was asked for with; it is not kept.")
        web.tell(f"reading {fetched.path.name}")
        receipt = add(home, web.source, fetched.path, fetched.iso3, known_at, url=url, asked=fetched.asked)
    except FileRefused as error:
        raise web.refusal(str(error), url, fetched.path) from None
    except UsageError as error:  # as where the same file was added for another country
        raise DataError(str(error)) from None
    finally:
        fetched.path.unlink(missing_ok=True)
    return Received(receipt, receipt.received_at >= begun)


def _followed(home: Workspace, received: list[Received]) -> list[Received]:
    """Return what came in a run in which nothing failed, with the files that were restored kept again."""
    held = [each.receipt for each in received if not each.is_new]
    restored = follow(home, held, {each.receipt.sha256 for each in received})
    return [
        Received(restored[each.receipt.snapshot], is_new=True) if each.receipt.snapshot in restored else each
        for each in received
    ]


def _nothing(chosen: Source, iso3: str | None, since: date | None) -> str:
    about = f" of {iso3}" if iso3 else ""
    days = f" since {since}" if since else ""
    return f"{chosen.provider} has no file{about}{days}; ask for another country or for earlier days."


@contextmanager
def _folder(root: Path, source_id: str) -> Iterator[Path]:
    """Yield the folder that this process alone receives files in, and leave there only what can be gone on with."""
    folder = root / "receiving" / source_id
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{source_id}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(f"{source_id} is being fetched by another process; wait for it to end.") from None
        _clear(folder)
        try:
            yield folder
        finally:
            _clear(folder)


def _clear(folder: Path) -> None:
    oldest = time.time() - _PARTS_KEPT_S
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif not path.name.endswith((".part", ".part.json")) or path.stat().st_mtime < oldest:
            path.unlink()
