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


def page_at(path: str) -> tuple[Page, str] | None:
    """Return the page at an address and what the address goes on with; None where there is no such page."""
    if path in pages():
        return pages()[path], ""
    for page in pages().values():
        part = path.removeprefix(f"{page.path}/")
        if part != path and part in page.parts():
            return page, part
    return None
