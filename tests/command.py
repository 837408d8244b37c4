"""The command as a user types it, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

FOREWATCH = Path(sys.executable).with_name("forewatch")


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output, strictly read."""
        return strict_json(self.out)


def forewatch(*words: object, workspace: Path | None = None, **settings: Any) -> Ran:
    """Run the command; warnings are errors there, too, and `settings` are those of `subprocess.run`."""
    chosen = [] if workspace is None else ["--workspace", workspace]
    environment = {**os.environ, "PYTHONWARNINGS": "error", **settings.pop("env", {})}
    done = subprocess.run(
        [str(word) for word in (FOREWATCH, *chosen, *words)],
        check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, env=environment, **settings,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def strict_json(text: str) -> Any:
    """Return what a JSON document holds; NaN and Infinity are no JSON."""

    def refuse(word: str) -> NoReturn:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)
