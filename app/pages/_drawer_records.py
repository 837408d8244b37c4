"""The records behind a value, in a table: how large a part of it each is, or why they do not add up to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from app.pages._words import SUPPORT_WORDS, UNIT_NAMES, counted, plain, readable
from app.statements import sql
from data_pipelines.edition import Edition
from layers._layer import layers

SHOWN = 50
MUCH = 0.25  # of a value, from records too coarse for its unit: more than that is pointed out
COARSER = {
    "adm1": frozenset({"region", "country"}),
    "adm2": frozenset({"adm1", "region", "country"}),
    "cell": frozenset({"adm2", "adm1", "region", "country"}),
}
PERSONS = {"incidents": "Deaths", "displacement": "Displaced", "reported_counts": "Deaths"}
NOUNS = {"incidents": "incident", "displacement": "figure", "layer_values": "layer", "reported_counts": "count"}


def records(
    edition: Edition, unit: str, parts: pd.DataFrame, not_additive: str, refusal: str
) -> list[Component | None]:
    """Return the records that bear on a value, the largest parts first.

    Parameters
    ----------
    unit
        Kind of unit that the value is of.
    parts
        Contributions as an edition explains them; may be empty.
    not_additive
        Why they do not sum to the value; empty where they do.
    refusal
        Why they are not shown; empty where they are.
    """
    if refusal:
        return [html.P(refusal, className="hint")]
    if parts.empty:
        return [html.P("No record bears on this value.")]
    facts = edition.fetch(sql("records"), {"ids": parts["record_id"].drop_duplicates().tolist()})
    rows = parts.merge(facts, on="record_id", how="left")
    rows = rows.sort_values("contribution", key=abs, ascending=False, kind="stable")
    numbers = ["share"] if not_additive and not rows["contribution"].any() else ["share", "weight", "contribution"]
    persons = PERSONS.get(rows["table"].iloc[0])
    columns = ["persons", *numbers] if persons else numbers
    heads = {"persons": persons or "", "share": "Share", "weight": "Weight", "contribution": "Part"}
    body = [_record(row, columns) for row in rows.head(SHOWN).to_dict("records")]
    table = html.Table([_head(["Record", *(heads[name] for name in columns)]), html.Tbody(body)])
    return [
        html.Div(table, className="scroll", tabIndex="0", role="region", **{"aria-label": "Records"}),
        _sum_line(rows, not_additive),
        None if not_additive else _quality(rows, unit),
    ]


def _head(names: Sequence[str]) -> Component:
    return html.Thead(html.Tr([html.Th(name, scope="col") for name in names]))


def _record(row: Mapping[Any, Any], columns: Sequence[str]) -> Component:
    """Return one row; a record may also be a layer, where a layer is made of others."""
    inner = layers().get(row["record_id"])
    kind = inner.title if inner else plain(row["kind"])
    also = "".join(f" · also reported by {other['other_source']}" for other in row["also_reported_by"])
    place = "" if inner or not isinstance(row["support"], str) else f" · place: {_support(row['support'])}"
    named = html.Td(
        [html.Span(kind), html.Small([html.Span(row["date"] + place), html.Span([row["record_id"], also])])]
    )
    return html.Tr([named, *(html.Td(readable(row[name])) for name in columns)])


def _support(code: str) -> str:
    return SUPPORT_WORDS.get(code, code)


def _sum_line(rows: pd.DataFrame, not_additive: str) -> Component:
    order = f"first {SHOWN}" if not_additive else f"{SHOWN} largest"
    listed = f"; the {order} are listed" if len(rows) > SHOWN else ""
    told = f"{counted(len(rows), NOUNS.get(rows['table'].iloc[0], 'record'))}{listed}."
    if not_additive:
        return html.P(f"{told} {not_additive}", className="hint")
    total = readable(float(rows["contribution"].sum()))
    return html.P(f"{told} Together {total}, the value.", className="sum")


def _quality(rows: pd.DataFrame, unit: str) -> Component | None:
    """Say how much of the value rests on records whose place is coarser than the unit."""
    sizes = rows["contribution"].abs()
    if rows["support"].isna().all() or not sizes.sum():
        return None
    part = sizes[rows["support"].isin(COARSER[unit])].sum() / sizes.sum()
    fine = f"All of the value comes from records placed at least as finely as {UNIT_NAMES[unit]}."
    coarse = f"{part:.0%} of the value comes from records placed more coarsely than {UNIT_NAMES[unit]}, shared out."
    return html.P(coarse if part else fine, className="flag" if part >= MUCH else "hint")
