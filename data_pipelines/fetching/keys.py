"""The keys of providers: from the environment or from a file that only its owner can read, and never shown."""

import mmap
import os
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, quote_plus

from geo.errors import UsageError

FILE = "secrets.toml"
HIDDEN = "***"
_SHORTEST = 6
"""Characters; a shorter one would be blanked in words that have nothing to do with it."""


def key(root: Path, name: str) -> str:
    """Return a key such as ``FOREWATCH_UCDP_TOKEN`` from the environment, else from `secrets.toml` of a workspace.

    Raises
    ------
    UsageError
        It is in neither, is no line of printable text, or the file can be read by others than its owner.
    """
    value = (os.environ.get(name) or read_keys(root).get(name, "")).strip()
    if not value:
        raise UsageError(
            f'The key {name} is not set; put it into the environment or, as {name} = "...", into {root / FILE} that '
            "only you can read (chmod 600)."
        )
    if not value.isascii() or not value.isprintable() or len(value) < _SHORTEST:
        raise UsageError(f"The key {name} is too short or holds what no key does; copy it again from its provider.")
    return value


def read_keys(root: Path) -> dict[str, str]:
    """Return all keys of a workspace's `secrets.toml`; none where there is no such file."""
    path = root / FILE
    if not path.exists():
        return {}
    _refuse_open(path)
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        said = {"": None}
    if not all(isinstance(value, str) for value in said.values()):
        # What the parser says would quote the file.
        raise UsageError(f'{path} cannot be read; give each key a line of its own, as NAME = "...".')
    return said


def _refuse_open(path: Path) -> None:
    status = path.stat()
    if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid not in (os.geteuid(), 0):
        raise UsageError(f"{path} can be read by others; `chmod 600 {path}` as its owner, and change the keys in it.")


def scrub(text: str, keys: Iterable[str]) -> str:
    """Return text with every key in it blanked, also where it is written as in an address."""
    for value in sorted(_spellings(keys), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def scrub_bytes(content: bytes, keys: Iterable[str]) -> bytes:
    """Return content with every key in it blanked."""
    for value in sorted(_spellings(keys), key=len, reverse=True):
        content = content.replace(value.encode(), HIDDEN.encode())
    return content


def holds_key(path: Path, keys: Iterable[str]) -> bool:
    """Return whether a file holds a key, as where a provider repeats the request in its answer."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(value.encode()) >= 0 for value in _spellings(keys))


def _spellings(keys: Iterable[str]) -> set[str]:
    return {
        spelt for value in keys if value for spelt in (value, quote(value, safe=""), quote_plus(value), quote(value))
    }
