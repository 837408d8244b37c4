"""The screens, one file each, named for the page it holds as `PAGE`. Adding a page is adding a file here."""

import pkgutil
from functools import cache
from importlib import import_module

from app.pages._page import Page


@cache
def pages() -> dict[str, Page]:
    """Return every page by its address, in the order of the navigation."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found = [import_module(f"{__name__}.{name}").PAGE for name in names]
    return {page.path: page for page in sorted(found, key=lambda page: page.order)}
