"""The files of the project itself, for the tests that read them."""

from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = ("geo", "layers", "data_pipelines", "app")


@cache
def ignored_names() -> tuple[str, ...]:
    """Return the patterns of .gitignore, each of which is one name."""
    return (".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split()))


def entries(folder: Path) -> list[Path]:
    """Return what a folder holds, but for what git ignores, in order of name."""
    return sorted(p for p in folder.iterdir() if not any(fnmatch(p.name, pattern) for pattern in ignored_names()))


def files(*suffixes: str, under: tuple[str, ...] = (".",)) -> Iterator[Path]:
    """Yield the project's files below some folders, of the given suffixes or all."""
    todo = [ROOT / folder for folder in under]
    while todo:
        for path in entries(todo.pop()):
            if path.is_dir():
                todo.append(path)
            elif not suffixes or path.suffix in suffixes:
                yield path


def name_of(path: Path) -> str:
    """Return a file's path as it is written in the project, such as ``geo/crs.py``."""
    return path.relative_to(ROOT).as_posix()
