"""A small column chart, drawn as a picture so that it weighs nothing and can run nothing."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple
from urllib.parse import quote

from dash import html

WIDTH, HEIGHT, GAP = 336, 64, 0.2  # gap between columns, as a part of a month's width
LEAST = 1.5  # height of a coloured column of a value near 0: a month of a class is seen
COLUMN, POINTED_OUT, BAND, EMPTY, ZERO_LINE = "#9fb3c8", "#1f5a95", "#1f2933", "#d9dee4", "#9aa5b1"


class Point(NamedTuple):
    """One month: its value and band, NaN where there is none, and the colour of its class where it has one."""

    value: float
    low: float
    high: float
    colour: str = ""


class _Scale(NamedTuple):
    """From values to pixels, 0 at the bottom unless a value or the end of a band is below it."""

    least: float
    most: float

    def y(self, value: float) -> float:
        return (self.most - value) / (self.most - self.least) * HEIGHT


def sparkline(points: Sequence[Point], words: str, pointed_out: int | None = None) -> html.Img:
    """Return a chart with one column per month from zero, its band shaded, and a grey floor where there is no value.

    Parameters
    ----------
    points
        Months in order.
    words
        What the chart says, for whoever cannot see it.
    pointed_out
        Place of the month that stands out; None for none.
    """
    told = [number for p in points if isfinite(p.value) for number in (p.value, p.low, p.high) if isfinite(number)]
    scale = _Scale(min(told, default=0.0) if min(told, default=0.0) < 0 else 0.0, max([0.0, *told]))
    scale = scale if scale.most > scale.least else _Scale(0.0, 1.0)
    step = WIDTH / max(len(points), 1)
    columns = [
        _column(point, place * step, step, scale, pointed_out=place == pointed_out)
        for place, point in enumerate(points)
    ]
    middle = f'<path d="M0 {scale.y(0):.1f}H{WIDTH}" stroke="{ZERO_LINE}"/>' if scale.least < 0 else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{''.join(columns)}{middle}</svg>"
    )
    return html.Img(src=f"data:image/svg+xml,{quote(svg)}", alt=words, className="sparkline")


def _column(point: Point, x: float, step: float, scale: _Scale, *, pointed_out: bool) -> str:
    left, width = x + step * GAP / 2, step * (1 - GAP)
    if not isfinite(point.value):
        return _box(left, HEIGHT - 3, width, 3, EMPTY)
    edges = sorted((scale.y(0), scale.y(point.value)))
    tall = max(edges[1] - edges[0], LEAST if point.colour else 0.0)
    colour = point.colour or (POINTED_OUT if pointed_out else COLUMN)
    column = _box(left, min(edges[0], HEIGHT - tall), width, tall, colour)
    if point.colour and pointed_out:
        column += _box(left, HEIGHT - 2, width, 2, POINTED_OUT)
    if not (isfinite(point.low) and isfinite(point.high)) or point.high <= point.low:
        return column
    top, bottom = scale.y(point.high), scale.y(point.low)
    return column + _box(x, top, step, bottom - top, BAND, ' fill-opacity="0.16"')


def _box(x: float, y: float, width: float, height: float, colour: str, more: str = "") -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"{more}/>'
