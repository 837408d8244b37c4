"""What the command line prints: lines, tables, one JSON document, and a bar while something takes long."""

import json
import math
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

# What goes into a file or another program is not wrapped, so that each row stays one line.
out, err = Console(width=None if sys.stdout.isatty() else 10_000), Console(stderr=True)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yield what to say each step with: a bar with the newest step on a terminal, lines otherwise."""
    with _heeded() as heed, _shown() as show:

        def tell(text: str) -> None:
            heed()
            show(text)

        yield tell


@contextmanager
def _shown() -> Iterator[Callable[[str], None]]:
    if not err.is_terminal:
        yield say
        return
    columns = BarColumn(bar_width=24), TimeElapsedColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda text: bar.update(task, description=escape(printable(text)))


@contextmanager
def _heeded() -> Iterator[Callable[[], None]]:
    """Yield what ends the work at its next step where Ctrl-C was lost, as one in ten was inside of a library."""
    pressed = False

    def note(*_: object) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    def heed() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield heed
    finally:
        signal.signal(signal.SIGINT, before)


def say(text: str) -> None:
    """Print one line of progress on standard error."""
    err.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def printable(text: str) -> str:
    """Return text without control characters: what a file holds must not steer the terminal, nor break the line."""
    return CONTROL.sub("\ufffd", text)


def show_json(document: object) -> None:
    """Print one JSON document; a date is its ISO text, a number that is not finite is null."""
    sys.stdout.write(json.dumps(_plain(document), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "item"):
        return _plain(value.item())
    return None if str(value) in {"<NA>", "NaT"} else str(value)


def show_rows(rows: Iterable[Mapping[Any, Any]], columns: Iterable[str]) -> None:
    """Print rows as a table; text from data is shown as text."""
    names = list(columns)
    grid = Grid(*names, box=None, header_style="bold")
    for row in rows:
        grid.add_row(*(cell(row.get(name)) for name in names))
    out.print(grid, markup=False, highlight=False)


def cell(value: object) -> str:
    """Return a value as the text of a cell; nothing is a dash."""
    plain = _plain(value)
    if plain is None:
        return "-"
    return f"{plain:,.4g}" if isinstance(plain, float) else printable(str(plain))
