"""What a page is: one screen of the app, in a file of its own."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import dash
from dash.development.base_component import Component

from app.pinned import Current
from app.state import Restored
from data_pipelines.edition import Edition


@dataclass(frozen=True)
class Page:
    """One screen.

    Attributes
    ----------
    id, title, path
        Name of its file, its name on screen, and its address.
    order
        Place in the navigation, small first.
    layout
        ``layout(edition, restored) -> component``: what is shown for a view, and the notices about its link.
    register
        ``register(app, current)``: adds the page's callbacks to an app.
    parts
        ``parts() -> texts``: what its address may go on with after a slash; nothing for most pages.
    """

    id: str
    title: str
    path: str
    order: int
    layout: Callable[[Edition, Restored], Component]
    register: Callable[[dash.Dash, Current], None]
    parts: Callable[[], Collection[str]] = tuple
