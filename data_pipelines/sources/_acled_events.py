"""ACLED events to rows of `incidents`."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from data_pipelines.iso3166 import NUMERIC
from data_pipelines.readers import fields
from data_pipelines.readers.rows import Rule, staged, twins
from data_pipelines.sources import _acled_layout as layout

_MAX_DEATHS = 1_000_000
_WEEK_DAYS = 3
"""Either side of the day given for a week."""


class Events(NamedTuple):
    """One entry per row of a file.

    Attributes
    ----------
    cells
        Its columns as text, under the contract's names.
    day, start, end
        The day given, and the first and last on which it may have happened; missing where the text is no day.
    kind, support
        As in `incidents`; missing where a code is unknown.
    is_attack
        Coded as violence against civilians, not only as targeting them.
    deaths
        Reported deaths, persons.
    places
        Positions.
    iso3
        Country by ISO alpha-3, missing where it is told by no code.
    has_bad_inter
        A kind of actor is unknown.
    """

    cells: pd.DataFrame
    day: pd.Series
    start: pd.Series
    end: pd.Series
    kind: pd.Series
    support: pd.Series
    is_attack: pd.Series
    deaths: pd.Series
    places: fields.Positions
    iso3: pd.Series
    has_bad_inter: np.ndarray


def together(frame: pd.DataFrame, cells: pd.DataFrame) -> tuple[pd.DataFrame, Rule, np.ndarray]:
    """Bring the rows of one event together where a file tells it once per actor.

    Parameters
    ----------
    frame
        The file's rows of text.
    cells
        Its columns under the contract's names.

    Returns
    -------
    tuple
        The cells, an event's first row with its two first actors; the rule that rows break which bear one id and differ
        in more than their actors; and a mask of the rows that only repeat an event.
    """
    apart = {fields.normalised(name) for name in layout.PER_ACTOR}
    shared = [name for name in frame.columns if fields.normalised(str(name)) not in apart]
    rule, copies = twins(frame[shared], cells["id"])
    if not copies.any():
        return cells, rule, copies
    sides = _sides(cells)
    first = ~copies & cells["id"].isin(cells["id"][copies]).to_numpy()
    merged = cells.copy()
    for name, values in sides.items():
        merged.loc[first, name] = cells["id"][first].map(values)
    return merged, rule, copies


def _sides(cells: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the first two different actors of each event and their kinds, by event id."""
    named = pd.concat(
        [
            pd.DataFrame({"id": cells["id"], "actor": cells[f"actor_{side}"], "inter": cells[f"inter_{side}"]})
            for side in "ab"
        ]
    )
    named = named.dropna(subset=["id", "actor"]).sort_index(kind="stable").drop_duplicates(["id", "actor"])
    place = named.groupby("id").cumcount()
    return {
        f"{name}_{side}": named[place == number].set_index("id")[name]
        for number, side in enumerate("ab")
        for name in ("actor", "inter")
    }


def typed(cells: pd.DataFrame) -> Events:
    """Return what the cells say of events."""
    day = fields.dates(cells["date"]).values
    start, end = _span(day, fields.whole(cells["time_precision"]).values)
    inter_a, inter_b = layout.inter(cells["inter_a"]), layout.inter(cells["inter_b"])
    kind = cells["type"].str.casefold()
    by_number = fields.whole(cells["iso"]).values.map(NUMERIC).astype("str")
    return Events(
        cells=cells,
        day=day,
        start=start,
        end=end,
        kind=_kind(
            kind, cells["targeted"].notna(), inter_a.values.isin(layout.STATE) | inter_b.values.isin(layout.STATE)
        ),
        support=fields.whole(cells["precision"]).values.map(layout.SUPPORTS).astype("str"),
        is_attack=kind.eq(layout.ATTACK),
        deaths=fields.whole(cells["fatalities"]).values,
        places=fields.coordinates(cells["latitude"], cells["longitude"]),
        iso3=cells["iso3"].where(cells["iso3"].str.fullmatch("[A-Z]{3}").fillna(False).astype(bool)).fillna(by_number),
        has_bad_inter=inter_a.bad | inter_b.bad,
    )


def _span(day: pd.Series, precision: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the first and last day: of the week around the day given, or of its month, of which it is the middle."""
    slack = pd.to_timedelta(precision.eq(2).fillna(False).astype("int64") * _WEEK_DAYS, unit="D")
    is_month = precision.eq(3).fillna(False).astype(bool)
    begins = day.dt.to_period("M").dt.to_timestamp().astype(day.dtype)
    ends = (begins + pd.offsets.MonthEnd(0)).astype(day.dtype)
    return (day - slack).astype(day.dtype).mask(is_month, begins), (day + slack).astype(day.dtype).mask(is_month, ends)


def _kind(of_type: pd.Series, is_targeted: pd.Series, has_state: pd.Series) -> pd.Series:
    """Return kinds of incidents.

    Fighting is state-based where a state's force is a side, as in UCDP's types; whatever its type, violence of which
    civilians were the main or only target is one-sided, as ACLED's own count of civilian targeting has it.
    """
    choices = [
        (of_type.eq(layout.STRATEGIC), "strategic"),
        (of_type.eq(layout.ATTACK) | (of_type.isin(layout.TYPES) & is_targeted), "one_sided"),
        (of_type.isin(layout.ARMED) & has_state, "state_based"),
        (of_type.isin(layout.ARMED), "non_state"),
        (of_type.isin(layout.UNREST), "demonstration"),
    ]
    chosen = np.select([mask.to_numpy(dtype=bool) for mask, _ in choices], [word for _, word in choices], default="")
    return pd.Series(chosen, index=of_type.index, dtype="str").replace("", np.nan)


def rules(events: Events) -> list[Rule]:
    """Return rules for every column that an event cannot do without."""
    cells = events.cells
    is_known = cells["targeted"].isna() | cells["targeted"].str.casefold().eq(layout.TARGETED)
    precision = fields.whole(cells["time_precision"]).values
    return [
        ("id", "it has no event_id_cnty", cells["id"].isna()),
        ("date", "its event_date is missing or not a day", events.day.isna()),
        ("time_precision", "its time_precision is not 1, 2 or 3", ~precision.between(1, 3).fillna(False)),
        ("event_type", "its event_type is not one of ACLED's six", events.kind.isna()),
        ("inter", "its inter1 or inter2 is not a kind of actor", events.has_bad_inter),
        ("civilian_targeting", "its civilian_targeting is not what ACLED writes there", ~is_known),
        ("geo_precision", "its geo_precision is not 1, 2 or 3", events.support.isna()),
        ("coordinates", "its latitude or longitude is out of range", events.places.bad),
        (
            "deaths",
            "its fatalities are missing, negative or not a whole number",
            ~events.deaths.between(0, _MAX_DEATHS).fillna(False),
        ),
    ]


def incidents(source: str, events: Events) -> pd.DataFrame:
    """Return rows of `incidents`, of which those that broke a rule are to be left out."""
    deaths = events.deaths
    nobody = pd.Series(pd.NA, index=deaths.index, dtype="Int64")
    return staged(
        "incidents",
        {
            "incident_id": f"{source}:" + events.cells["id"],
            "source": source,
            "native_id": events.cells["id"],
            "date_start": events.start,
            "date_end": events.end,
            "longitude": events.places.longitude,
            "latitude": events.places.latitude,
            "support": events.support,
            "kind": events.kind,
            "actor_a": events.cells["actor_a"],
            "actor_b": events.cells["actor_b"],
            **dict.fromkeys(("deaths_a", "deaths_b", "deaths_unknown"), nobody),
            **dict.fromkeys(("deaths_best", "deaths_low", "deaths_high"), deaths),
            **_civilians(events),
            "is_aggregate": False,
            "is_repaired": False,
            "country": events.cells["country"],
            "place": events.cells["place"],
        },
    )


def _civilians(events: Events) -> dict[str, pd.Series]:
    """Return civilians killed, best and bounds.

    ACLED gives one number for all dead. They are civilians by definition where an event is violence against civilians;
    where these were but the main target, the number is ACLED's own for civilian targeting, and none of them need be;
    elsewhere nobody knows, and any number of them may be.
    """
    deaths = events.deaths
    return {
        "deaths_civilians": deaths.where(events.kind.eq("one_sided")),
        "deaths_civilians_low": deaths.where(events.is_attack, 0),
        "deaths_civilians_high": deaths,
    }
