"""The ten highest units of a month with the bands of their ranks: how far the order can be trusted."""

import numpy as np
from dash import html
from dash.development.base_component import Component

from app.pages._words import readable
from app.ranking import ranks
from app.state import State
from app.values import matrix
from app.wording import month_words
from data_pipelines.edition import Edition

MOST = 10
HEADS = ("Rank", "Area", "Score", "90 % band of ranks", "In the top ten")


def top_ten(edition: Edition, state: State) -> list[Component]:
    """Return the table of a view's layer and month; nothing where its layer is not ranked."""
    drawn = ranks(edition, state.layer, state.unit, state.period, state.settings)
    if drawn is None:
        return []
    values, _ = matrix(edition, state.layer, state.unit, settings=state.settings)
    scores = values[:, edition.periods().index(state.period)]
    units = edition.units(state.unit)
    order = [idx for idx in np.argsort(drawn.rank, kind="stable") if np.isfinite(drawn.rank[idx])][:MOST]
    if not order:
        return [html.P(f"No area has a value in {month_words(state.period)}.", className="hint")]
    rows = [
        html.Tr(
            [
                html.Td(readable(drawn.rank[idx])),
                html.Td(html.Button(units["name"][idx], className="link", **{"data-select": units["id"][idx]})),
                html.Td(readable(float(scores[idx]))),
                html.Td(f"{readable(drawn.low[idx])} to {readable(drawn.high[idx])}"),
                html.Td(f"{100 * drawn.top_ten[idx]:.0f} %"),
            ]
        )
        for idx in order
    ]
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in HEADS]))
    caption = html.Caption(f"{month_words(state.period)}; parts of the draws of weights, half-life, places and figures")
    return [html.Table([caption, head, html.Tbody(rows)], className="ranks")]
