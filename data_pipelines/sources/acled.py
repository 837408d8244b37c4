"""ACLED: political violence, demonstrations and strategic developments, event by event, and which events it deleted.

Read from the export's CSV and from the API's JSON, in which every value is text, under the column names of today and of
before March 2023. The words of an event (`notes`) may name people and are not taken in.
"""

from collections import Counter

import numpy as np
import pandas as pd

from data_pipelines._source import Parsed, Raw, Source
from data_pipelines.readers import fields
from data_pipelines.readers.contract import take
from data_pipelines.readers.rows import Rows, refuse_all, sift
from data_pipelines.readers.text import read_rows
from data_pipelines.sources import _acled_layout as layout
from data_pipelines.sources._acled_deletions import parse_deletions
from data_pipelines.sources._acled_events import Events, incidents, rules, together, typed
from data_pipelines.sources._acled_fetch import HOSTS, KEYS, fetch
from data_pipelines.sources._rounds import countries_named, months_covered
from geo.errors import FileRefused

ID = "acled"
SCOPE = "ACLED"


def parse(raw: Raw) -> Parsed:
    """Read one file of events, or one of deleted events; see `data_pipelines._source.Source`.

    An event is counted once, also where the file tells it once for each of its actors: its other rows are repeats.

    Raises
    ------
    FileRefused
        The file lacks columns, is of another country than it was added for, or none of its rows can be read.
    """
    rows = read_rows(raw.path)
    if fields.column(rows.frame, "deleted_timestamp") is not None:
        return parse_deletions(ID, raw, rows)
    return _parse_events(raw, rows)


def _parse_events(raw: Raw, rows: Rows) -> Parsed:
    taken = take(raw.path, _dated(rows.frame), layout.EVENT, layout.KNOWN)
    cells, twin_rule, copies = together(rows.frame, taken.cells)
    events = typed(cells)
    fit, rejects = sift(rows, [*rules(events), twin_rule])
    keep = fit & ~copies
    if not keep.any():
        refuse_all(raw.path, "events", rows, rejects)
    iso3 = _countries(raw, events.iso3[keep])
    covers = months_covered(iso3, events.day[keep])
    # A file of later months only is another series, and takes the place of none that begins earlier.
    by_content = f"{countries_named(covers)} from {events.day[keep].min():%Y-%m}"
    per_actor = int((fit & copies & ~rows.frame.duplicated().to_numpy()).sum())
    return Parsed(
        series=f"ACLED {raw.asked or by_content}",
        rows_in=rows.rows_in,
        frames={"incidents": incidents(ID, events)[keep].reset_index(drop=True)},
        rejects=rows.rejects + rejects,
        repeated=int((fit & copies).sum()),
        totals=_totals(events, keep),
        covers=covers,
        notes=(*taken.notes, *_notes(cells[keep], iso3, per_actor)),
        columns=taken.columns,
        scope=SCOPE,
        # The last edit in it is not its day: a deletion leaves no edit, and a quiet country has none for weeks.
    )


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the days of the old workbook written as today's."""
    days = fields.column(frame, "event_date")
    return frame if days is None else frame.assign(**{str(days.name): layout.iso_days(days)})


def _countries(raw: Raw, iso3: pd.Series) -> pd.Series:
    """Return the country of each event: where none has a code, the one that the file was added for."""
    named = sorted(iso3.dropna().unique())
    if raw.iso3 and named and raw.iso3 not in named:
        raise FileRefused(
            f"The file '{raw.path.name}' is of {', '.join(named)}, not {raw.iso3}; add it without --iso3."
        )
    return iso3 if named else iso3.fillna(raw.iso3)


def _notes(cells: pd.DataFrame, iso3: pd.Series, per_actor: int) -> list[str]:
    """Say what of the file is worth knowing."""
    absent = [name for name in layout.TYPES if not cells["type"].str.casefold().eq(name).any()]
    homeless = sorted(cells["country"][iso3.isna()].dropna().unique())
    notes = [
        (per_actor, f"It tells events once per actor: {per_actor:,} rows repeat an event and are not counted."),
        (
            absent,
            f"It holds no {', '.join(absent)}; if it was filtered, get it whole: what it lacks counts as withdrawn.",
        ),
        (homeless, f"Events of {', '.join(homeless)} bear no ISO code; the file speaks for no country by them."),
    ]
    return [note for is_so, note in notes if is_so]


def _totals(events: Events, keep: np.ndarray) -> pd.DataFrame:
    """Return events and reported deaths by ``year|kind``, added up from the text in plain whole numbers."""
    sums: Counter[tuple[str, str]] = Counter()
    years, kinds = events.start[keep].dt.year, events.kind[keep]
    for year, kind, deaths in zip(years, kinds, events.cells["fatalities"][keep], strict=True):
        sums["incidents", f"{year}|{kind}"] += 1
        sums["deaths_best", f"{year}|{kind}"] += int(deaths.partition(".")[0])
    rows = [(measure, key, total) for (measure, key), total in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["measure", "key", "total"])


SOURCE = Source(
    id=ID,
    title="Armed Conflict Location & Event Data (ACLED)",
    provider="ACLED (Armed Conflict Location & Event Data)",
    url="https://acleddata.com/conflict-data/data-export-tool",
    licence="ACLED terms of use: for the account's own purposes, with attribution; no redistribution of the data",
    terms=(
        "Rows may not be passed on, in whole or in part; what is computed from them may be shown with ACLED named on "
        "it, the day of access, the filters used and how the data were changed."
    ),
    citation=(
        "Raleigh, C., Kishi, R. and Linke, A. (2023) Political instability patterns are obscured by conflict dataset "
        "scope conditions, sources, and coding choices. Humanities and Social Sciences Communications 10, 74; "
        "ACLED, acleddata.com, with the day of access."
    ),
    cadence_days=7,
    tables=("incidents", "deletions"),
    parse=parse,
    fetch=fetch,
    caveats=(
        "Deaths are one reported number for all sides; those of civilians are known in violence against them only.",
        "A place is a named town at best; of a region the point, mostly its capital, only tells which.",
        "A date known to the month stands on its middle, and is spread over it.",
        "Coverage of a country began in 1997 in Africa, and elsewhere between 2010 and 2021.",
        "Many accounts may read only events that are a year old; the map is then a year behind.",
        "Events are edited and deleted for years: get files again, whole and not filtered.",
        "Demonstrations and strategic developments are shown, and counted by no layer.",
    ),
    may_pass_on=False,
    fields=(*layout.EVENT, layout.DELETED[1]),
    known=layout.KNOWN,
    hosts=HOSTS,
    keys=KEYS,
)
