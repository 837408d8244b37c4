"""A sheet of paper to write on: millimetres from its top left corner, and text that is measured before it is set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import AbstractPathEffect
from matplotlib.transforms import Affine2D, Transform

FAMILY = "DejaVu Sans"
"""Bundled with matplotlib, so that no picture depends on a machine's own fonts."""

MM_PER_POINT = 25.4 / 72
LINE = 1.34  # line spacing: DejaVu's ascent and descent make 1.16, Arabic letters need the rest
INK, GREY, RULE, ALERT = "#1f2933", "#5a6672", "#c3cad1", "#a61b1b"


class Style(NamedTuple):
    """How text looks; size in points on A4."""

    size: float
    bold: bool = False
    colour: str = INK


TITLE = Style(17, bold=True)
SUBTITLE = Style(10.5)
BODY = Style(7.2)
STRONG = Style(7.2, bold=True)
SMALL = Style(6.2, colour=GREY)
LABEL = Style(6, bold=True, colour=GREY)


class Panel(NamedTuple):
    """A rectangle of the sheet in millimetres, measured from its top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width


class Line(NamedTuple):
    """One line of text as it will be set."""

    words: str
    style: Style
    space_before: float = 0.0


@dataclass(frozen=True)
class Sheet:
    """One page: its size in millimetres, how much larger than on A4 text is set, and what has been drawn where."""

    width: float
    height: float
    scale: float
    figure: Figure = field(default_factory=partial(Figure, facecolor="white"), repr=False)
    panels: dict[str, Panel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.figure.set_size_inches(self.width / 25.4, self.height / 25.4)

    def blank(self) -> "Sheet":
        """Return an empty sheet of the same kind."""
        return Sheet(self.width, self.height, self.scale)

    @property
    def transform(self) -> Transform:
        """From millimetres below the top left corner to the figure."""
        return Affine2D().scale(1 / 25.4, -1 / 25.4).translate(0, self.height / 25.4) + self.figure.dpi_scale_trans

    def mm(self, a4: float) -> float:
        """Return a length that grows with the text."""
        return a4 * self.scale

    def line_height(self, style: Style) -> float:
        """Return the distance between lines in millimetres."""
        return style.size * self.scale * LINE * MM_PER_POINT

    def measure(self, words: str, style: Style) -> float:
        """Return the width of one line of text in millimetres."""
        return advance(words, style.bold) * style.size * self.scale * MM_PER_POINT

    def wrap(self, words: str, style: Style, width: float, most: int = 99) -> list[str]:
        """Break text into lines that fit a width; what needs more than `most` lines ends in an ellipsis."""
        lines = [""]
        for word in (piece for long in words.split() for piece in self._pieces(long, style, width)):
            longer = f"{lines[-1]} {word}".strip()
            if self.measure(longer, style) <= width or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines if len(lines) <= most else [*lines[: most - 1], self._cut(lines[most - 1], style, width)]

    def _pieces(self, word: str, style: Style, width: float) -> Iterable[str]:
        """Break one word that is longer than a line, so that no text can leave its panel."""
        while self.measure(word, style) > width and len(word) > 1:
            fits = max((n for n in range(1, len(word)) if self.measure(word[:n], style) <= width), default=1)
            yield word[:fits]
            word = word[fits:]
        yield word

    def _cut(self, line: str, style: Style, width: float) -> str:
        while line and self.measure(f"{line}…", style) > width:
            line = line[:-1].rstrip()
        return f"{line}…"

    def lines(self, words: str, style: Style, width: float, most: int = 99, space_before: float = 0.0) -> list[Line]:
        """Wrap text into lines ready to be set; blank text gives none."""
        broken = self.wrap(words, style, width, most) if words.strip() else []
        return [Line(line, style, space_before if n == 0 else 0.0) for n, line in enumerate(broken)]

    def height_of(self, lines: Iterable[Line]) -> float:
        """Return how much height lines take when set one under the other."""
        return sum(self.line_height(line.style) + line.space_before for line in lines)

    def set_lines(self, panel: str, x: float, y: float, lines: Iterable[Line]) -> float:
        """Set lines one under the other from their top; return where the last one ends."""
        for line in lines:
            y += line.space_before
            self.text(panel, x, y, line.words, line.style)
            y += self.line_height(line.style)
        return y

    def text(
        self,
        panel: str,
        x: float,
        y: float,
        words: str,
        style: Style,
        align: Literal["left", "center", "right"] = "left",
        effects: Sequence[AbstractPathEffect] = (),
    ) -> None:
        """Set one line whose top is at y; the panel's name goes with it, so that a test can see it lies inside."""
        height = style.size * self.scale * MM_PER_POINT
        self.figure.text(
            x,
            y + 0.98 * height,
            words,
            transform=self.transform,
            family=FAMILY,
            weight="bold" if style.bold else "normal",
            size=style.size * self.scale,
            color=style.colour,
            ha=align,
            va="baseline",
            gid=panel,
            path_effects=list(effects),
        )

    def box(self, area: Panel, fill: str = "none", edge: str = "none", hatch: str = "", ink: str = INK) -> None:
        """Draw a rectangle, hatched in `ink`."""
        self.figure.add_artist(
            Rectangle(
                (area.x, area.y),
                area.width,
                area.height,
                transform=self.transform,
                facecolor=fill,
                edgecolor=edge,
                hatch=hatch or None,
                hatchcolor=ink,
                linewidth=0.5 * self.scale,
            )
        )

    def rule(self, x0: float, x1: float, y: float, colour: str = RULE) -> None:
        """Draw a thin horizontal line."""
        width = 0.5 * self.scale
        self.figure.add_artist(Line2D([x0, x1], [y, y], transform=self.transform, color=colour, linewidth=width))


def can_be_drawn(words: str) -> bool:
    """Whether the font has a letter for every character: Latin, Cyrillic, Greek, Arabic and more, but not Ge'ez."""
    letters = _font(bold=False).get_charmap()
    return all(ord(letter) in letters for letter in words)


def _font(*, bold: bool) -> FT2Font:
    return get_font(findfont(FontProperties(family=FAMILY, weight="bold" if bold else "normal")))


@lru_cache(maxsize=20_000)
def advance(words: str, bold: bool) -> float:
    """Return the width of one line of text, shaped but not hinted, in units of its size."""
    font = _font(bold=bold)
    font.set_size(100, 72)
    font.set_text(words, 0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 6400
