"""The data dictionary as pages of Markdown."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands._place import check_place
from app.terminal import say

ORDER = 140


def command(
    to: Annotated[Path, typer.Option("--out", help="Folder to write; made if it is not there.")],
) -> None:
    """Write the data dictionary: one page per source and per table, as Markdown."""
    from data_pipelines.dictionary import write

    check_place(to / "README.md") if to.is_dir() else check_place(to)
    say(f"wrote {len(write(to)):,} pages to {to}")
