"""The command line: names are fixed, scripts rely on them; what each does stands in `app/commands/`.

Exit codes: 0 done, 1 the data or a check says no, 2 wrong usage. Errors are one sentence on standard error;
`--json` prints one JSON document on standard output and nothing else.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.commands import commands
from app.terminal import say
from geo.errors import ForewatchError, UsageError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
for name, command in commands().items():
    app.command(name)(command)


@app.callback()
def start(
    context: typer.Context,
    workspace: Annotated[Path, typer.Option(envvar="FOREWATCH_WORKSPACE", help="Folder of the installation.")] = Path(
        "workspace"
    ),
) -> None:
    """Forewatch: subnational risk maps for atrocity prevention, open to their records."""
    if workspace.exists() and not workspace.is_dir():
        raise UsageError(f"The workspace {workspace} is not a folder; name one with --workspace.")
    context.obj = workspace


def main() -> None:
    """Run a command, without one tell which there are; every error ends as one sentence and an exit code."""
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except ForewatchError as error:
        stop(str(error), error.exit_code)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "forewatch"
        stop(f"{error.format_message().rstrip('.')}; `{command} --help` says how.", error.exit_code)
    except Exception as error:
        if "KeyboardInterrupt" in f"{error} {error.__cause__!r}":  # DuckDB makes an error of its own of Ctrl-C
            sys.exit(130)
        if os.environ.get("FOREWATCH_DEBUG"):
            raise
        stop(_unforeseen(error), 1)


def stop(sentence: str, code: int) -> NoReturn:
    """Say why there is no more to do, and end."""
    say(f"forewatch: {sentence}")
    sys.exit(code)


def _unforeseen(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return (
            f"{error.filename} cannot be used ({error.strerror.lower()}); check that it is there and yours to use, and "
            "that the disk has room."
        )
    return (
        f"an unforeseen {type(error).__name__} stopped the command and nothing was published; "
        "set FOREWATCH_DEBUG=1 to see where, and report it."
    )
