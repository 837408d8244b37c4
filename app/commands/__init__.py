"""The commands, one file each, named for the command it holds as `command`. Adding a command is adding a file here.

A command imports what it works with inside its function, so that no other command, and no `--help`, waits for it.
`ORDER` is its place in that help.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module


def commands() -> dict[str, Callable[..., None]]:
    """Return every command by its name, in the order of `--help`."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found = {name: import_module(f"{__name__}.{name}") for name in names}
    return {name: found[name].command for name in sorted(found, key=lambda name: found[name].ORDER)}
