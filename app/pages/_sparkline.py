"""A small column chart, drawn as a picture so that it weighs nothing and can run nothing."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple
from urllib.parse import quote

from dash import html

WIDTH, HEIGHT, GAP = 336, 64, 0.2  # gap between columns, as a part of a month's width
COLUMN, POINTED_OUT, BAND, EMPTY = "#9fb3c8", "#1f5a95", "#52606d", "#d9dee4"


class Point(NamedTuple):
    """One month: its value and band, NaN where there is none."""

    value: float
    low: float
    high: float


def sparkline(points: Sequence[Point], words: str, pointed_out: int | None = None) -> html.Img:
    """Return a chart with one column per month, its band as a thin line, and a grey floor where there is no value.

    Parameters
    ----------
    points
        Months in order.
    words
        What the chart says, for whoever cannot see it.
    pointed_out
        Place of the month that stands out; None for none.
    """
    top = max((p.high if isfinite(p.high) else p.value for p in points if isfinite(p.value)), default=0.0) or 1.0
    step = WIDTH / max(len(points), 1)
    columns = [
        _column(point, place * step, step * (1 - GAP), top, POINTED_OUT if place == pointed_out else COLUMN)
        for place, point in enumerate(points)
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{''.join(columns)}</svg>"
    )
    return html.Img(src=f"data:image/svg+xml,{quote(svg)}", alt=words, className="sparkline")


def _column(point: Point, x: float, width: float, top: float, colour: str) -> str:
    if not isfinite(point.value):
        return f'<rect x="{x:.1f}" y="{HEIGHT - 3}" width="{width:.1f}" height="3" fill="{EMPTY}"/>'
    tall = point.value / top * HEIGHT
    column = f'<rect x="{x:.1f}" y="{HEIGHT - tall:.1f}" width="{width:.1f}" height="{tall:.1f}" fill="{colour}"/>'
    if not (isfinite(point.low) and isfinite(point.high)) or point.high <= point.low:
        return column
    middle, low, high = x + width / 2, HEIGHT - point.low / top * HEIGHT, HEIGHT - point.high / top * HEIGHT
    return f'{column}<path d="M{middle:.1f} {low:.1f}V{high:.1f}" stroke="{BAND}" stroke-width="1.2"/>'
