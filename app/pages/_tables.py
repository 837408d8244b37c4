"""Tables of text for pages of words: a caption, heads that say their scope, and room to scroll on small screens."""

import re
from collections.abc import Sequence
from typing import TypeAlias

from dash import html
from dash.development.base_component import Component

Cell: TypeAlias = "str | Component"
QUOTED = re.compile(r"`([^`]*)`")


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], numbers: Sequence[int] = ()) -> Component:
    """Return a table whose first column names its rows; text from data is shown as text.

    Parameters
    ----------
    caption
        What the table holds.
    heads
        One per column.
    rows
        Cells in the order of the heads.
    numbers
        Positions of the columns that hold numbers, which are set to the right.
    """
    classes = ["number" if place in numbers else "" for place in range(len(heads))]
    head = [
        html.Th(text, scope="col", role="columnheader", className=kind)
        for text, kind in zip(heads, classes, strict=True)
    ]
    body = [_row(row, heads, classes) for row in rows]
    parts = [html.Caption(caption), html.Thead(html.Tr(head, role="row")), html.Tbody(body)]
    # It may be scrolled sideways, so it must be reachable with the keyboard.
    around = {"tabIndex": "0", "role": "region", "aria-label": caption}
    return html.Div(html.Table(parts, role="table"), className="wide", **around)


def _row(cells: Sequence[Cell], heads: Sequence[str], classes: Sequence[str]) -> Component:
    """Return a row; on a small screen each cell stands on a line of its own after its head, so roles are said."""
    first, *others = cells
    heads = heads if len(heads) > 2 else ("", "")  # two say themselves what they are
    named = html.Th(first, scope="row", role="rowheader", className=classes[0])
    told = zip(others, heads[1:], classes[1:], strict=True)
    return html.Tr(
        [named, *(html.Td(cell, role="cell", className=kind, **{"data-head": head}) for cell, head, kind in told)],
        role="row",
    )


def with_code(text: str) -> list[Cell]:
    """Return text with what stands between backticks as code."""
    return [html.Code(piece) if place % 2 else piece for place, piece in enumerate(QUOTED.split(text))]
